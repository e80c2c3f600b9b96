import Database
import Foundation
import HTTPTypes
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// What the API writes down, and who may read it.
@Suite struct AuditRouteTests {
    static var patient: WebLimits {
        var limits = TestServer.limits
        limits.accessTokenLifetime = .seconds(86_400)
        return limits
    }

    static let asRoot = ["Eagle-Organization": "north"]

    /// An organization's entries of an action, oldest first, once all that is counted was written down.
    func entries(
        _ server: TestServer,
        _ action: AuditAction,
        as person: TestServer.Person = .northAdmin
    ) async throws -> [Tree] {
        try await Sessions(context: server.context).flushAudit()
        let path = person == .root ? "/api/v1/system/audit" : "/api/v1/audit"
        let answer = try await server.ask("GET", "\(path)?action=\(action.rawValue)&limit=1000", as: person)
        #expect(answer.status == 200)
        return answer.items.sorted { ($0["number"]?.int ?? 0) < ($1["number"]?.int ?? 0) }
    }

    func said(_ entries: [Tree], _ key: String) -> [String] {
        entries.compactMap { $0["metadata"]?[key]?.string }
    }

    func counted(_ entries: [Tree]) -> Int { said(entries, "count").compactMap { Int($0) }.reduce(0, +) }

    func login(_ server: TestServer, _ email: String, _ password: String) async throws -> Answer {
        try await server.ask(
            "POST",
            "/api/v1/auth/login",
            body: #"{"email":"\#(email)","password":"\#(password)"}"#
        )
    }

