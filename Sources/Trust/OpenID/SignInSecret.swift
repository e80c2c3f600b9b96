import Crypto
import FoundationEssentials

/// A secret that holds one sign-in together: 256 random bits as base64url.
///
/// It serves as state and nonce, as what the browser keeps in between, as a proof key's verifier, and as the code that
/// is worth a session, once.
package struct SignInSecret: Sendable {
    package static let byteCount = 32

    /// 43 characters, which is the least that RFC 7636, section 4.1 allows of a verifier.
    package let text: String

    /// A fresh one out of the caller's randomness.
    package init(using generator: inout some RandomNumberGenerator) {
        text = Base64URL.text((0..<Self.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// What a browser presents; nil for what can't be one.
    package init?(text: String) {
        guard text.utf8.count == 43, Base64URL.bytes(text) != nil else { return nil }
        self.text = text
    }

    /// What the server keeps of it where it only has to know it again.
    package var hash: TokenHash { TokenHash(bytes: Data(SHA256.hash(data: Data(text.utf8)))) }

    /// What is sent ahead of a verifier: `code_challenge` with the method S256 (RFC 7636, section 4.2).
    package var challenge: String { Base64URL.text(SHA256.hash(data: Data(text.utf8))) }
}

extension SignInSecret: CustomStringConvertible {
    /// Never the secret itself.
    package var description: String { "a secret of a sign-in" }
}
