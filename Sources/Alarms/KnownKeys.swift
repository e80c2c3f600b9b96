import Plant

/// The keys that one object of a document may have: a misspelt one is an error, never silently a default.
struct KnownKeys {
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
    init(_ keys: [String], of owner: String) {
        self.keys = keys
        self.owner = owner
    }

    /// - Throws: `SchemaProblem` that names the first unknown key, in alphabetical order, and the known one it may be.
    func check(_ decoder: any Decoder) throws {
        let present = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
        guard let unknown = present.filter({ !keys.contains($0) }).min() else { return }
        let path = decoder.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        throw SchemaProblem(
            path: path + [unknown],
            message: "is no key of \(owner): \(advice(for: unknown))"
        )
    }

    /// The key that takes the fewest edits to reach, the first of equals; all of them where none is near.
    private func advice(for unknown: String) -> String {
        let nearest = keys.map { (key: $0, distance: Self.distance($0.lowercased(), unknown.lowercased())) }
            .min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= max(1, unknown.count / 2) else {
            return "it has \(keys.joined(separator: ", "))"
        }
        return "did you mean '\(nearest.key)'?"
    }

    /// How many characters must be put in, taken out or replaced (Levenshtein 1966).
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (leftIndex, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = leftIndex + 1
            for index in right.indices {
                let replaced = diagonal + (character == right[index] ? 0 : 1)
                diagonal = row[index + 1]
                row[index + 1] = min(replaced, row[index] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
