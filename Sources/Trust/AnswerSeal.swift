import Crypto
package import FoundationEssentials
package import Plant

/// Seals answers that are kept for whoever repeats his request, and names them without telling what was asked.
///
/// What is kept may hold a key that is told only once. Each answer has a key of its own, drawn from the server's
/// signing key and the place (HKDF, RFC 5869), so that no row opens at another's place.
package struct AnswerSeal: Sendable {
    private let key: SymmetricKey

    package init(_ key: SigningKey) {
        self.key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.bytes),
            info: Data("eagle kept answers".utf8),
            outputByteCount: 32
        )
    }

    /// Where the answer to an actor's key is kept: his own, whatever keys others use.
    package func place(of idempotencyKey: String, by actor: String, in scope: OrganizationScope) -> TokenHash {
        digest([scope.id.description, actor, idempotencyKey].map { Array($0.utf8) })
    }

    /// What a request is known again by; it may hold a password, which can't be guessed from this.
    package func fingerprint(of parts: [[UInt8]]) -> TokenHash { digest(parts) }

    /// Each part with its length, so that none runs into the next.
    private func digest(_ parts: [[UInt8]]) -> TokenHash {
        var code = HMAC<SHA256>(key: key)
        for part in parts {
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { code.update(data: $0) }
            code.update(data: part)
        }
        return TokenHash(bytes: Data(code.finalize()))
    }

    /// - Throws: What the cipher throws, which no input can cause.
    package func seal(
        _ answer: [UInt8],
        at place: TokenHash,
        using generator: inout some RandomNumberGenerator
    ) throws -> Data {
        let nonce = (0..<12).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let box = try AES.GCM.seal(
            answer,
            using: key(of: place),
            nonce: AES.GCM.Nonce(data: nonce),
            authenticating: Data(place.hexadecimal.utf8)
        )
        return box.nonce + box.ciphertext + box.tag
    }

    /// Nil for what was sealed at another place, by another server, or changed.
    package func open(_ sealed: Data, at place: TokenHash) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed) else { return nil }
        let plain = try? AES.GCM.open(
            box,
            using: key(of: place),
            authenticating: Data(place.hexadecimal.utf8)
        )
        return plain.map { [UInt8]($0) }
    }

    private func key(of place: TokenHash) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Data(place.hexadecimal.utf8), outputByteCount: 32)
    }
}
