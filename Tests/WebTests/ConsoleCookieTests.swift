import Foundation
import HTTPTypes
import Testing

@testable import Web

/// The console's session: in a cookie that no script reads, and that nobody else can use.
@Suite struct ConsoleCookieTests {
    private static func own(_ server: TestServer) -> [String: String] {
        ["Eagle-Console": "1", "Origin": "http://127.0.0.1:\(server.port)"]
    }

    private func login(_ server: TestServer, headers: [String: String]) async throws -> Answer {
        let credentials = #"{"email":"\#(server.email(of: .northAdmin))","password":"\#(TestServer.password)"}"#
        return try await server.ask("POST", "/api/v1/auth/login", body: credentials, headers: headers)
    }

    /// The cookie's pair, as a browser sends it back.
    private func pair(_ answer: Answer) -> String {
        String((answer.header("set-cookie") ?? "").prefix { $0 != ";" })
    }

    private func post(
        _ server: TestServer,
        _ what: String,
        cookie: String,
        headers: [String: String]? = nil
    ) async throws -> Answer {
        var headers = headers ?? Self.own(server)
        headers["Cookie"] = cookie
        return try await server.ask("POST", "/api/v1/auth/\(what)", headers: headers)
    }

    @Test func `the refresh token goes into a cookie for the server's own pages, and not into the body`() async throws {
        try await TestServer.run { server in
            let session = try await login(server, headers: Self.own(server))
            #expect(session.status == 200)
            #expect(session.json["refreshToken"] == nil)
            let cookie = session.header("set-cookie") ?? ""
            #expect(cookie.hasPrefix("eagle_session="))
            #expect(cookie.hasSuffix("; Path=/api/v1/auth; HttpOnly; SameSite=Strict"))
            #expect(!cookie.contains("Expires") && !cookie.contains("Max-Age") && !cookie.contains("Domain"))
            let renewed = try await post(server, "refresh", cookie: "other=1; \(pair(session)); more=2")
            #expect(renewed.status == 200)
            #expect(renewed.json["refreshToken"] == nil)
            #expect(pair(renewed) != pair(session))
            let me = try await server.ask(
                "GET",
                "/api/v1/auth/me",
                token: renewed.json["accessToken"]?.string ?? ""
            )
            #expect(me.status == 200)
        }
    }

    @Test func `whoever does not say that he is the console gets his tokens in the body, and no cookie`() async throws {
        try await TestServer.run { server in
            let session = try await login(server, headers: ["Origin": "http://127.0.0.1:\(server.port)"])
            #expect(session.json["refreshToken"]?.string?.count == 43)
            #expect(session.header("set-cookie") == nil)
        }
    }

    @Test func `a page behind a proxy with TLS gets a cookie that never leaves TLS`() async throws {
        try await TestServer.run { server in
            var headers = Self.own(server)
            headers["Origin"] = "https://127.0.0.1:\(server.port)"
            let session = try await login(server, headers: headers)
            let cookie = session.header("set-cookie") ?? ""
            #expect(cookie.hasPrefix("__Host-eagle="))
            #expect(cookie.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Strict"))
            let renewed = try await post(server, "refresh", cookie: pair(session), headers: headers)
            #expect(renewed.status == 200)
            // One that was set without TLS may be anybody's.
            let plain = pair(renewed).replacing("__Host-eagle", with: "eagle_session")
            let planted = try await post(server, "refresh", cookie: plain, headers: headers)
            #expect(planted.status == 401)
        }
    }

    @Test(arguments: [
        ["Origin": "https://evil.example"], ["Origin": "null"], ["Origin": "http://127.0.0.1:1"],
        ["Origin": "http://127.0.0.1"], ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
        ["Sec-Fetch-Site": "none"], [:],
    ])
    func `another page's requests are refused, whatever cookie comes with them`(headers: [String: String]) async throws
    {
        try await TestServer.run { server in
            let session = try await login(server, headers: Self.own(server))
            let headers = headers.merging(["Eagle-Console": "1"]) { $1 }
            for what in ["refresh", "logout", "oidc/exchange"] {
                let refused = try await post(server, what, cookie: pair(session), headers: headers)
                #expect(refused.status == 403, "\(what)")
                #expect(refused.code == "cross_origin")
                #expect(refused.header("set-cookie") == nil)
            }
            let refused = try await login(server, headers: headers)
            #expect(refused.code == "cross_origin")
            // Nothing of it has ended or used up the session.
            let renewed = try await post(server, "refresh", cookie: pair(session))
            #expect(renewed.status == 200)
        }
    }

