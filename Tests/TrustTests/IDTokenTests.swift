import FoundationEssentials
import Plant
import TestSupport
import Testing
import Trust

@Suite struct IDTokenTests {
    private static let now = Instant(seconds: 1_767_225_600)
    private static let rsa = Result { try IssuerKey.rsa("r1") }
    private static let p256 = IssuerKey.p256("e1")

    private static let claims = [
        "iss": "\"https://issuer.example\"", "sub": "\"248289761001\"", "aud": "\"eagle\"", "nonce": "\"n1\"",
        "exp": "1767225900", "iat": "1767225590", "email": "\"ann@north.example\"", "email_verified": "true",
    ]

    private static func keys(_ keys: [IssuerKey]) throws -> JSONWebKeySet {
        try JSONWebKeySet(json: Array(#"{"keys":[\#(keys.map { try $0.jwk() }.joined(separator: ","))]}"#.utf8))
    }

    private static func proven(
        _ text: String,
        by keys: [IssuerKey]? = nil,
        accessToken: String? = nil,
        at now: Instant = now
    ) async throws -> OpenIDClaims {
        let expected = IDToken.Expectation(
            issuer: "https://issuer.example",
            clientID: "eagle",
            nonce: "n1",
            accessToken: accessToken
        )
        return try await IDToken(text).claims(
            provenBy: Self.keys(try keys ?? [Self.rsa.get(), Self.p256]),
            expected: expected,
            at: now
        )
    }

    private static func refusal(_ text: String, by keys: [IssuerKey]? = nil, accessToken: String? = nil) async
        -> OpenIDError.Code?
    {
        do {
            _ = try await proven(text, by: keys, accessToken: accessToken)
            return nil
        } catch {
            return (error as? OpenIDError)?.code
        }
    }

    @Test func `tokens of both algorithms say who somebody is`() async throws {
        for key in [try Self.rsa.get(), Self.p256] {
            let claims = try await Self.proven(try key.token(Self.claims))
            #expect(claims.subject == "248289761001")
            #expect(claims.email == "ann@north.example")
            #expect(claims.isEmailVerified)
        }
    }

    @Test(arguments: [
        ["iss": "\"https://other.example\""], ["iss": "\"https://issuer.example/\""], ["aud": "\"other\""],
        ["aud": "[\"other\"]"], ["aud": "[\"eagle\",\"other\"]"],
        ["aud": "[\"eagle\",\"other\"]", "azp": "\"other\""], ["azp": "\"other\""], ["azp": "7"],
        ["exp": "1767225540"], ["exp": "0"], ["exp": "\"1767225900\""], ["exp": "null"], ["exp": "1e300"],
        ["iat": "1767225661"], ["iat": "null"], ["nbf": "1767225661"], ["nbf": "\"x\""], ["nonce": "\"n2\""],
        ["nonce": "null"], ["sub": "\"\""], ["sub": "null"], ["sub": "7"], ["at_hash": "\"abc\""],
    ])
    func `a token that says something else is refused`(change: [String: String]) async throws {
        let text = try Self.p256.token(Self.claims.merging(change) { $1 })
        #expect(await Self.refusal(text) == .tokenInvalid, "\(change)")
    }

    @Test(arguments: [
        ["exp": "1767225541"], ["iat": "1767225660"], ["nbf": "1767225660"], ["exp": "1767225900.75"],
        ["aud": "[\"eagle\"]"], ["aud": "[\"eagle\",\"other\"]", "azp": "\"eagle\""], ["azp": "\"eagle\""],
    ])
    func `clocks may differ by a minute, and an audience may be a list`(change: [String: String]) async throws {
        _ = try await Self.proven(try Self.p256.token(Self.claims.merging(change) { $1 }))
    }

    @Test func `none, and HS256 with the public key, prove nothing`() async throws {
        #expect(await Self.refusal(IssuerKey.unsigned(Self.claims)) == .tokenInvalid)
        let forged = try Self.rsa.get().forged(Self.claims)
        #expect(await Self.refusal(forged) == .tokenInvalid)
        // With a signature of the right kind, and the wrong name on it.
        for algorithm in ["none", "HS256", "RS512", "ES384", "es256", ""] {
            let text = try Self.p256.token(Self.claims, header: ["alg": "\"\(algorithm)\""])
            #expect(await Self.refusal(text) == .tokenInvalid, "\(algorithm)")
        }
    }

    @Test func `a key signs with its own algorithm alone`() async throws {
        // An EC key's signature under an RSA key's name finds no key of that kind.
        let text = try Self.p256.token(Self.claims, header: ["kid": "\"r1\""])
        #expect(await Self.refusal(text) == .keyUnknown)
    }

    @Test func `another key of the same name proves nothing, and an unknown name asks for newer keys`() async throws {
        let other = IssuerKey.p256("e1")
        #expect(await Self.refusal(try other.token(Self.claims)) == .tokenInvalid)
        #expect(await Self.refusal(try IssuerKey.p256("e2").token(Self.claims)) == .keyUnknown)
        #expect(await Self.refusal(try IssuerKey.rsa("r1").token(Self.claims)) == .tokenInvalid)
    }

    @Test func `a token without a key's name is proven by the only key there is`() async throws {
        let text = try Self.p256.token(Self.claims, header: ["kid": "null"])
        _ = try await Self.proven(text, by: [Self.p256])
        #expect(await Self.refusal(text, by: [Self.p256, IssuerKey.p256("e2")]) == .keyUnknown)
    }

    @Test(arguments: [["crit": "[\"exp\"]"], ["typ": "\"at+jwt\""], ["typ": "\"logout+jwt\""]])
    func `what is no ID token is none`(header: [String: String]) async throws {
        #expect(await Self.refusal(try Self.p256.token(Self.claims, header: header)) == .tokenInvalid)
    }

    @Test func `a token that was changed anywhere proves nothing`() async throws {
        let text = try Self.p256.token(Self.claims)
        for index in stride(from: 0, to: text.count - 2, by: 5) {
            var characters = Array(text)
            characters[index] = characters[index] == "A" ? "B" : "A"
            let code = await Self.refusal(String(characters))
            #expect(code == .tokenInvalid || code == .keyUnknown, "\(index)")
        }
        for text in ["", ".", "..", "a.b.c", text + ".", String(text.dropLast(3)), text + "A", "é.é.é"] {
            #expect(await Self.refusal(text) == .tokenInvalid, "\(text)")
        }
        let deep = String(repeating: "[", count: 2_000) + String(repeating: "]", count: 2_000)
        #expect(await Self.refusal(try Self.p256.token(["x": deep])) == .tokenInvalid)
        #expect(await Self.refusal(try Self.p256.token(["x": "\"\(String(repeating: "x", count: 20_000))\""])) != nil)
    }

    /// OpenID Connect Core 1.0, section 3.1.3.6; the value was computed with another program.
    @Test func `the access token that came with it is the one it speaks of`() async throws {
        let accessToken = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
        let text = try Self.p256.token(Self.claims.merging(["at_hash": "\"77QmUPtjPfzWtF2AnpK9RQ\""]) { $1 })
        _ = try await Self.proven(text, accessToken: accessToken)
        #expect(await Self.refusal(text, accessToken: accessToken + "x") == .tokenInvalid)
        #expect(await Self.refusal(text) == .tokenInvalid)
    }
}

@Suite struct JSONWebKeySetTests {
    @Test(arguments: [
        #"{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}"#, #"{"kty":"oct","kid":"a","k":"AQAB"}"#,
        #"{"kty":"EC","crv":"P-384","kid":"a","x":"AA","y":"AA"}"#, #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
        #"{}"#, #"7"#, #"null"#,
    ])
    func `keys that can't sign are left out`(jwk: String) async throws {
        let good = IssuerKey.p256("good")
        let keys = try JSONWebKeySet(json: Array(#"{"keys":[\#(jwk),\#(try good.jwk())]}"#.utf8))
        let only = try JSONWebKeySet(json: Array(#"{"keys":[\#(try good.jwk())]}"#.utf8))
        #expect(keys == only)
    }

    @Test func `keys for other uses are left out`() throws {
        let jwk = try IssuerKey.p256("a").jwk()
        for member in [#""use":"enc""#, #""alg":"ES384""#, #""key_ops":["sign"]"#] {
            let keys = try JSONWebKeySet(json: Array(#"{"keys":[{\#(member),\#(jwk.dropFirst())]}"#.utf8))
            #expect(try keys == JSONWebKeySet(json: Array(#"{"keys":[]}"#.utf8)), "\(member)")
        }
    }

    @Test(arguments: ["", "{}", "[]", #"{"keys":7}"#])
    func `what is no set of keys says so`(text: String) {
        #expect(throws: OpenIDError.self) { try JSONWebKeySet(json: Array(text.utf8)) }
    }
}
