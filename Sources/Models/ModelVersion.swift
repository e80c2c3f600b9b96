import Plant

/// Names one artifact by its content: the SHA-256 of its bytes, as 64 lower-case hexadecimal digits.
package struct ModelVersion: Hashable, Sendable, Codable {
    package let hash: String

    package init?(hash: String) {
        guard hash.utf8.count == 64, hash.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.hash = hash
    }

    package init(from decoder: any Decoder) throws {
        self = try decoder.value({ ModelVersion(hash: $0) }, orSay: "is not a SHA-256 in hexadecimal")
    }

    package func encode(to encoder: any Encoder) throws {
        try hash.encode(to: encoder)
    }
}

extension ModelVersion: CustomStringConvertible {
    /// The first twelve digits: enough for a person.
    package var description: String { String(hash.prefix(12)) }
}