    @Test func `every operation that may change something is written down, but for what only plants send`() async throws
    {
        try await TestServer.run { server in
            let routes = WebServer.routes(Authentication(sessions: try await Sessions(context: server.context)))
            let silent = routes.filter { $0.isChange && !$0.isOpen && $0.auditAction == nil }
            #expect(
                Set(silent.map(\.path)).isSubset(of: [
                    "/api/v1/readings", "/api/v1/predictions", "/api/v1/rules/rehearsal",
                ])
            )
            // Whoever has not signed in is known to these alone, and they write down themselves what came of it.
            let open = routes.filter { $0.isChange && $0.isOpen }
            #expect(open.allSatisfy { $0.path.hasPrefix("/api/v1/auth/") })
            #expect(routes.contains { $0.method == .get && $0.auditAction == .export })
        }
    }

    @Test func `a change is written down before it is made, and with its end after it`() async throws {
        try await TestServer.run { server in
            let change = try await server.ask(
                "PUT",
                "/api/v1/prediction-switch",
                as: .northAdmin,
                body: #"{"predictionEnabled":true}"#
            )
            let refused = try await server.ask("PUT", "/api/v1/prediction-switch", as: .northAdmin, body: "{}")
            let id = UUID().uuidString.lowercased()
            let missing = try await server.ask(
                "POST",
                "/api/v1/alarms/\(id)/acknowledge",
                as: .northOperator,
                body: "{}"
            )
            let entries = try await entries(server, .config)
            #expect(said(entries, "stage") == ["asked", "answered", "asked", "answered", "asked", "answered"])
            #expect(said(entries, "status") == ["200", "422", "404"])
            let requests = [change, refused, missing].compactMap { $0.header("x-request-id") }
            #expect(said(entries, "request") == requests.flatMap { [$0, $0] })
            #expect(said(entries, "route").last == "/api/v1/alarms/{id}/acknowledge")
            #expect(entries.last?["metadata"]?["id"]?.string == id)
            #expect(entries.last?["resource"]?.string == "/api/v1/alarms/\(id)/acknowledge")
            #expect(entries.first?["name"]?.string == server.email(of: .northAdmin))
            #expect(entries.last?["name"]?.string == server.email(of: .northOperator))
            #expect(try await self.entries(server, .config, as: .southAdmin).isEmpty)
        }
    }

    @Test func `what can't be written down is not done`() async throws {
        try await TestServer.run { server in
            func change() async throws -> Answer {
                try await server.ask(
                    "PUT",
                    "/api/v1/prediction-switch",
                    as: .northAdmin,
                    body: #"{"predictionEnabled":true}"#
                )
            }
            server.database.fail(at: [.write(1)], with: .constraint)
            let refused = try await change()
            #expect(refused.status == 503)
            #expect(refused.header("retry-after") != nil)
            server.database.fail(at: [])
            let state = try await server.ask("GET", "/api/v1/prediction-switch", as: .northAdmin)
            #expect(state.json["predictionEnabled"]?.bool == false)
            #expect(try await entries(server, .config).isEmpty)
            server.database.fail(at: Set((1...1_000).map { .commit($0) }))
            let root = try await server.ask("GET", "/api/v1/alarms", as: .root, headers: Self.asRoot)
            #expect(root.status == 503)
            let login = try await login(server, server.email(of: .northAdmin), TestServer.password)
            #expect(login.status == 503)
            let own = try await server.ask("GET", "/api/v1/alarms", as: .northAdmin)
            #expect(own.status == 200)
            server.database.fail(at: [])
            let repeated = try await change()
            #expect(repeated.status == 200)
        }
    }

    @Test func `no secret and no body comes into a chain`() async throws {
        try await TestServer.run { server in
            let canary = "canary-7a1f"
            try await server.ask(
                "POST",
                "/api/v1/users",
                as: .northAdmin,
                body: #"{"email":"\#(canary)@example.com","password":"\#(canary) password","role":"OPERATOR"}"#
            )
            _ = try await login(server, server.email(of: .northAdmin), canary)
            _ = try await login(server, "\(canary)@nowhere.example", canary)
            try await server.ask("GET", "/api/v1/users?x=\(canary)", as: .northOperator)
            try await server.ask("PUT", "/api/v1/prediction-switch?x=\(canary)", as: .northAdmin, body: "{}")
            try await Sessions(context: server.context).flushAudit()
            let own = try await server.ask("GET", "/api/v1/audit?limit=1000", as: .northAdmin)
            let all = try await server.ask("GET", "/api/v1/system/audit?limit=1000", as: .root)
            #expect(own.items.count > 4)
            #expect(!all.items.isEmpty)
            for answer in [own, all] {
                let texts = answer.items.map { "\($0["metadata"] ?? .null) \($0["resource"] ?? .null)" }
                #expect(texts.allSatisfy { !$0.contains(canary) })
            }
        }
    }

    @Test func `whoever runs the server leaves his trace in the organization before he sees anything`() async throws {
        try await TestServer.run(limits: Self.patient) { server in
            for path in ["alarms", "assets", "alarms", "audit/key"] {
                try await server.ask("GET", "/api/v1/\(path)", as: .root, headers: Self.asRoot)
            }
            var access = try await entries(server, .access)
            #expect(access.map { $0["resource"]?.string } == ["/api/v1/alarms"])
            #expect(try await entries(server, .access, as: .southAdmin).isEmpty)
            server.clock.advance(by: .seconds(900))
            for _ in 0..<3 { try await server.ask("GET", "/api/v1/assets", as: .root, headers: Self.asRoot) }
            access = try await entries(server, .access)
            #expect(access.count == 2)
            for _ in 0..<3 { try await server.push([1], as: .northAdmin) }
            for _ in 0..<3 {
                try await server.ask(
                    "PUT",
                    "/api/v1/prediction-switch",
                    as: .root,
                    body: #"{"predictionEnabled":true}"#,
                    headers: Self.asRoot
                )
            }
            access = try await entries(server, .access)
            #expect(access.count == 5)
            #expect(said(access, "method").suffix(3) == ["PUT", "PUT", "PUT"])
            let answered = try await entries(server, .config)
            #expect(said(answered, "stage") == ["answered", "answered", "answered"])
            server.clock.advance(by: .seconds(900))
            try await TestStream.with(server, as: .root, query: "?organization=north") { _ = try await $0.message() }
            access = try await entries(server, .access)
            #expect(access.last?["resource"]?.string == "/api/v1/stream")
        }
    }

    @Test func `what a super admin sets of an organization's quotas stands in its own chain and in the server's`()
        async throws
    {
        try await TestServer.run { server in
            let change = try await server.limit("north", #"{"models": 3}"#)
            let refused = try await server.limit(server.north.id.description, #"{"models": -1}"#)
            let unknown = try await server.limit("nowhere", "{}")
            #expect([change, refused, unknown].map(\.status) == [200, 422, 404])
            let requests = [change, refused, unknown].compactMap { $0.header("x-request-id") }
            let asked = try await entries(server, .access)
            #expect(said(asked, "stage") == ["asked", "asked"])
            #expect(said(asked, "method") == ["PUT", "PUT"])
            #expect(said(asked, "route").first == "/api/v1/organizations/{id}/quota")
            #expect(said(asked, "request") == Array(requests.prefix(2)))
            let answered = try await entries(server, .config)
            #expect(said(answered, "stage") == ["answered", "answered"])
            #expect(said(answered, "status") == ["200", "422"])
            #expect(said(answered, "request") == Array(requests.prefix(2)))
            let ofServer = try await entries(server, .config, as: .root)
            #expect(said(ofServer, "request") == requests.flatMap { [$0, $0] })
            #expect(said(ofServer, "status") == ["200", "422", "404"])
            for action in [AuditAction.access, .config] {
                #expect(try await entries(server, action, as: .southAdmin).isEmpty)
            }
            // What the organization's chain can't take is not done.
            try await server.database.transaction { transaction in
                try transaction.execute(
                    """
                    CREATE TRIGGER held BEFORE INSERT ON audit_entry
                    BEGIN
                        SELECT RAISE(ABORT, 'held');
                    END
                    """
                )
            }
            #expect(try await server.limit("north", #"{"models": 4}"#).status == 503)
            try await server.database.transaction { try $0.execute("DROP TRIGGER held") }
            #expect(try await server.quota("models")?["limit"]?.int == 3)
        }
    }

    @Test func `a key that is changed is one act, asked for and with what came of it`() async throws {
        try await TestServer.run { server in
            func rotate(_ person: TestServer.Person, _ headers: [String: String] = [:]) async throws -> Answer {
                try await server.ask("POST", "/api/v1/keys/rotate", as: person, headers: headers)
            }
            let first = try await rotate(.northAdmin)
            let second = try await rotate(.northAdmin)
            let third = try await rotate(.northAdmin)
            #expect([first, second, third].map(\.status) == [200, 200, 429])
            let keys = try await entries(server, .key)
            #expect(said(keys, "stage") == ["asked", "answered", "asked", "answered", "asked", "answered"])
            #expect(said(keys, "status") == ["200", "200", "429"])
            #expect(keys.allSatisfy { $0["resource"]?.string == "/api/v1/keys/rotate" })
            #expect(said(keys, "act") == ["rotate", "rotate"])
            #expect(said(keys, "version") == [first, second].compactMap { $0.json["version"]?.int }.map { "\($0)" })
            #expect(try await entries(server, .config).isEmpty)
            // Whoever runs the server leaves his trace first, as with all he does there.
            _ = try await rotate(.root, Self.asRoot)
            #expect(try await said(entries(server, .access), "stage") == ["asked"])
            #expect(try await said(Array(entries(server, .key).dropFirst(6)), "stage") == ["answered"])
            #expect(try await entries(server, .key, as: .southAdmin).isEmpty)
        }
    }

    @Test func `who is refused is counted in his own organization's chain, and fills no disk`() async throws {
        try await TestServer.run { server in
            for _ in 0..<50 { try await server.ask("GET", "/api/v1/users", as: .northOperator) }
            for name in ["south", server.south.id.description, "nowhere"] {
                let named = ["Eagle-Organization": name]
                try await server.ask("GET", "/api/v1/alarms", as: .northOperator, headers: named)
                try await server.ask("GET", "/api/v1/organizations/\(name)", as: .northOperator)
            }
            try await server.ask("POST", "/api/v1/organizations", as: .northAdmin, body: "{}")
            let denied = try await entries(server, .accessDenied)
            #expect(counted(denied) == 57)
            #expect(denied.count <= 4)
            #expect(said(denied, "code").contains("forbidden"))
            #expect(Set(denied.compactMap { $0["name"]?.string }).count == 2)
            #expect(try await entries(server, .accessDenied, as: .southAdmin).isEmpty)
            #expect(try await entries(server, .accessDenied, as: .root).isEmpty)
            #expect(try await entries(server, .config).isEmpty)
        }
    }

    @Test func `logins are written down where the account belongs, and wrong ones tell nothing of others`() async throws
    {
        try await TestServer.run { server in
            let email = server.email(of: .northOperator)
            let session = try await login(server, email, TestServer.password)
            for _ in 0..<3 { _ = try await login(server, email.uppercased(), "a wrong password") }
            for name in ["nobody", "noone"] { _ = try await login(server, "\(name)@example.com", "a wrong password") }
            _ = try await login(server, server.email(of: .root), TestServer.password)
            let own = try await entries(server, .login)
            #expect(own.first?["metadata"]?["outcome"]?.string == "accepted")
            #expect(own.first?["name"]?.string == email)
            let refused = own.filter { $0["metadata"]?["outcome"]?.string == "refused" }
            #expect(counted(refused) == 3)
            #expect(refused.allSatisfy { $0["metadata"]?["reason"]?.string == "wrongPassword" })
            #expect(try await entries(server, .login, as: .southAdmin).isEmpty)
            let ofServer = try await entries(server, .login, as: .root)
            let unknown = ofServer.filter { $0["metadata"]?["reason"]?.string == "unknownAccount" }
            #expect(counted(unknown) == 2)
            #expect(said(ofServer, "outcome").contains("accepted"))
            let token = #"{"refreshToken":"\#(session.json["refreshToken"]?.string ?? "")"}"#
            try await server.ask("POST", "/api/v1/auth/refresh", body: token)
            try await server.ask("POST", "/api/v1/auth/refresh", body: token)
            #expect(try await entries(server, .tokenReuse).count == 1)
            try await server.ask("POST", "/api/v1/auth/logout", body: token)
            #expect(try await entries(server, .logout).count == 1)
        }
    }

    @Test func `guessing is written down by the minute, however often it is tried`() async throws {
        try await TestServer.run { server in
            for _ in 0..<40 { _ = try await login(server, server.email(of: .northAdmin), "a wrong password") }
            let refused = try await entries(server, .login)
            #expect(counted(refused) == 40)
            #expect(refused.count <= 4)
            #expect(Set(said(refused, "reason")) == ["wrongPassword", "throttled"])
        }
    }
}
