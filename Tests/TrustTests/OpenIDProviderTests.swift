import FoundationEssentials
import Plant
import Testing

@testable import Trust

@Suite struct OpenIDProviderTests {
    private func provider(
        domains: [String] = ["north.example"],
        roleClaim: OpenIDProvider.RoleClaim? = nil,
        requiresSecondFactor: Bool = false
    ) -> OpenIDProvider {
        OpenIDProvider(
            id: "north-sso",
            name: "North",
            organization: "north",
            issuer: "https://issuer.example",
            clientID: "eagle",
            clientSecret: OpenIDProvider.ClientSecret("hunter2"),
            domains: domains,
            roleClaim: roleClaim,
            requiresSecondFactor: requiresSecondFactor
        )
    }

    private func claims(_ json: String) throws -> OpenIDClaims {
        OpenIDClaims(try JSONValue.decoded(Array(json.utf8)))
    }

    @Test func `a verified address of the provider's domains is taken`() throws {
        for flag in ["true", "\"true\""] {
            let claims = try claims(#"{"email":"Ann@North.Example","email_verified":\#(flag)}"#)
            #expect(try provider().email(in: claims) == "Ann@North.Example")
        }
    }

    @Test(arguments: [
        (#"{"email":"ann@north.example"}"#, OpenIDError.Code.emailUnverified),
        (#"{"email":"ann@north.example","email_verified":false}"#, .emailUnverified),
        (#"{"email":"ann@north.example","email_verified":"yes"}"#, .emailUnverified),
        (#"{"email":"ann@north.example","email_verified":1}"#, .emailUnverified),
        (#"{"email_verified":true}"#, .emailUnverified),
        (#"{"email":"ann@south.example","email_verified":true}"#, .refused),
        (#"{"email":"ann@evil-north.example","email_verified":true}"#, .refused),
        (#"{"email":"ann@x.north.example","email_verified":true}"#, .refused),
        (#"{"email":"ann@south.example@north.example","email_verified":true}"#, .refused),
        (#"{"email":"@north.example","email_verified":true}"#, .refused),
        (#"{"email":"ann @north.example","email_verified":true}"#, .refused),
        // The Kelvin sign and the dotted capital I: in lower case they are letters of another's address.
        ("{\"email\":\"mar\u{212A}@north.example\",\"email_verified\":true}", .refused),
        (#"{"email":"\u0130da@north.example","email_verified":true}"#, .refused),
    ])
    func `any other address is refused`(json: String, code: OpenIDError.Code) throws {
        let claims = try claims(json)
        let error = #expect(throws: OpenIDError.self) { try provider().email(in: claims) }
        #expect(error?.code == code)
    }

    @Test func `roles come from the claim that is set, the highest of them, and never a super admin's`() throws {
        let groups = OpenIDProvider.RoleClaim(
            name: "groups",
            roles: ["bosses": .admin, "shift": .operator, "gods": .superAdmin]
        )
        let mapped = provider(roleClaim: groups)
        #expect(mapped.role(in: try claims(#"{"groups":["shift","bosses"]}"#)) == .role(.admin))
        #expect(mapped.role(in: try claims(#"{"groups":"shift"}"#)) == .role(.operator))
        #expect(mapped.role(in: try claims(#"{"groups":["others"]}"#)) == OpenIDProvider.RoleDecision.none)
        #expect(mapped.role(in: try claims("{}")) == OpenIDProvider.RoleDecision.none)
        #expect(mapped.role(in: try claims(#"{"groups":["gods"]}"#)) == OpenIDProvider.RoleDecision.none)
        #expect(provider().role(in: try claims(#"{"groups":["bosses"]}"#)) == .unchanged)
        let nested = provider(roleClaim: OpenIDProvider.RoleClaim(name: "realm_access.roles", roles: ["a": .admin]))
        #expect(nested.role(in: try claims(#"{"realm_access":{"roles":["a"]}}"#)) == .role(.admin))
        #expect(nested.role(in: try claims(#"{"realm_access.roles":["a"]}"#)) == .role(.admin))
    }

    @Test func `where a second factor is asked for, the issuer has to say that there was one`() throws {
        let strict = provider(requiresSecondFactor: true)
        try strict.checkSecondFactor(in: try claims(#"{"amr":["pwd","mfa"]}"#))
        for json in ["{}", #"{"amr":["pwd"]}"#, #"{"amr":"pwd mfa"}"#] {
            let claims = try claims(json)
            #expect(throws: OpenIDError.self) { try strict.checkSecondFactor(in: claims) }
            try provider().checkSecondFactor(in: claims)
        }
    }

    @Test func `a provider of one organization proves no scope of another`() throws {
        let north = Organization(id: ID(UUID()), slug: "north", name: "North")
        let south = Organization(id: ID(UUID()), slug: "south", name: "South")
        #expect(try Authorizer.scope(of: provider(), for: north).id == north.id)
        let error = #expect(throws: AuthorizationError.self) { try Authorizer.scope(of: provider(), for: south) }
        #expect(error?.code == .notFound)
    }

    @Test func `the client's secret is not part of any text`() {
        #expect(!"\(provider())".contains("hunter2"))
    }
}

@Suite struct SignInSecretTests {
    /// RFC 7636, appendix B.
    @Test func `the challenge is that of the standard`() throws {
        let verifier = try #require(SignInSecret(text: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
        #expect(verifier.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(!"\(verifier)".contains("dBjf"))
    }

    @Test(arguments: ["", "dBjf", String(repeating: "=", count: 43), String(repeating: "+", count: 43)])
    func `what can't be one is none`(text: String) {
        #expect(SignInSecret(text: text) == nil)
    }
}

@Suite struct OpenIDMetadataTests {
    private func metadata(_ change: String = "", issuer: String = "https://issuer.example") throws -> OpenIDMetadata {
        let json = """
            {"issuer":"https://issuer.example","authorization_endpoint":"https://issuer.example/a",\(change)
             "token_endpoint":"https://issuer.example/t","jwks_uri":"https://issuer.example/k"}
            """
        return try OpenIDMetadata(json: Array(json.utf8), of: issuer)
    }

    @Test func `what an issuer does not say is as the standard has it`() throws {
        let plain = try metadata()
        #expect(plain.takesBasicAuthentication && !plain.namesIssuer)
        let other = try metadata(
            #""token_endpoint_auth_methods_supported":["client_secret_post"],"#
                + #""authorization_response_iss_parameter_supported":true,"#
        )
        #expect(!other.takesBasicAuthentication && other.namesIssuer)
    }

    @Test(arguments: [
        #""id_token_signing_alg_values_supported":["HS256","none"],"#,
        #""code_challenge_methods_supported":["plain"],"#,
        #""token_endpoint_auth_methods_supported":["private_key_jwt"],"#,
    ])
    func `an issuer that can't do what is asked is refused`(change: String) {
        #expect(throws: OpenIDError.self) { try metadata(change) }
    }

    @Test func `another issuer's configuration is refused`() {
        #expect(throws: OpenIDError.self) { try metadata(issuer: "https://issuer.example/") }
        #expect(throws: OpenIDError.self) { try OpenIDMetadata(json: Array("[]".utf8), of: "https://issuer.example") }
    }

    @Test(arguments: [
        ("https://i.example", "https://i.example/.well-known/openid-configuration"),
        ("https://i.example/", "https://i.example/.well-known/openid-configuration"),
        ("https://i.example/realms/a", "https://i.example/realms/a/.well-known/openid-configuration"),
    ])
    func `the configuration is where the standard has it`(issuer: String, address: String) {
        #expect(OpenIDMetadata.address(of: issuer) == address)
    }
}

@Suite struct FormTextTests {
    @Test(arguments: [
        ("abc-._~09", "abc-._~09"), ("a b&c=d", "a%20b%26c%3Dd"), ("ü+/", "%C3%BC%2B%2F"), ("", ""), ("%", "%25"),
    ])
    func `all but the unreserved is encoded`(plain: String, encoded: String) {
        #expect(FormText.encoded(plain) == encoded)
    }
}
