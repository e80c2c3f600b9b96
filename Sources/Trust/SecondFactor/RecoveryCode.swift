import Crypto
import FoundationEssentials

/// Stands in for an authenticator that is lost, once: 80 random bits in four groups of four letters.
package struct RecoveryCode: Hashable, Sendable {
    /// How many someone gets with his authenticator.
    package static let countPerFactor = 10

    private static let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")

    private let plain: String

    /// A fresh one out of the caller's randomness.
    package init(using generator: inout some RandomNumberGenerator) {
        plain = String(
            (0..<16).map { _ in Self.letters[Int.random(in: 0..<Self.letters.count, using: &generator)] }
        )
    }

    /// What somebody typed, whatever the case and with or without the hyphens; nil for what can't be one.
    package init?(text: String) {
        let plain = text.lowercased().filter { $0 != "-" && $0 != " " }
        guard plain.count == 16, plain.allSatisfy({ Self.letters.contains($0) }) else { return nil }
        self.plain = plain
    }

    /// What is shown once.
    package var text: String {
        stride(from: 0, to: 16, by: 4).map { start in String(plain.dropFirst(start).prefix(4)) }.joined(separator: "-")
    }

    /// What the server keeps.
    package var hash: TokenHash { TokenHash(bytes: Data(SHA256.hash(data: Data(plain.utf8)))) }
}

extension RecoveryCode: CustomStringConvertible {
    /// Never the secret itself.
    package var description: String { "a recovery code" }
}
