import Crypto
import FoundationEssentials

/// The key by which the server signs what others must be able to check: Ed25519 (RFC 8032).
package struct ServerIdentity: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// - Throws: Where the raw key is not 32 bytes long.
    package init(rawKey: [UInt8]) throws { key = try Curve25519.Signing.PrivateKey(rawRepresentation: rawKey) }

    package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    package func sign(_ bytes: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: bytes)) }

    package static func isValid(_ signature: [UInt8], for bytes: [UInt8], publicKey: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }
}
