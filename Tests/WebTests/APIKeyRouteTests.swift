import Foundation
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

@Suite struct APIKeyRouteTests {
    private func make(
        _ server: TestServer,
        _ permissions: [Permission],
        until expiry: Instant? = nil,
        as person: TestServer.Person = .northAdmin
    ) async throws -> (id: String, key: String) {
        let names = permissions.map { #""\#($0.rawValue)""# }.joined(separator: ",")
        let end = expiry.map { #","expiresAt":"\#($0)""# } ?? ""
        let answer = try await server.ask(
            "POST",
            "/api/v1/api-keys",
            as: person,
            body: #"{"name":"gateway","permissions":[\#(names)]\#(end)}"#
        )
        #expect(answer.status == 201)
        return (answer.json["id"]?.string ?? "", answer.json["key"]?.string ?? "")
    }

    @Test func `a key opens what it was made for in its organization, and nothing else`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let (_, key) = try await make(server, [.writeReadings, .readAlarms])
            let pushed = try await server.ask("POST", "/api/v1/readings", token: key, data: server.rows([50]))
            #expect(pushed.json["accepted"]?.int == 1)
            #expect(try await server.ask("GET", "/api/v1/alarms", token: key).status == 200)
            for path in ["readings", "users", "models", "organizations", "auth/me", "auth/sessions", "api-keys"] {
                let refused = try await server.ask("GET", "/api/v1/\(path)", token: key)
                #expect(refused.status == 403, "\(path): \(refused.text)")
            }
            func alarms(of name: String) async throws -> Int {
                let headers = ["Eagle-Organization": name]
                return try await server.ask("GET", "/api/v1/alarms", token: key, headers: headers).status
            }
            #expect(try await alarms(of: "north") == 200)
            #expect(try await alarms(of: "south") == 404)
            #expect(try await alarms(of: server.south.id.description) == 404)
        }
    }

    @Test func `keys that open nothing are counted`() async throws {
        try await TestServer.run { server in
            func figures() async throws -> String { try await server.ask("GET", "/metrics").text }
            #expect(try await figures().contains("\neagle_api_keys_refused_total 0\n"))
            for _ in 0..<3 {
                let refused = try await server.ask("GET", "/api/v1/alarms", token: "eagle_x")
                #expect(refused.status == 401)
            }
            #expect(try await figures().contains("\neagle_api_keys_refused_total 3\n"))
        }
    }

    @Test func `a key is shown once, and listed without its secret`() async throws {
        try await TestServer.run { server in
            let (id, key) = try await make(server, [.writeReadings])
            #expect(key.wholeMatch(of: /eagle_[0-9a-f]{32}_[0-9a-f]{64}/) != nil)
            let list = try await server.ask("GET", "/api/v1/api-keys", as: .northAdmin)
            #expect(list.items.map { $0["id"]?.string } == [id])
            #expect(list.items.first?["createdBy"]?.string == server.email(of: .northAdmin))
            #expect(!list.text.contains("eagle_"))
            #expect(!list.text.contains(String(key.suffix(64))))
            #expect(try await server.ask("GET", "/api/v1/api-keys", as: .northOperator).status == 403)
        }
    }