    @Test func `where the browser says itself whose page it is, that counts`() async throws {
        try await TestServer.run { server in
            // A proxy may have changed the host's name on the way.
            let headers = [
                "Eagle-Console": "1", "Sec-Fetch-Site": "same-origin", "Origin": "https://eagle.plant.example",
            ]
            let session = try await login(server, headers: headers)
            #expect(session.status == 200)
            let foreign = headers.merging(["Sec-Fetch-Site": "cross-site"]) { $1 }
            let refused = try await login(server, headers: foreign)
            #expect(refused.status == 403)
        }
    }

    @Test func `the console has its own name where the operator gives it one`() async throws {
        let edge = WebEdge(publicOrigin: try WebOrigin(exactly: "https://eagle.plant.example"))
        try await TestServer.run(edge: edge) { server in
            let session = try await login(
                server,
                headers: ["Eagle-Console": "1", "Origin": "https://eagle.plant.example"]
            )
            #expect(session.status == 200)
        }
    }

    @Test func `without the console's header a cookie is nothing`() async throws {
        try await TestServer.run { server in
            let session = try await login(server, headers: Self.own(server))
            let origin = ["Origin": "http://127.0.0.1:\(server.port)"]
            for what in ["refresh", "logout"] {
                let refused = try await post(server, what, cookie: pair(session), headers: origin)
                #expect(refused.status == 415, "\(what) asks for a body")
            }
            let renewed = try await post(server, "refresh", cookie: pair(session))
            #expect(renewed.status == 200)
        }
    }

    @Test func `a cookie opens no route but the two that renew and end the session`() async throws {
        try await TestServer.run { server in
            let session = try await login(server, headers: Self.own(server))
            var headers = Self.own(server)
            headers["Cookie"] = pair(session)
            let routes = WebServer.routes(Authentication(sessions: try await Sessions(context: server.context)))
            for route in routes where !route.isOpen {
                let path = route.path.replacing("{id}", with: UUID().uuidString)
                    .replacing("{hash}", with: String(repeating: "0", count: 64))
                let answer = try await server.ask(route.method.rawValue, path, headers: headers)
                #expect(answer.status == 401, "\(route.method) \(path)")
            }
            let offered = [("Cookie", pair(session)), ("Origin", "http://127.0.0.1")]
            guard case .refused(let status, _) = try await TestStream.open(server, headers: offered) else {
                Issue.record("the stream lets a cookie in")
                return
            }
            #expect(status == 401)
        }
    }

    @Test func `signing out ends the session and takes the cookie back, also one that is over`() async throws {
        try await TestServer.run { server in
            let session = try await login(server, headers: Self.own(server))
            let left = try await post(server, "logout", cookie: pair(session))
            #expect(left.status == 204)
            let emptied = "eagle_session=; Max-Age=0; Path=/api/v1/auth; HttpOnly; SameSite=Strict"
            #expect(left.header("set-cookie") == emptied)
            let refused = try await post(server, "refresh", cookie: pair(session))
            #expect(refused.code == "session_revoked")
            #expect(refused.header("set-cookie") == emptied)
            let none = try await post(server, "logout", cookie: "other=1")
            #expect(none.status == 204)
        }
    }

    @Test func `a cookie that comes twice is none, for nobody knows which is the user's`() async throws {
        try await TestServer.run { server in
            let session = try await login(server, headers: Self.own(server))
            let refused = try await post(server, "refresh", cookie: "\(pair(session)); eagle_session=planted")
            #expect(refused.status == 401)
        }
    }

    /// The page itself can't be run here: what it must not do can be read.
    @Test func `the console keeps no token where scripts can find it, and renews in turn`() {
        let page = ConsolePage.source
        #expect(!page.contains("refreshToken"))
        #expect(!page.contains("document.cookie"))
        #expect(page.contains("navigator.locks"))
        for line in page.split(separator: "\n") where line.contains("tore.write(") {
            #expect(!line.contains("access") && !line.contains("session)"), "\(line)")
        }
        // The stream's token is no part of its address.
        #expect(page.contains(#""bearer." + session.access]"#))
    }
}
