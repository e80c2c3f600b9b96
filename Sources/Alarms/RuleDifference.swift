import FoundationEssentials

/// What one list of rules has that another does not, by the rules' ids.
package struct RuleDifference: Sendable, Encodable {
    package struct Change: Sendable, Encodable {
        package let id: String
        /// The keys of a schema document that changed, by name.
        package let keys: [String]
        package let before: AlarmRule
        package let after: AlarmRule
    }

    package let added: [AlarmRule]
    package let changed: [Change]
    package let removed: [AlarmRule]

    package var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

    package init(from before: [AlarmRule], to after: [AlarmRule]) {
        let former = Dictionary(before.map { ($0.id, $0) }) { first, _ in first }
        let ids = Set(after.map(\.id))
        added = after.filter { former[$0.id] == nil }
        removed = before.filter { !ids.contains($0.id) }
        changed = after.compactMap { rule in
            guard let old = former[rule.id], old != rule else { return nil }
            return Change(id: rule.id, keys: Self.keys(changedFrom: old, to: rule), before: old, after: rule)
        }
    }

    private static func keys(changedFrom before: AlarmRule, to after: AlarmRule) -> [String] {
        let (old, new) = (values(of: before), values(of: after))
        return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
    }

    /// By key, as a document has them.
    private static func values(of rule: AlarmRule) -> [String: PlainValue] {
        guard let json = try? JSONEncoder().encode(rule) else { return [:] }
        return (try? JSONDecoder().decode([String: PlainValue].self, from: json)) ?? [:]
    }

    private enum PlainValue: Decodable, Equatable {
        case flag(Bool)
        case number(Double)
        case text(String)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let flag = try? value.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try value.decode(String.self))
            }
        }
    }
}
