import Delivery
import Foundation
import HTTPTypes
import NIOCore
import Plant
import Testing
import Trust

@testable import Web

/// Pages from elsewhere, proxies, and what every answer tells a browser.
@Suite struct EdgeTests {
    private static let portal = "https://portal.plant.example"

    private static func edge(proxies: [String] = [], origins: [String] = []) throws -> WebEdge {
        WebEdge(
            trustedProxies: proxies.compactMap { NetworkRange($0) },
            corsOrigins: Set(try origins.map { try WebOrigin(exactly: $0) })
        )
    }

    // MARK: What every answer says

    @Test func `each route's answer carries the security fields, and none tells what serves it`() async throws {
        try await TestServer.run { server in
            let routes = WebServer.routes(Authentication(sessions: try await Sessions(context: server.context)))
            for route in routes {
                let path = route.path.replacing("{id}", with: UUID().uuidString)
                    .replacing("{hash}", with: String(repeating: "0", count: 64))
                for person in [TestServer.Person.northAdmin, nil] {
                    let answer = try await server.ask(route.method.rawValue, path, as: person)
                    check(answer, "\(route.method) \(path)", isPage: path == "/")
                }
            }
            for (method, path) in [("GET", "/nothing"), ("OPTIONS", "/api/v1/schema"), ("HEAD", "/livez")] {
                check(try await server.ask(method, path), "\(method) \(path)", isPage: false)
            }
        }
    }

    private func check(_ answer: Answer, _ what: String, isPage: Bool) {
        let expected = [
            "x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer",
            "cross-origin-resource-policy": "same-origin", "cross-origin-opener-policy": "same-origin",
        ]
        for (name, value) in expected { #expect(answer.header(name) == value, "\(what): \(name)") }
        #expect(answer.header("permissions-policy")?.contains("camera=()") == true, "\(what)")
        let caching = what.hasSuffix("push-worker.js") ? "no-cache" : "no-store"
        #expect(answer.header("cache-control") == caching, "\(what)")
        let policy = answer.header("content-security-policy") ?? ""
        for part in ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
            #expect(policy.contains(part), "\(what): \(part)")
        }
        #expect(!policy.contains("unsafe") && !policy.contains("*"), "\(what)")
        #expect(policy.contains("script-src") == isPage, "\(what)")
        if isPage { #expect(policy.contains("connect-src 'self'") && policy.contains("script-src 'nonce-")) }
        for name in ["server", "x-powered-by", "strict-transport-security", "access-control-allow-origin", "vary"] {
            #expect(answer.header(name) == nil, "\(what): \(name)")
        }
    }

    @Test(arguments: [
        ("GARBAGE\r\n\r\n", 400, "bad_request"), ("GET / HTTP/9.9\r\n\r\n", 400, "bad_request"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "y", count: 20_000))\r\n\r\n", 431, "headers_too_large"),
        (
            "GET / HTTP/1.1\r\nHost: x\r\n\((0..<200).map { "X-\($0): y\r\n" }.joined())\r\n", 431,
            "headers_too_large"
        ),
        ("GET /\(String(repeating: "y", count: 20_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 431, "headers_too_large"),
    ])
    func `what can't be read as a request is answered in words, first or later`(text: String, status: Int, code: String)
        async throws
    {
        var limits = TestServer.limits
        limits.closeGrace = .milliseconds(100)
        try await TestServer.run(limits: limits) { server in
            for isFirst in [true, false] {
                let answer = try await Wire.with(port: server.port) { wire in
                    if !isFirst { _ = try await wire.get("/livez") }
                    try await wire.send(text)
                    return await wire.readToEnd()
                }
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(answer.prefix(200))")
                #expect(answer.contains(#""code":"\#(code)""#))
                #expect(answer.lowercased().contains("x-content-type-options: nosniff"))
                #expect(answer.lowercased().contains("connection: close"))
                #expect(!answer.contains("yyyy"))
            }
        }
    }

    // MARK: Pages from elsewhere

    @Test(arguments: [
        ("*", "'*' would let every page in"), ("null", "sandboxed"), ("https://*.example", "no exact origin"),
        ("https://portal.plant.example/", "such as https://portal.plant.example"),
        ("https://portal.plant.example:443", "such as https://portal.plant.example"),
        ("https://Portal.plant.example", "such as https://portal.plant.example"),
        ("https://portal.plant.example/app", "no exact origin"), ("portal.plant.example", "no exact origin"),
        ("http://portal.plant.example", "must begin with https://"), ("", "no exact origin"),
    ])
    func `an origin that is not one is refused`(text: String, said: String) {
        let error = #expect(throws: SchemaProblem.self) { try WebOrigin(exactly: text) }
        #expect(error?.message.contains(said) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        "https://portal.plant.example", "https://10.0.0.1:8443", "http://localhost:3000", "https://[::1]",
    ])
    func `an exact origin is taken`(text: String) throws {
        #expect(try WebOrigin(exactly: text).text == text)
    }

