import Delivery
import Plant
import Testing
import Trust

@testable import Web

/// What somebody can have in hand beside a person's token: an organization of the super admin's own to do his worst to,
/// API keys, console sessions, and ways to an issuer that are half gone.
struct FuzzMeans: Sendable {
    /// The only organization that the super admin names: by his right he sees and changes each of them.
    let ownOrganization: [String]
    /// The southern organization's, good ones.
    let apiKeys: [String]
    /// Cookies of consoles in which the southern admin is signed in; one that is tried twice ends its own session alone.
    let consoleCookies: [String]
    let signIns: [SignIn]

    /// A way to the southern issuer and back.
    struct SignIn: Sendable {
        /// What the browser keeps.
        let cookie: String
        let state: String
        /// The issuer's, for the way back.
        let code: String
        /// For the page's session, where the browser is back already.
        let exchange: String?
    }

    static let organization = "west"
    static let provider = "south-sso"

    /// A desk that sends people to that issuer.
    static func desk(_ issuer: TestIssuer) throws -> OpenIDDesk {
        let provider = OpenIDProvider(
            id: provider,
            name: "Southern sign-in",
            isPublic: true,
            organization: "south",
            issuer: issuer.url,
            clientID: TestIssuer.clientID,
            clientSecret: OpenIDProvider.ClientSecret(TestIssuer.clientSecret),
            domains: ["example.com"],
            newUsers: nil,
            roleClaim: nil,
            requiresSecondFactor: false
        )
        var timeouts = DeliveryTimeouts()
        (timeouts.connect, timeouts.whole) = (.seconds(1_800), .seconds(1_800))
        let rules = TargetRules(["127.0.0.1"]) ?? TargetRules()
        return OpenIDDesk(
            providers: [provider],
            publicURL: "https://eagle.example/",
            client: WebClient(dialer: try Dialer(timeouts: timeouts), resolver: NameResolver(), rules: rules)
        )
    }

    /// - Parameters:
    ///   - server: With that desk.
    ///   - issuer: The desk's.
    /// - Throws: Where something of that can't be had.
    init(_ server: TestServer, _ issuer: TestIssuer) async throws {
        let made = try await server.ask(
            "POST",
            "/api/v1/organizations",
            as: .root,
            body: #"{"slug":"\#(Self.organization)","name":"West Works"}"#
        )
        ownOrganization = [Self.organization, try #require(made.json["id"]?.string)]
        let schema = try await server.ask(
            "PUT",
            "/api/v1/schema",
            as: .root,
            body: TestServer.schema(Self.organization),
            headers: ["Eagle-Organization": Self.organization]
        )
        #expect(schema.status == 200)
        apiKeys = try await Self.apiKeys(server)
        consoleCookies = try await Self.consoleCookies(server, count: 40)
        signIns = try await Self.signIns(server, issuer, count: 40)
    }

    private static func apiKeys(_ server: TestServer) async throws -> [String] {
        var keys: [String] = []
        for permissions in [#""reading:write""#, #""reading:read","alarm:read","asset:read","schema:write""#] {
            let made = try await server.ask(
                "POST",
                "/api/v1/api-keys",
                as: .southAdmin,
                body: #"{"name":"k\#(keys.count)","permissions":[\#(permissions)]}"#
            )
            keys.append(try #require(made.json["key"]?.string, "\(made.text)"))
        }
        return keys
    }

    private static func consoleCookies(_ server: TestServer, count: Int) async throws -> [String] {
        var cookies: [String] = []
        for _ in 0..<count {
            let login = try await server.ask(
                "POST",
                "/api/v1/auth/login",
                body: #"{"email":"\#(server.email(of: .southAdmin))","password":"\#(TestServer.password)"}"#,
                headers: ["Eagle-Console": "1", "Origin": "http://127.0.0.1:\(server.port)"]
            )
            let cookie = try #require(login.header("set-cookie"), "\(login.text)")
            cookies.append(String(cookie.prefix { $0 != ";" }))
        }
        return cookies
    }

    private static func signIns(_ server: TestServer, _ issuer: TestIssuer, count: Int) async throws -> [SignIn] {
        let email = server.email(of: .southOperator)
        var signIns: [SignIn] = []
        for number in 0..<count {
            let browser = TestBrowser(server)
            let start = try await browser.ask("GET", "/api/v1/auth/oidc/\(provider)/start")
            let back = try issuer.approve(start.header("location") ?? "", as: email, email: email)
            let query = try TestIssuer.query(back)
            let cookie = browser.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            var exchange: String?
            // Every second one is back: its state is used up, and its page may fetch a session.
            if number.isMultiple(of: 2) {
                exchange = SignInPlace.code(try await browser.ask("GET", back))
                #expect(exchange != nil)
            }
            signIns.append(
                SignIn(
                    cookie: cookie,
                    state: try #require(query["state"]),
                    code: try #require(query["code"]),
                    exchange: exchange
                )
            )
        }
        return signIns
    }
}
