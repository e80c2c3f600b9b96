/// Makes values that a schema of the contract allows.
struct SampleMaker: Sendable {
    let contract: APIContract
    /// What stands at a key of that name; nil where the schema alone decides.
    let word: @Sendable (_ name: String, _ schema: JSONValue) -> JSONValue?
    /// Whether what may be left out is there too.
    let isWide: Bool

    private static let depthMax = 8

    func value(of schema: JSONValue?, named name: String = "") -> JSONValue {
        value(of: schema, named: name, depth: 0) ?? .map([:])
    }

    private func value(of schema: JSONValue?, named name: String, depth: Int) -> JSONValue? {
        guard depth < Self.depthMax, let schema = contract.resolved(schema) else { return nil }
        if let choices = (schema["oneOf"] ?? schema["anyOf"])?.list, let first = choices.first {
            return value(of: first, named: name, depth: depth + 1)
        }
        if let parts = schema["allOf"]?.list {
            let members = parts.compactMap { value(of: $0, named: name, depth: depth + 1)?.map }
            return .map(members.reduce(into: [:]) { $0.merge($1) { $1 } })
        }
        switch type(of: schema) {
        case "object": return object(schema, depth: depth)
        case "array": return array(schema, named: name, depth: depth)
        case let type:
            if let constant = schema["const"] { return constant }
            if let choices = schema["enum"]?.list { return choices.first }
            if let word = word(name, schema), fits(word, type) { return word }
            if let example = schema["example"] ?? schema["examples"]?.list.first { return example }
            return plain(schema, type)
        }
    }

    private func type(of schema: JSONValue) -> String {
        if let type = schema["type"]?.string ?? schema["type"]?.list.compactMap(\.string).first { return type }
        return schema["properties"] != nil || schema["additionalProperties"] != nil ? "object" : "string"
    }

    private func fits(_ word: JSONValue, _ type: String) -> Bool {
        switch word {
        case .text: type == "string"
        case .number: type == "number" || type == "integer"
        case .flag: type == "boolean"
        case .null, .list, .map: false
        }
    }

    private func object(_ schema: JSONValue, depth: Int) -> JSONValue {
        if let example = schema["example"] { return example }
        let properties = schema["properties"]?.map ?? [:]
        let required = Set(schema["required"]?.list.compactMap(\.string) ?? [])
        var members: [String: JSONValue] = [:]
        for (name, property) in properties where isWide || required.contains(name) {
            members[name] = value(of: property, named: name, depth: depth + 1)
        }
        return .map(members)
    }

    private func array(_ schema: JSONValue, named name: String, depth: Int) -> JSONValue {
        let least = Int(schema["minItems"]?.number ?? 0)
        let count = max(least, isWide ? 1 : 0)
        guard count > 0, let item = value(of: schema["items"], named: singular(name), depth: depth + 1) else {
            return .list([])
        }
        return .list(Array(repeating: item, count: min(count, 100)))
    }

    /// `assets` are many of what `asset` is one of.
    private func singular(_ name: String) -> String {
        name.count > 2 && name.hasSuffix("s") && !name.hasSuffix("ss") ? String(name.dropLast()) : name
    }

    private func plain(_ schema: JSONValue, _ type: String) -> JSONValue {
        switch type {
        case "boolean": return .flag(false)
        case "integer", "number":
            let (least, most) = (schema["minimum"]?.number, schema["maximum"]?.number)
            let wanted = schema["default"]?.number ?? least ?? 1
            return .number(min(wanted, most ?? wanted))
        case "null": return .null
        default: return .text(text(schema))
        }
    }

    private func text(_ schema: JSONValue) -> String {
        switch schema["format"]?.string {
        case "uuid": return "00000000-0000-4000-8000-000000000000"
        case "date-time": return "2026-01-01T00:00:00Z"
        case "date": return "2026-01-01"
        case "uri", "url": return "https://127.0.0.1:9/"
        case "email": return "nobody@canary.invalid"
        default: break
        }
        if let pattern = schema["pattern"]?.string, pattern.contains("0-9a-f"), !pattern.contains("-z") {
            return String(repeating: "0", count: 64)
        }
        let (least, most) = (Int(schema["minLength"]?.number ?? 0), Int(schema["maxLength"]?.number ?? 200))
        let wanted = schema["default"]?.string ?? "text"
        return String((wanted + String(repeating: "x", count: max(0, least - wanted.count))).prefix(max(1, most)))
    }
}
