import Crypto
import FoundationEssentials

/// The server as a signer: what it signs can be checked by anybody with its public key, also without the server.
///
/// Ed25519 (RFC 8032).
package struct ServerIdentity: Sendable {
    /// Of the secret key, which RFC 8032 calls the seed.
    package static let keyByteCount = 32
    package static let signatureByteCount = 64

    private let key: Curve25519.Signing.PrivateKey

    /// - Parameter rawKey: The secret key's 32 bytes.
    /// - Throws: ``ServerIdentityError`` with `.length`, or `.uniform` for one byte over and over.
    package init(rawKey: [UInt8]) throws(ServerIdentityError) {
        guard rawKey.count == Self.keyByteCount else { throw .length(byteCount: rawKey.count) }
        guard Set(rawKey).count > 1 else { throw .uniform }
        do { key = try Curve25519.Signing.PrivateKey(rawRepresentation: rawKey) } catch { throw .refused }
    }

    /// A fresh secret key out of the caller's randomness, to be kept.
    package static func fresh(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<keyByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The 32 bytes by which others know the server.
    package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// - Returns: The signature's 64 bytes.
    /// - Throws: ``ServerIdentityError`` with `.refused`, where the library does not sign.
    package func sign(_ bytes: [UInt8]) throws(ServerIdentityError) -> [UInt8] {
        do { return Array(try key.signature(for: Data(bytes))) } catch { throw .refused }
    }

    /// Whether the signature is the bearer's of that public key, over exactly these bytes.
    ///
    /// - Returns: False also for a key or a signature that can't be one.
    package static func isValid(_ signature: [UInt8], for bytes: [UInt8], publicKey: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(Data(signature), for: Data(bytes))
    }
}

extension ServerIdentity: CustomStringConvertible, CustomDebugStringConvertible {
    /// Never the secret key.
    package var description: String { "a server's identity" }
    package var debugDescription: String { description }
}

/// Why a key makes no identity, or an identity no signature.
package enum ServerIdentityError: Error, Hashable, Sendable {
    case length(byteCount: Int)
    case uniform
    case refused
}

extension ServerIdentityError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .length(let byteCount): "the key has \(byteCount) bytes: it needs \(ServerIdentity.keyByteCount)"
        case .uniform: "the key is one byte over and over"
        case .refused: "the key can't be used to sign"
        }
    }
}