    @Test func `without configured origins no page from elsewhere is told anything`() async throws {
        try await TestServer.run { server in
            let headers = ["Origin": Self.portal, "Access-Control-Request-Method": "GET"]
            for (method, status) in [("OPTIONS", 204), ("GET", 401)] {
                let answer = try await server.ask(method, "/api/v1/alarms", headers: headers)
                #expect(answer.status == status)
                #expect(answer.headers.keys.filter { $0.hasPrefix("access-control") } == [])
            }
        }
    }

    @Test func `a configured page may call with its token, and never with cookies`() async throws {
        try await TestServer.run(edge: try Self.edge(origins: [Self.portal])) { server in
            let preflight = try await server.ask(
                "OPTIONS",
                "/api/v1/alarms",
                headers: ["Origin": Self.portal, "Access-Control-Request-Method": "GET"]
            )
            #expect(preflight.status == 204)
            #expect(preflight.header("access-control-allow-origin") == Self.portal)
            #expect(preflight.header("access-control-allow-methods") == "GET, HEAD")
            let fields = preflight.header("access-control-allow-headers") ?? ""
            #expect(fields.contains("Authorization") && !fields.contains("Eagle-Console"))
            let answer = try await server.ask(
                "GET",
                "/api/v1/alarms",
                as: .northAdmin,
                headers: ["Origin": Self.portal]
            )
            #expect(answer.status == 200)
            #expect(answer.header("access-control-allow-origin") == Self.portal)
            #expect(answer.header("vary") == "Origin")
            for answer in [preflight, answer] {
                #expect(answer.header("access-control-allow-credentials") == nil)
            }
            let cookie = try await server.ask(
                "POST",
                "/api/v1/auth/refresh",
                headers: ["Origin": Self.portal, "Eagle-Console": "1", "Cookie": "eagle_session=x"]
            )
            #expect(cookie.code == "cross_origin")
        }
    }

    @Test(arguments: [
        "https://evil.example", "null", "https://portal.plant.example.evil.example", "http://portal.plant.example",
        "https://portal.plant.example:8443", "HTTPS://PORTAL.PLANT.EXAMPLE",
    ])
    func `any other page is not let in, and caches are told that it matters`(origin: String) async throws {
        try await TestServer.run(edge: try Self.edge(origins: [Self.portal])) { server in
            let headers = ["Origin": origin, "Access-Control-Request-Method": "GET"]
            for method in ["OPTIONS", "GET"] {
                let answer = try await server.ask(method, "/api/v1/alarms", as: .northAdmin, headers: headers)
                #expect(answer.header("access-control-allow-origin") == nil)
                #expect(answer.header("vary") == "Origin")
            }
            let figures = try await server.ask("GET", "/metrics", headers: ["Origin": Self.portal])
            #expect(figures.header("access-control-allow-origin") == nil)
        }
    }

    @Test func `a stream is opened for the server's own pages, configured ones and programs`() async throws {
        try await TestServer.run(edge: try Self.edge(origins: [Self.portal])) { server in
            let bearer = ("Sec-WebSocket-Protocol", "eagle.v1, bearer.\(server.token(of: .northOperator))")
            let cases: [([(String, String)], Bool)] = [
                ([], true), ([("Origin", "http://127.0.0.1")], true), ([("Origin", Self.portal)], true),
                ([("Origin", "https://evil.example")], false), ([("Origin", "null")], false),
                ([("Sec-Fetch-Site", "cross-site")], false),
                ([("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")], false),
                ([("Origin", Self.portal), ("Sec-Fetch-Site", "cross-site")], true),
            ]
            for (headers, isOpen) in cases {
                switch try await TestStream.open(server, headers: headers + [bearer]) {
                case .open(let channel, _):
                    #expect(isOpen, "\(headers)")
                    try await channel.executeThenClose { _, _ in }
                case .refused(let status, let body):
                    #expect(!isOpen, "\(headers)")
                    #expect(status == 403)
                    #expect(body.contains(#""code":"cross_origin""#))
                }
            }
        }
    }

    // MARK: Proxies

