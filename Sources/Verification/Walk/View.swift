/// All that an organization's admin sees, flat: to tell whether somebody else changed any of it.
struct View: Hashable, Sendable {
    /// By operation and path: each value by its place in the answer.
    private(set) var values: [String: [String: String]] = [:]

    mutating func note(_ answer: APIAnswer, of label: String) {
        var flat: [String: String] = ["status": "\(answer.status)"]
        if let json = answer.json {
            Self.flatten(json, at: "", into: &flat)
        } else {
            flat["body"] = answer.text
        }
        values[label] = flat
    }

    /// Where the two are not the same; nothing of what changes by itself.
    func differences(from other: View) -> Set<String> {
        var places: Set<String> = []
        for label in Set(values.keys).union(other.values.keys) {
            let (mine, theirs) = (values[label] ?? [:], other.values[label] ?? [:])
            let keys = Set(mine.keys).union(theirs.keys).filter { mine[$0] != theirs[$0] }
            for key in keys where !Self.isVolatile(key, of: label) {
                places.insert("\(label) \(key)")
            }
        }
        return places
    }

    /// Ages, clocks, and what a source or a channel that does not answer says of itself.
    private static let volatileKeys: Set<String> = [
        "now", "ageSeconds", "isStale", "breakers", "problem", "sourceProblem", "summary", "probesAt", "failureCount",
        "nextAt", "lastUsedAt", "lastSeenAt", "waitingRows", "behind", "streamSubscribers", "requestId", "attempts",
    ]

    private static func isVolatile(_ key: String, of label: String) -> Bool {
        // A session that is renewed ends later.
        if label.contains("/sessions"), key.hasSuffix("/expiresAt") { return true }
        return key.split(separator: "/").contains { volatileKeys.contains(String($0)) }
    }

    private static func flatten(_ value: JSONValue, at place: String, into flat: inout [String: String]) {
        switch value {
        case .map(let members):
            // Of a rate nothing is left a moment later; whatever else is used stays so.
            let isRate = members["burst"] != nil
            for (key, member) in members where !(isRate && key == "use") {
                flatten(member, at: "\(place)/\(key)", into: &flat)
            }
        case .list(let elements):
            flat["\(place)/count"] = "\(elements.count)"
            for (index, element) in elements.enumerated() { flatten(element, at: "\(place)/\(index)", into: &flat) }
        case .text(let text): flat[place] = text
        case .number(let number): flat[place] = "\(number)"
        case .flag(let flag): flat[place] = "\(flag)"
        case .null: flat[place] = "null"
        }
    }
}
