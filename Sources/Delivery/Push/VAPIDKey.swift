import Alarms
import Crypto
import Foundation
import Plant

/// By which push services know this server (RFC 8292): no account with anybody, and nobody between.
package struct VAPIDKey: Sendable {
    private let key: P256.Signing.PrivateKey
    private let contact: String?

    /// Whether a push service can turn to it: `https://` and a host's full name, or `mailto:` and an address at one.
    ///
    /// RFC 8292 leaves it out where it likes; Apple's service takes no message without it.
    package static func isContact(_ text: String) -> Bool {
        guard text.hasPrefix("mailto:") else {
            guard let address = try? WebAddress(text) else { return false }
            return address.scheme == .https && address.host.contains(".")
        }
        let address = text.dropFirst(7)
        return EmailAddress.isValid(String(address)) && address.drop { $0 != "@" }.contains(".")
    }

    /// - Parameter contact: Whom a push service may turn to, see ``isContact(_:)``.
    package init(contact: String? = nil) {
        key = P256.Signing.PrivateKey()
        self.contact = contact
    }

    /// - Parameters:
    ///   - bytes: As ``bytes`` gave them.
    ///   - contact: Whom a push service may turn to, see ``isContact(_:)``.
    /// - Throws: `CryptoKitError` for bytes that are no key.
    package init(bytes: [UInt8], contact: String? = nil) throws {
        key = try P256.Signing.PrivateKey(rawRepresentation: bytes)
        self.contact = contact
    }

    /// The private key itself, 32 bytes: to be kept where nobody else reads.
    package var bytes: [UInt8] { [UInt8](key.rawRepresentation) }

    /// What a browser subscribes with, as `applicationServerKey`: base64url of the point, uncompressed.
    package var publicKey: String { Base64URL.text(key.publicKey.x963Representation) }

    /// How long a token holds; a push service takes none of more than a day.
    static let validity = Duration.seconds(43_200)

    /// The value of `Authorization` for a push service of that origin.
    ///
    /// - Throws: `CryptoKitError` where signing fails.
    func authorization(for origin: String, at now: Instant) throws -> String {
        struct Claims: Encodable {
            let aud: String
            let exp: Int64
            let sub: String?
        }
        let claims = Claims(aud: origin, exp: (now + Self.validity).microseconds / 1_000_000, sub: contact)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = Base64URL.text(Array(#"{"alg":"ES256","typ":"JWT"}"#.utf8))
        let signed = "\(header).\(Base64URL.text(try encoder.encode(claims)))"
        let signature = try key.signature(for: Data(signed.utf8)).rawRepresentation
        return "vapid t=\(signed).\(Base64URL.text(signature)), k=\(publicKey)"
    }
}
