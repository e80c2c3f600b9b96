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
            for key in Set(mine.keys).union(theirs.keys) where mine[key] != theirs[key] && !Self.isVolatile(key) {
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

    private static func isVolatile(_ key: String) -> Bool {
        key.split(separator: "/").contains { volatileKeys.contains(String($0)) }
    }

    private static func flatten(_ value: JSONValue, at place: String, into flat: inout [String: String]) {
        switch value {
        case .map(let members):
            for (key, member) in members { flatten(member, at: "\(place)/\(key)", into: &flat) }
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
