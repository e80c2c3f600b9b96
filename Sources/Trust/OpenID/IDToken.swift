import Crypto
import FoundationEssentials
import JWTKit
package import Plant

/// A signed statement of who somebody is (OpenID Connect Core 1.0, section 2), taken apart but not yet believed.
package struct IDToken: Sendable {
    package static let byteCountMax = 16_384
    /// How far the issuer's clock may be from ours.
    package static let leeway = Duration.seconds(60)

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let typ: String?
        let crit: JSONValue?
    }

    /// What it has to say, and for whom.
    package struct Expectation: Sendable {
        let issuer: String
        let clientID: String
        let nonce: String
        /// What came with it.
        let accessToken: String?

        package init(issuer: String, clientID: String, nonce: String, accessToken: String?) {
            self.issuer = issuer
            self.clientID = clientID
            self.nonce = nonce
            self.accessToken = accessToken
        }
    }

    private let algorithm: IDTokenAlgorithm
    private let keyID: String?
    private let signed: [UInt8]
    private let signature: [UInt8]
    private let claims: OpenIDClaims

    /// - Throws: ``OpenIDError`` with `.tokenInvalid` for what is no JWT, and for one of an algorithm that proves
    ///   nothing, such as `none` or HS256.
    package init(_ text: String) throws(OpenIDError) {
        guard text.utf8.count <= Self.byteCountMax else { throw Self.invalid("it is too long") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.bytes(parts[0]), let body = Base64URL.bytes(parts[1]),
            let signature = Base64URL.bytes(parts[2]), !signature.isEmpty
        else { throw Self.invalid("it has not the form of a signed one") }
        let header: Header
        let claims: JSONValue
        do {
            header = try JSONDecoder().decode(Header.self, fromOutside: Data(head))
            claims = try JSONValue.decoded(body)
        } catch {
            throw Self.invalid("it can't be read")
        }
        guard let algorithm = IDTokenAlgorithm(rawValue: header.alg) else {
            throw Self.invalid("it is signed with neither RS256 nor ES256")
        }
        // An access token or a logout token of the same issuer is none of these.
        guard header.typ.map({ $0.lowercased() == "jwt" }) ?? true else { throw Self.invalid("it is of another type") }
        guard header.crit == nil else { throw Self.invalid("it asks for extensions that are unknown here") }
        self.algorithm = algorithm
        keyID = header.kid
        signed = Array("\(parts[0]).\(parts[1])".utf8)
        self.signature = signature
        self.claims = OpenIDClaims(claims)
    }

    /// What it says, once all of it is proven (OpenID Connect Core 1.0, section 3.1.3.7).
    ///
    /// - Parameters:
    ///   - keys: The issuer's.
    ///   - expected: What it has to say.
    ///   - now: The present instant.
    /// - Returns: Claims with an issuer and a subject.
    /// - Throws: ``OpenIDError``: `.keyUnknown` where newer keys may help, `.tokenInvalid` where nothing will.
    package func claims(
        provenBy keys: JSONWebKeySet,
        expected: Expectation,
        at now: Instant
    ) async throws(OpenIDError) -> OpenIDClaims {
        guard let key = keys.key(id: keyID, for: algorithm) else {
            throw OpenIDError(.keyUnknown, "the issuer shows no key of the ID token's name and algorithm")
        }
        guard await isSigned(with: key) else { throw Self.invalid("its signature is wrong") }
        guard claims.issuer == expected.issuer else { throw Self.invalid("it is another issuer's") }
        guard let subject = claims.subject, (1...255).contains(subject.utf8.count) else {
            throw Self.invalid("it names nobody")
        }
        let audiences = claims.audiences
        guard audiences.contains(expected.clientID) else { throw Self.invalid("it is for somebody else") }
        let party = claims.authorizedParty
        guard party == .text(expected.clientID) || (party == nil && audiences.count == 1) else {
            throw Self.invalid("it was given to somebody else")
        }
        try checkTimes(at: now)
        guard claims.nonce == expected.nonce else { throw Self.invalid("its nonce is another sign-in's") }
        try checkAccessToken(expected.accessToken)
        return claims
    }

    private func checkTimes(at now: Instant) throws(OpenIDError) {
        guard let expiry = claims.expiresAt, now - Self.leeway < Instant(seconds: expiry) else {
            throw Self.invalid("it has expired")
        }
        guard let issuedAt = claims.issuedAt, Instant(seconds: issuedAt) <= now + Self.leeway else {
            throw Self.invalid("it comes from the future")
        }
        guard let notBefore = claims.notBefore else { return }
        guard let seconds = notBefore.seconds, Instant(seconds: seconds) <= now + Self.leeway else {
            throw Self.invalid("it does not hold yet")
        }
    }

    /// The left half of the access token's hash, where it is said (section 3.1.3.6).
    private func checkAccessToken(_ accessToken: String?) throws(OpenIDError) {
        guard let said = claims.accessTokenHash else { return }
        let hash = accessToken.map { Base64URL.text(Array(SHA256.hash(data: Data($0.utf8))).prefix(16)) }
        guard let hash, said == .text(hash) else { throw Self.invalid("it came with another access token") }
    }

    /// The key alone decides how the signature is checked; the header has only chosen among the keys.
    private func isSigned(with key: JSONWebKeySet.Key) async -> Bool {
        let keys = JWTKeyCollection()
        do {
            switch key.material {
            case .rsa(let modulus, let exponent):
                let rsa = try JWTKit.Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
                await keys.add(rsa: rsa, digestAlgorithm: .sha256)
            case .p256(let x, let y):
                await keys.add(ecdsa: try ES256PublicKey(parameters: (x, y)))
            }
            return try await keys.getKey().verify(signature, signs: signed)
        } catch {
            // A key that is none, or a signature of another length: nothing is proven.
            return false
        }
    }

    private static func invalid(_ reason: String) -> OpenIDError {
        OpenIDError(.tokenInvalid, "the ID token is refused: \(reason)")
    }
}