    @Test(
        arguments: [
            // Nobody is trusted: what is said is not heard.
            ([], "192.0.2.1", ["198.51.100.9"], "192.0.2.1"),
            (["10.0.0.0/8"], "192.0.2.1", ["198.51.100.9"], "192.0.2.1"),
            // The proxy's own word, the rightmost.
            (["10.0.0.0/8"], "10.1.1.1", ["198.51.100.9"], "198.51.100.9"),
            (["10.0.0.0/8"], "10.1.1.1", ["203.0.113.7, 198.51.100.9"], "198.51.100.9"),
            (["10.0.0.0/8"], "10.1.1.1", ["203.0.113.7", "198.51.100.9"], "198.51.100.9"),
            (["10.0.0.0/8"], "10.1.1.1", ["203.0.113.7, 198.51.100.9, 10.2.2.2"], "198.51.100.9"),
            (["10.0.0.0/8"], "10.1.1.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),
            (["10.0.0.0/8"], "10.1.1.1", [], "10.1.1.1"),
            // What is no address ends what is known.
            (["10.0.0.0/8"], "10.1.1.1", ["198.51.100.9, nonsense"], "10.1.1.1"),
            (["10.0.0.0/8"], "10.1.1.1", ["198.51.100.9, nonsense, 10.2.2.2"], "10.2.2.2"),
            (["10.0.0.0/8"], "10.1.1.1", [""], "10.1.1.1"), (["10.0.0.0/8"], "10.1.1.1", [",,"], "10.1.1.1"),
            // Ports, IPv6, and IPv4 as a socket for both shows it.
            (["10.0.0.0/8"], "10.1.1.1", ["198.51.100.9:4711"], "198.51.100.9"),
            (["10.0.0.0/8"], "10.1.1.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
            (["::1"], "::1", ["2001:db8::7"], "2001:db8::7"),
            (["10.0.0.0/8"], "::ffff:10.1.1.1", ["::ffff:198.51.100.9"], "198.51.100.9"),
        ] as [([String], String, [String], String)]
    )
    func `the client is the first from the right that is no trusted proxy`(
        proxies: [String],
        peer: String,
        fields: [String],
        expected: String
    ) throws {
        let edge = try Self.edge(proxies: proxies)
        let client = ClientAddress(peer: peer, forwardedFor: fields, forwardedProto: nil, edge: edge)
        #expect(client.text == expected)
    }

    @Test(arguments: [("10.1.1.1", "https", true), ("10.1.1.1", "http", false), ("192.0.2.1", "https", false)])
    func `a proxy's word on TLS is taken as its word on the address is`(peer: String, proto: String, isSecure: Bool)
        throws
    {
        let edge = try Self.edge(proxies: ["10.0.0.0/8"])
        let client = ClientAddress(peer: peer, forwardedFor: [], forwardedProto: proto, edge: edge)
        #expect(client.isSecure == isSecure)
    }

    @Test func `guesses from one network of IPv6 count together`() throws {
        func key(_ address: String) throws -> String {
            ClientAddress(peer: address, forwardedFor: [], forwardedProto: nil, edge: try Self.edge()).throttleKey
        }
        #expect(try key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::9"))
        #expect(try key("2001:db8:1:2::1") != key("2001:db8:1:3::1"))
        #expect(try key("192.0.2.1") != key("192.0.2.2"))
    }

    @Test func `behind a trusted proxy one client's bad stream keys hold up no other's`() async throws {
        let edge = try Self.edge(proxies: ["127.0.0.0/8"])
        try await TestServer.run(edge: edge) { server in
            func knock(from address: String) async throws -> Int {
                let key = APIKeyText.prefix + "nonsense"
                let headers = [("Authorization", "Bearer \(key)"), ("X-Forwarded-For", address)]
                guard case .refused(let status, _) = try await TestStream.open(server, headers: headers) else {
                    return 101
                }
                return status
            }
            for _ in 0...50 {
                let status = try await knock(from: "198.51.100.9")
                #expect(status == 401)
            }
            #expect(try await knock(from: "198.51.100.9") == 429)
            #expect(try await knock(from: "203.0.113.7") == 401)
        }
    }

    private func guess(_ server: TestServer, account: Int, from address: String) async throws -> Int {
        try await server.ask(
            "POST",
            "/api/v1/auth/login",
            body: #"{"email":"nobody-\#(account)@example.com","password":"not the password"}"#,
            headers: ["X-Forwarded-For": address]
        ).status
    }

    @Test func `without a trusted proxy nobody gets out of the throttle by naming another address`() async throws {
        try await TestServer.run { server in
            var statuses: [Int] = []
            for number in 0..<52 {
                statuses.append(try await guess(server, account: number, from: "198.51.100.\(number)"))
            }
            #expect(statuses.last == 429)
        }
    }

    @Test func `behind a trusted proxy one client's guesses hold up no other`() async throws {
        try await TestServer.run(edge: try Self.edge(proxies: ["127.0.0.1"])) { server in
            var statuses: [Int] = []
            for number in 0..<52 {
                // What the client writes itself stands left of what the proxy writes.
                statuses.append(try await guess(server, account: number, from: "203.0.113.\(number), 198.51.100.9"))
            }
            #expect(statuses.last == 429)
            let other = try await guess(server, account: 99, from: "198.51.100.10")
            #expect(other == 401)
        }
    }
}
