import Delivery
import Foundation
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// Signing in by an issuer of our own on loopback.
@Suite(.timeLimit(.minutes(60))) struct OpenIDTests {
    @Test func `somebody signs in by his organization's issuer`() async throws {
        try await SignInPlace.run { place in
            let start = try await place.browser.ask("GET", "/api/v1/auth/oidc/north-sso/start")
            #expect(start.status == 303)
            let location = start.header("location") ?? ""
            #expect(location.hasPrefix(place.issuer.url + "/authorize?"))
            let query = try TestIssuer.query(location)
            #expect(query["response_type"] == "code" && query["client_id"] == TestIssuer.clientID)
            #expect(query["scope"] == "openid email profile" && query["code_challenge_method"] == "S256")
            #expect(query["redirect_uri"] == "https://eagle.example/api/v1/auth/oidc/north-sso/callback")
            let cookie = start.header("set-cookie") ?? ""
            #expect(cookie.hasPrefix("__Host-eagle-sign-in="))
            #expect(cookie.hasSuffix("; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"))
            let back = try place.issuer.approve(location, as: "s1", email: "northOperator@example.com")
            let callback = try await place.browser.ask("GET", back)
            #expect(callback.status == 303)
            let code = try #require(SignInPlace.code(callback))
            let session = try await place.exchange(code)
            #expect(session.status == 200)
            #expect(session.json["user"]?["email"]?.string == "northOperator@example.com")
            #expect(place.browser.cookies["__Host-eagle-sign-in"] == nil)
            let me = try await place.server.ask("GET", "/api/v1/auth/me", token: session.json["accessToken"]?.string)
            #expect(me.json["organization"]?["slug"]?.string == "north")
            // Neither the browser's secret nor a token stands in an address.
            #expect(query["code_verifier"] == nil)
            #expect(!(callback.header("location") ?? "").contains("eyJ"))
        }
    }

    @Test func `over plain HTTP what the browser keeps goes to the sign-in's own routes alone`() async throws {
        try await SignInPlace.run(publicURL: "http://eagle.example") { place in
            let start = try await place.browser.ask("GET", "/api/v1/auth/oidc/north-sso/start")
            let cookie = start.header("set-cookie") ?? ""
            #expect(cookie.hasPrefix("eagle-sign-in="))
            #expect(cookie.hasSuffix("; Max-Age=600; Path=/api/v1/auth/oidc; HttpOnly; SameSite=Lax"))
            #expect(try await place.signIn("northOperator@example.com").failure == nil)
            #expect(place.browser.cookies["eagle-sign-in"] == nil)
        }
    }

    @Test func `under TLS what was set without it is nothing that the browser kept`() async throws {
        try await SignInPlace.run { place in
            let back = try await place.approve()
            let kept = try #require(place.browser.cookies["__Host-eagle-sign-in"])
            place.browser.forgetCookies()
            place.browser.keep("eagle-sign-in=\(kept)")
            #expect(try await SignInPlace.failure(place.browser.ask("GET", back)) == "state_unknown")
        }
    }

    @Test func `a session is fetched once, and by the browser that signed in`() async throws {
        try await SignInPlace.run { place in
            let code = try #require(try await SignInPlace.code(place.comeBack()))
            let thief = TestBrowser(place.server)
            let stolen = try await place.exchange(code, by: thief)
            #expect(stolen.code == "sign_in_unknown")
            // A stolen code is not good any more for its owner either.
            #expect(try await place.exchange(code).code == "sign_in_unknown")
            let second = try #require(try await SignInPlace.code(place.comeBack()))
            place.server.clock.advance(by: .seconds(60))
            #expect(try await place.exchange(second).code == "sign_in_unknown")
            place.issuer.set { $0.now = $0.now + .seconds(60) }
            let third = try #require(try await SignInPlace.code(place.comeBack()))
            #expect(try await place.exchange(third).status == 200)
            for text in ["", "x", third] { #expect(try await place.exchange(text).code == "sign_in_unknown") }
        }
    }

    @Test func `a replayed state, another browser's, and a late one sign nobody in`() async throws {
        try await SignInPlace.run { place in
            let back = try await place.approve()
            #expect(try await SignInPlace.code(place.browser.ask("GET", back)) != nil)
            let replayed = try await place.browser.ask("GET", back)
            #expect(SignInPlace.failure(replayed) == "state_unknown")

            let foreign = try await place.approve()
            let other = try await TestBrowser(place.server).ask("GET", foreign)
            #expect(SignInPlace.failure(other) == "state_unknown")
            #expect(try await SignInPlace.failure(place.browser.ask("GET", foreign)) == "state_unknown")

            let late = try await place.approve()
            place.server.clock.advance(by: .seconds(600))
            #expect(try await SignInPlace.failure(place.browser.ask("GET", late)) == "state_unknown")

            for query in ["", "?state=x&code=y", "?error=access_denied"] {
                let answer = try await place.browser.ask("GET", "/api/v1/auth/oidc/north-sso/callback\(query)")
                #expect(SignInPlace.failure(answer) == "state_unknown")
            }
            #expect(place.issuer.count("/token") == 1)
        }
    }

    @Test func `whoever an issuer does not sign in is on record in its organization`() async throws {
        try await SignInPlace.run { place in
            for _ in 0..<3 {
                let answer = try await place.browser.ask("GET", "/api/v1/auth/oidc/north-sso/callback?state=x&code=y")
                #expect(SignInPlace.failure(answer) == "state_unknown")
            }
            let server = place.server
            await server.context.audit.writeRefusals(isLast: true, in: SystemScope(for: .login))
            let mine = try await server.ask("GET", "/api/v1/audit?action=LOGIN", as: .northAdmin)
            let entries = mine.items.filter { $0["metadata"]?["means"]?.string == "provider north-sso" }
            #expect(!entries.isEmpty)
            #expect(entries.compactMap { $0["metadata"]?["count"]?.string }.compactMap { Int($0) }.reduce(0, +) == 3)
            for entry in entries {
                #expect(entry["metadata"]?["outcome"]?.string == "refused")
                #expect(entry["metadata"]?["reason"]?.string == "state_unknown")
            }
            let theirs = try await server.ask("GET", "/api/v1/audit?action=LOGIN", as: .southAdmin)
            #expect(!theirs.text.contains("north-sso"))
        }
    }

    @Test func `a state of one provider is none of another's`() async throws {
        try await SignInPlace.run { place in
            let back = try await place.approve().replacing("north-sso", with: "south-sso")
            #expect(try await SignInPlace.failure(place.browser.ask("GET", back)) == "state_unknown")
        }
    }

    @Test func `a code that was used is worth nothing`() async throws {
        try await SignInPlace.run { place in
            let first = try await place.approve()
            #expect(try await SignInPlace.code(place.browser.ask("GET", first)) != nil)
            let used = try #require(try TestIssuer.query("http://x" + first)["code"])
            let own = try await place.approve()
            let fresh = try #require(try TestIssuer.query("http://x" + own)["code"])
            let answer = try await place.browser.ask("GET", own.replacing(fresh, with: used))
            #expect(SignInPlace.failure(answer) == "issuer_refused")
        }
    }

    @Test func `somebody else's code does not fit one's own proof key`() async throws {
        try await SignInPlace.run { place in
            let victim = TestBrowser(place.server)
            let start = try await victim.ask("GET", "/api/v1/auth/oidc/north-sso/start")
            let theirs = try place.issuer.approve(
                start.header("location") ?? "",
                as: "s9",
                email: "northAdmin@example.com"
            )
            let stolen = try #require(try TestIssuer.query("http://x" + theirs)["code"])
            let own = try await place.approve()
            let fresh = try #require(try TestIssuer.query("http://x" + own)["code"])
            let answer = try await place.browser.ask("GET", own.replacing(fresh, with: stolen))
            #expect(SignInPlace.failure(answer) == "issuer_refused")
        }
    }

    @Test func `leaving the issuer's page signs nobody in`() async throws {
        try await SignInPlace.run { place in
            let state = try #require(try TestIssuer.query("http://x" + (try await place.approve()))["state"])
            let path = "/api/v1/auth/oidc/north-sso/callback?error=access_denied&state=\(state)"
            #expect(try await SignInPlace.failure(place.browser.ask("GET", path)) == "denied")
        }
    }

    @Test(arguments: [
        (["nonce": "\"another\""], "token_invalid"), (["aud": "\"another\""], "token_invalid"),
        (["iss": "\"https://another.example\""], "token_invalid"), (["exp": "1767225500"], "token_invalid"),
        (["iat": "1767999999"], "token_invalid"), (["email_verified": "false"], "email_unverified"),
        (["email": "null"], "email_unverified"), (["email": "\"ann@elsewhere.example\""], "not_allowed"),
        (["email": "\"nobody@example.com\""], "not_allowed"),
    ])
    func `a token that does not fit signs nobody in`(claims: [String: String], code: String) async throws {
        try await SignInPlace.run { place in
            place.issuer.set { $0.claims = claims }
            let refused = try await place.comeBack()
            #expect(SignInPlace.failure(refused) == code)
            place.issuer.set { $0.claims = [:] }
            let admitted = try await place.comeBack()
            #expect(SignInPlace.code(admitted) != nil)
        }
    }

    @Test func `neither alg none, nor HS256 with the public key, nor another's key signs anybody in`() async throws {
        try await SignInPlace.run { place in
            for signing in [TestIssuer.Signing.unsigned, .forged, .with(.p256("k1"))] {
                place.issuer.set { $0.signing = signing }
                let answer = try await place.comeBack()
                #expect(SignInPlace.failure(answer) == "token_invalid", "\(signing)")
            }
        }
    }

    @Test func `RSA keys sign as well`() async throws {
        try await SignInPlace.run { place in
            let key = try IssuerKey.rsa("r1")
            place.issuer.set { $0.keys = [key] }
            #expect(try await SignInPlace.code(place.comeBack()) != nil)
        }
    }

    @Test func `a new key is asked for, but not by everybody at once`() async throws {
        try await SignInPlace.run { place in
            func outcome() async throws -> String? { SignInPlace.failure(try await place.comeBack()) }
            let first = [try await outcome(), try await outcome()]
            #expect(first == [nil, nil])
            #expect(place.issuer.count("/keys") == 1)
            place.issuer.set { $0.keys = [IssuerKey.p256("k2")] }
            // So soon after the last question the server does not ask again.
            let soon = try await outcome()
            #expect(soon == "key_unknown")
            #expect(place.issuer.count("/keys") == 1)
            place.advance(by: .seconds(30))
            let later = try await outcome()
            #expect(later == nil)
            #expect(place.issuer.count("/keys") == 2)
            // A key that the issuer never shows makes it asked no more often.
            place.issuer.set { $0.signing = .with(.p256("k3")) }
            for _ in 0..<3 {
                let unknown = try await outcome()
                #expect(unknown == "key_unknown")
            }
            #expect(place.issuer.count("/keys") == 2)
        }
    }

    @Test func `an issuer that is down is said to be, and passwords go on`() async throws {
        try await SignInPlace.run { place in
            place.issuer.set { $0.configurationStatus = 503 }
            for _ in 0..<3 {
                let answer = try await place.browser.ask("GET", "/api/v1/auth/oidc/north-sso/start")
                #expect(SignInPlace.failure(answer) == "issuer_unavailable")
            }
            #expect(place.issuer.count("/.well-known/openid-configuration") == 1)
            let login = try await place.server.ask(
                "POST",
                "/api/v1/auth/login",
                body: #"{"email":"northOperator@example.com","password":"\#(TestServer.password)"}"#
            )
            #expect(login.status == 200)
            place.issuer.set { $0.configurationStatus = 200 }
            place.advance(by: .seconds(10))
            #expect(try await SignInPlace.code(place.comeBack()) != nil)
            try await place.issuer.stop()
            place.advance(by: .seconds(3_600))
            let gone = try await place.browser.ask("GET", "/api/v1/auth/oidc/north-sso/start")
            #expect(SignInPlace.failure(gone) == "issuer_unavailable")
        }
    }

    @Test func `without leave no issuer inside is asked`() async throws {
        try await SignInPlace.run(rules: TargetRules()) { place in
            let answer = try await place.browser.ask("GET", "/api/v1/auth/oidc/north-sso/start")
            #expect(SignInPlace.failure(answer) == "issuer_unavailable")
            #expect(place.issuer.count("/.well-known/openid-configuration") == 0)
        }
    }

    @Test(arguments: [
        "//evil.example", "https://evil.example", "/%5Cevil.example/\\", "/a#b", "evil", "", "/a%0D%0Ab: c", "/ a",
    ])
    func `the way back leads to this server alone`(path: String) async throws {
        try await SignInPlace.run { place in
            let query = FormText.encoded(path)
            let answer = try await place.browser.ask("GET", "/api/v1/auth/oidc/north-sso/start?return=\(query)")
            #expect(answer.status == 400)
        }
    }

    @Test func `the page goes where it was told to`() async throws {
        try await SignInPlace.run { place in
            let back = try await place.approve(return: "/?view=models")
            let callback = try await place.browser.ask("GET", back)
            #expect(callback.header("location")?.hasPrefix("/?view=models#sign-in=") == true)
        }
    }

    @Test func `behind a proxy's path the page goes to where browsers find it`() async throws {
        try await SignInPlace.run(publicURL: "https://eagle.example/plant/") { place in
            // The proxy takes its own path off.
            func answer(to path: String) async throws -> Answer {
                #expect(path.hasPrefix("/plant/api/v1/auth/oidc/north-sso/callback?"))
                return try await place.browser.ask("GET", String(path.dropFirst("/plant".count)))
            }
            let ways: [(path: String?, page: String)] = [
                (nil, "/plant/"), ("/", "/plant/"), ("/?view=models", "/plant/?view=models"),
            ]
            for (path, page) in ways {
                let location = try await answer(to: place.approve(return: path)).header("location") ?? ""
                #expect(location.hasPrefix(page + "#sign-in="), "\(location)")
            }
            let replayed = try await place.approve()
            _ = try await answer(to: replayed)
            let failed = try await answer(to: replayed)
            #expect(failed.header("location") == "/plant/#sign-in-failed=state_unknown")
        }
    }

    @Test func `only those providers are shown that are meant to be`() async throws {
        try await SignInPlace.run { place in
            func names(_ query: String) async throws -> [String] {
                try await place.browser.ask("GET", "/api/v1/auth/providers\(query)").items.compactMap {
                    $0["name"]?.string
                }
            }
            #expect(try await names("") == ["Northern sign-in"])
            #expect(try await names("?organization=south") == ["Southern sign-in"])
            #expect(try await names("?organization=nowhere") == [])
            for path in ["nobody/start", "nobody/callback"] {
                let answer = try await place.browser.ask("GET", "/api/v1/auth/oidc/\(path)")
                #expect(answer.status == 404)
            }
        }
    }
}
