import Delivery
import Foundation
import Logging
import Plant
import TestSupport
import Testing
import Trust

@testable import Web

/// A server that takes people in by an issuer, which is the same for both of its organizations, and a browser.
struct SignInPlace: Sendable {
    let server: TestServer
    let issuer: TestIssuer
    let browser: TestBrowser

    /// What becomes of those in the north who have no account, and by which values of the claim `groups`; whether the
    /// north's issuer has to say that there was a second factor; where browsers find the server, and where issuers may
    /// be.
    static func run(
        newUsers: Role? = nil,
        roles: [String: Role]? = nil,
        requiresSecondFactor: Bool = false,
        publicURL: String = "https://eagle.example/",
        rules: TargetRules = TargetRules(["127.0.0.1"]) ?? TargetRules(),
        logger: Logger? = nil,
        _ body: @escaping @Sendable (SignInPlace) async throws -> Void
    ) async throws {
        let issuer = try await TestIssuer()
        func provider(_ slug: String, _ name: String) -> OpenIDProvider {
            let isNorth = slug == "north"
            return OpenIDProvider(
                id: slug + "-sso",
                name: name,
                isPublic: isNorth,
                organization: slug,
                issuer: issuer.url,
                clientID: TestIssuer.clientID,
                clientSecret: OpenIDProvider.ClientSecret(TestIssuer.clientSecret),
                domains: ["example.com"],
                newUsers: isNorth ? newUsers : nil,
                roleClaim: isNorth ? roles.map { OpenIDProvider.RoleClaim(name: "groups", roles: $0) } : nil,
                requiresSecondFactor: isNorth && requiresSecondFactor
            )
        }
        var timeouts = DeliveryTimeouts()
        (timeouts.connect, timeouts.whole) = (.seconds(1_800), .seconds(1_800))
        let desk = OpenIDDesk(
            providers: [provider("north", "Northern sign-in"), provider("south", "Southern sign-in")],
            publicURL: publicURL,
            client: WebClient(dialer: try Dialer(timeouts: timeouts), resolver: NameResolver(), rules: rules)
        )
        try await TestServer.run(openID: desk, logger: logger) { server in
            try await body(SignInPlace(server: server, issuer: issuer, browser: TestBrowser(server)))
        }
        // A test may have stopped it already.
        try? await issuer.stop()
    }

    /// Time goes on here and there.
    func advance(by duration: Duration) {
        server.clock.advance(by: duration)
        issuer.set { $0.now = $0.now + duration }
    }

    /// Goes to the issuer and signs in there.
    ///
    /// - Returns: Where the issuer sends the browser.
    func approve(
        _ email: String = "northOperator@example.com",
        as subject: String? = nil,
        by provider: String = "north-sso",
        return path: String? = nil
    ) async throws -> String {
        let query = path.map { "?return=" + FormText.encoded($0) } ?? ""
        let start = try await browser.ask("GET", "/api/v1/auth/oidc/\(provider)/start\(query)")
        #expect(start.status == 303)
        return try issuer.approve(start.header("location") ?? "", as: subject ?? email, email: email)
    }

    /// The whole way, up to where the server sends the page.
    func comeBack(
        _ email: String = "northOperator@example.com",
        as subject: String? = nil,
        by provider: String = "north-sso"
    ) async throws -> Answer {
        try await browser.ask("GET", try await approve(email, as: subject, by: provider))
    }

    /// The whole way to a session, or what hindered it.
    func signIn(
        _ email: String,
        as subject: String? = nil,
        by provider: String = "north-sso"
    ) async throws -> (user: Tree?, failure: String?) {
        let callback = try await comeBack(email, as: subject, by: provider)
        guard let code = Self.code(callback) else { return (nil, Self.failure(callback)) }
        return (try await exchange(code).json["user"], nil)
    }

    func exchange(_ code: String, by browser: TestBrowser? = nil) async throws -> Answer {
        try await (browser ?? self.browser).ask("POST", "/api/v1/auth/oidc/exchange", body: #"{"code":"\#(code)"}"#)
    }

    static func code(_ answer: Answer) -> String? { part("sign-in", of: answer) }

    static func failure(_ answer: Answer) -> String? { part("sign-in-failed", of: answer) }

    private static func part(_ name: String, of answer: Answer) -> String? {
        let location = answer.header("location") ?? ""
        return location.range(of: "#\(name)=").map { String(location[$0.upperBound...]) }
    }
}
