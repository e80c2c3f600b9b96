/// The keys that one object of a document may have: a misspelt one is an error, never silently a default.
package struct KnownKeys {
    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let keys: [String]
    private let owner: String

    /// - Parameters:
    ///   - keys: Not empty.
    ///   - owner: What has them, for the message: "a limit rule".
    package init(_ keys: [String], of owner: String) {
        self.keys = keys
        self.owner = owner
    }

    /// - Throws: `SchemaProblem` that names the first unknown key, in alphabetical order, and the known one it may be.
    package func check(_ decoder: any Decoder) throws {
        let present = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        guard let unknown = present.filter({ !keys.contains($0) }).min() else { return }
        let path = decoder.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        throw SchemaProblem(
            path: path + [unknown],
            message: "is no key of \(owner): \(advice(for: unknown))"
        )
    }

    private func advice(for unknown: String) -> String {
        guard let nearest = NearMisses.of(unknown, among: keys, countMax: 1, share: 1 / 2).first else {
            return "it has \(keys.joined(separator: ", "))"
        }
        return "did you mean '\(nearest)'?"
    }
}