    @Test func `a revoked key is worth nothing at once, on its open stream too`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let (id, key) = try await make(server, [.readAlarms])
            let ending = try await TestStream.with(server, token: key) { stream in
                #expect(try await stream.message().type == "snapshot")
                let revoked = try await server.ask("DELETE", "/api/v1/api-keys/\(id)", as: .northAdmin)
                #expect(revoked.status == 204)
                return try await stream.next()
            }
            guard case .closed(let code) = ending else { throw TestFailure(message: "\(ending)") }
            #expect(code == 4401)
            #expect(try await server.ask("GET", "/api/v1/alarms", token: key).status == 401)
            #expect(try await server.ask("DELETE", "/api/v1/api-keys/\(id)", as: .northAdmin).status == 404)
            let list = try await server.ask("GET", "/api/v1/api-keys", as: .northAdmin)
            #expect(list.items.isEmpty)
        }
    }

    @Test(arguments: [[Permission.readAlarms], [.readAlarms, .readModels]])
    func `on the stream a key hears nothing but what it may read`(permissions: [Permission]) async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let north = OrganizationScope(provenFor: server.north.id)
            let news = server.context.trainingNews
            let run = TrainingLog(id: ID(UUID()), cause: .schedule, queuedAt: .t0)
            let (_, key) = try await make(server, permissions)
            let told = try await TestStream.with(server, token: key) { stream in
                _ = try await stream.message()
                let mayHear = permissions.contains(.readModels)
                try await TestStream.with(server) { other in
                    _ = try await other.message()
                    while news.listenerCount(in: north) < (mayHear ? 2 : 1) { await Task.yield() }
                    news.publish([run], in: north)
                    #expect(try await other.message().type == "training")
                }
                try await server.push([150])
                return try await stream.message().type
            }
            #expect((told == "training") == permissions.contains(.readModels))
        }
    }

    @Test func `a key ends at its time, and one of other people's making is none`() async throws {
        try await TestServer.run { server in
            let (_, key) = try await make(server, [.readAlarms], until: .t0 + .seconds(100))
            server.clock.advance(by: .seconds(99))
            #expect(try await server.ask("GET", "/api/v1/alarms", token: key).status == 200)
            server.clock.advance(by: .seconds(1))
            #expect(try await server.ask("GET", "/api/v1/alarms", token: key).status == 401)
            let list = try await server.ask("GET", "/api/v1/api-keys", as: .northAdmin)
            #expect(list.items.first?["isExpired"]?.bool == true)
            // The id is right, the secret is another's.
            let (_, good) = try await make(server, [.readAlarms])
            let forged = good.dropLast(64) + key.suffix(64)
            #expect(try await server.ask("GET", "/api/v1/alarms", token: String(forged)).status == 401)
            for odd in ["eagle_", "eagle_x_y", String(good.dropLast()), good + "0"] {
                #expect(try await server.ask("GET", "/api/v1/alarms", token: odd).status == 401)
            }
        }
    }

    @Test(arguments: [
        (#"{"name":"a","permissions":["user:manage"]}"#, 422, "permissions"),
        (#"{"name":"a","permissions":["apikey:manage"]}"#, 422, "permissions"),
        (#"{"name":"a","permissions":[]}"#, 422, "permissions"),
        (#"{"name":"a","permissions":["alarm:fly"]}"#, 422, "permissions.0"),
        (#"{"name":" ","permissions":["alarm:read"]}"#, 422, "name"),
        (#"{"permissions":["alarm:read"]}"#, 422, "name"),
        (#"{"name":"a","permissions":["alarm:read"],"expiresAt":"2001-01-01T00:00:00Z"}"#, 422, "expiresAt"),
        (#"{"name":"a","permissions":["alarm:read"],"expiresAt":"tomorrow"}"#, 422, "expiresAt"),
        (#"{"name":"a","permissions":["organization:manage"]}"#, 403, nil),
    ])
    func `a key for what no machine may have is refused`(body: String, status: Int, path: String?) async throws {
        try await TestServer.run { server in
            let answer = try await server.ask("POST", "/api/v1/api-keys", as: .northAdmin, body: body)
            #expect(answer.status == status)
            #expect(answer.errorPath == path)
        }
    }

    @Test func `not even a super admin gives a key what is the server's`() async throws {
        try await TestServer.run { server in
            let answer = try await server.ask(
                "POST",
                "/api/v1/api-keys",
                as: .root,
                body: #"{"name":"a","permissions":["organization:manage"]}"#,
                headers: ["Eagle-Organization": "north"]
            )
            #expect(answer.errorPath == "permissions")
        }
    }

    @Test func `a use is noted, but not each`() async throws {
        try await TestServer.run { server in
            let (_, key) = try await make(server, [.readAlarms])
            func lastUse(after duration: Duration) async throws -> String? {
                server.clock.advance(by: duration)
                try await server.ask("GET", "/api/v1/alarms", token: key)
                let list = try await server.ask("GET", "/api/v1/api-keys", as: .northAdmin)
                return list.items.first?["lastUsedAt"]?.string
            }
            #expect(try await lastUse(after: .zero) == "\(Instant.t0)")
            #expect(try await lastUse(after: .seconds(60)) == "\(Instant.t0)")
            #expect(try await lastUse(after: .seconds(300)) == "\(Instant.t0 + .seconds(360))")
        }
    }

    @Test func `bad keys are slowed down by address, good ones and people never`() async throws {
        try await TestServer.run { server in
            let (_, key) = try await make(server, [.readAlarms])
            let bad = String(key.dropLast(64)) + String(repeating: "0", count: 64)
            for _ in 0..<51 {
                #expect(try await server.ask("GET", "/api/v1/alarms", token: bad).status == 401)
            }
            let slowed = try await server.ask("GET", "/api/v1/alarms", token: bad)
            #expect(slowed.status == 429)
            #expect(slowed.header("retry-after") == "2")
            #expect(try await server.ask("GET", "/api/v1/alarms", token: key).status == 200)
            #expect(try await server.login(.northOperator).status == 200)
        }
    }

    @Test func `another organization's key can neither be seen nor revoked`() async throws {
        try await TestServer.run { server in
            let (id, key) = try await make(server, [.readAlarms])
            let list = try await server.ask("GET", "/api/v1/api-keys", as: .southAdmin)
            #expect(list.items.isEmpty)
            let foreign = try await server.ask("DELETE", "/api/v1/api-keys/\(id)", as: .southAdmin)
            #expect(foreign.status == 404)
            #expect(try await server.ask("GET", "/api/v1/alarms", token: key).status == 200)
            let (_, south) = try await make(server, [.readAlarms, .recordFailures], as: .southAdmin)
            try await server.prepare()
            try await server.push([150], machine: "north-secret")
            let alarms = try await server.ask("GET", "/api/v1/alarms", token: south)
            #expect(alarms.items.isEmpty)
        }
    }

    @Test func `what a machine does bears its key's name`() async throws {
        try await TestServer.run { server in
            let (_, key) = try await make(server, [.recordFailures, .readFailures, .writeReadings])
            try await server.prepare()
            try await server.ask("POST", "/api/v1/readings", token: key, data: server.rows([50]))
            let body = #"{"failures":[{"asset":"furnace-1","start":"2026-01-01T00:00:00Z","component":"belt"}]}"#
            let recorded = try await server.ask("POST", "/api/v1/failures", token: key, body: body)
            #expect(recorded.status == 200)
            let failures = try await server.ask("GET", "/api/v1/failures", token: key)
            #expect(failures.text.contains("API key gateway"))
        }
    }
}
