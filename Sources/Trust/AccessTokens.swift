import FoundationEssentials
import JWTKit
package import Plant

/// A short-lived proof of who asks: a JSON Web Token (RFC 7519) under HMAC with SHA-256.
package struct AccessToken: Hashable, Sendable {
    package let text: String
    package let expiresAt: Instant
}

/// Makes access tokens and reads them.
package struct AccessTokens: Sendable {
    package static let issuer = "eagle"

    package let lifetime: Duration
    private let keys: JWTKeyCollection

    /// - Parameters:
    ///   - key: Signs all tokens; with another one, those made before are worth nothing.
    ///   - lifetime: How long a token is good; before that, it ends with the login that it names.
    package init(key: SigningKey, lifetime: Duration = .seconds(900)) async {
        self.lifetime = lifetime
        keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: key.bytes), digestAlgorithm: .sha256)
    }

    /// - Throws: ``TokenError`` with `.unsigned`, which no person can cause; machines have keys, not tokens.
    package func issue(for principal: Principal, at now: Instant) async throws(TokenError) -> AccessToken {
        guard let user = principal.user else { throw TokenError(.unsigned) }
        // Whole seconds, cut off: a token never outlives what was said.
        let expiry = (now + lifetime).microseconds / 1_000_000
        let claims = AccessClaims(
            iss: Self.issuer,
            sub: user,
            sid: principal.session,
            org: principal.organization,
            role: principal.role,
            iat: now.microseconds / 1_000_000,
            exp: expiry
        )
        do {
            return AccessToken(text: try await keys.sign(claims), expiresAt: Instant(seconds: expiry))
        } catch {
            throw TokenError(.unsigned)
        }
    }

    /// Who a token speaks for.
    ///
    /// - Throws: ``TokenError``; `.expired` at or after its expiry, `.invalid` for whatever was not issued here.
    package func principal(of token: String, at now: Instant) async throws(TokenError) -> Principal {
        try await claims(of: token, at: now).principal
    }

    /// Who a token speaks for, and until when; what he may now, the store says.
    ///
    /// - Throws: ``TokenError``; `.expired` at or after its expiry, `.invalid` for whatever was not issued here.
    package func claims(
        of token: String,
        at now: Instant
    ) async throws(TokenError) -> (principal: Principal, expiresAt: Instant) {
        let claims: AccessClaims
        // The library decodes a token's head before it looks at the signature.
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.prefix(2).allSatisfy({ Base64URL.bytes($0).map(JSONNesting.isBounded) ?? false })
        else { throw TokenError(.invalid) }
        do {
            claims = try await keys.verify(token, as: AccessClaims.self)
        } catch {
            throw TokenError(.invalid)
        }
        guard claims.iss == Self.issuer else { throw TokenError(.invalid) }
        guard now < Instant(seconds: claims.exp) else { throw TokenError(.expired) }
        guard (claims.org == nil) == (claims.role == .superAdmin) else { throw TokenError(.invalid) }
        let principal = Principal(
            user: claims.sub,
            organization: claims.org,
            role: claims.role,
            session: claims.sid
        )
        return (principal, Instant(seconds: claims.exp))
    }
}

/// What a token says, by RFC 7519's names; times in whole seconds since 1970.
private struct AccessClaims: JWTPayload {
    let iss: String
    let sub: ID<User>
    let sid: ID<RefreshFamily>?
    let org: ID<Organization>?
    let role: Role
    let iat: Int64
    let exp: Int64

    /// Nothing here: time is an argument of ``AccessTokens/principal(of:at:)``.
    func verify(using algorithm: some JWTAlgorithm) {}
}

/// Why a token proves nothing.
package struct TokenError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable { case invalid, expired, unsigned }

    package let code: Code

    init(_ code: Code) { self.code = code }
}
