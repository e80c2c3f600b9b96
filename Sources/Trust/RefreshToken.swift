import Crypto
import FoundationEssentials

/// A secret that is worth one new access token, and is then replaced by the next.
package struct RefreshToken: Sendable {
    package static let byteCount = 32

    /// What the client keeps: base64url without padding (RFC 4648, section 5).
    package let text: String

    /// A fresh one out of the caller's randomness.
    package init(using generator: inout some RandomNumberGenerator) {
        let bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        text = String(
            Data(bytes).base64EncodedString().compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            }
        )
    }

    /// What a client presents; nil for what can't be one.
    package init?(text: String) {
        guard text.utf8.count == 43 else { return nil }
        self.text = text
    }

    /// What the server keeps.
    package var hash: TokenHash { TokenHash(bytes: Data(SHA256.hash(data: Data(text.utf8)))) }
}

extension RefreshToken: CustomStringConvertible {
    /// Never the secret itself.
    package var description: String { "a refresh token" }
}

/// The SHA-256 of a secret that is random enough to need no salt.
package struct TokenHash: Hashable, Sendable {
    package let hexadecimal: String

    /// The hash that was stored; nil for any other text.
    package init?(hexadecimal: String) {
        guard hexadecimal.utf8.count == 64,
            hexadecimal.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.hexadecimal = hexadecimal
    }

    init(bytes: Data) {
        let digits = Array("0123456789abcdef")
        hexadecimal = String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

extension TokenHash {
    /// Whether it is the hash of the same secret, found out in the same time wherever they differ.
    package func isEqualInConstantTime(to other: TokenHash) -> Bool {
        hexadecimal.utf8.isEqualInConstantTime(to: other.hexadecimal.utf8)
    }
}
