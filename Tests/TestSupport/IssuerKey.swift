import Crypto
import CryptoExtras
import FoundationEssentials

/// A real key of an issuer of tests: it signs tokens, and is shown among the issuer's keys.
package struct IssuerKey: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
    }

    package let id: String
    private let material: Material

    private init(id: String, material: Material) {
        self.id = id
        self.material = material
    }

    package static func rsa(_ id: String) throws -> IssuerKey {
        IssuerKey(id: id, material: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)))
    }

    package static func p256(_ id: String) -> IssuerKey {
        IssuerKey(id: id, material: .p256(P256.Signing.PrivateKey()))
    }

    package var algorithm: String {
        switch material {
        case .rsa: "RS256"
        case .p256: "ES256"
        }
    }

    /// As JSON (RFC 7517).
    package func jwk() throws -> String {
        switch material {
        case .rsa(let key):
            let (n, e) = try { ($0.modulus, $0.publicExponent) }(key.publicKey.getKeyPrimitives())
            return #"{"kty":"RSA","use":"sig","kid":"\#(id)","n":"\#(Self.text(n))","e":"\#(Self.text(e))"}"#
        case .p256(let key):
            let point = key.publicKey.rawRepresentation
            return #"{"kty":"EC","crv":"P-256","kid":"\#(id)","x":"\#(Self.text(point.prefix(32)))","#
                + #""y":"\#(Self.text(point.suffix(32)))"}"#
        }
    }

    /// What everybody may know of it, as PEM.
    package var publicPEM: String {
        switch material {
        case .rsa(let key): key.publicKey.pemRepresentation
        case .p256(let key): key.publicKey.pemRepresentation
        }
    }

    /// A signed one, of claims as JSON by name; the header adds to the usual one or replaces its parts.
    package func token(_ claims: [String: String], header: [String: String] = [:]) throws -> String {
        let usual = ["alg": "\"\(algorithm)\"", "kid": "\"\(id)\"", "typ": "\"JWT\""]
        let signed = Self.parts(usual.merging(header) { $1 }, claims)
        let digest = SHA256.hash(data: Data(signed.utf8))
        let signature =
            switch material {
            case .rsa(let key): try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation
            case .p256(let key): try key.signature(for: digest).rawRepresentation
            }
        return "\(signed).\(Self.text(signature))"
    }

    /// One that nobody signed.
    package static func unsigned(_ claims: [String: String]) -> String { parts(["alg": "\"none\""], claims) + "." }

    /// One that is signed with what everybody may know.
    package func forged(_ claims: [String: String]) -> String {
        let signed = Self.parts(["alg": "\"HS256\"", "kid": "\"\(id)\""], claims)
        let key = SymmetricKey(data: Data(publicPEM.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key)
        return "\(signed).\(Self.text(Data(code)))"
    }

    private static func parts(_ header: [String: String], _ claims: [String: String]) -> String {
        [header, claims].map { text(Data(json($0).utf8)) }.joined(separator: ".")
    }

    private static func json(_ members: [String: String]) -> String {
        "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    package static func text(_ bytes: some Collection<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
