import Database
import Foundation
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

@Suite(.timeLimit(.minutes(60))) struct IdempotencyTests {
    private static let target = #"{"name":"hook","kind":"webhook","url":"http://127.0.0.1:9/x"}"#

    private func create(
        _ server: TestServer,
        key: String?,
        as person: TestServer.Person = .northAdmin,
        body: String = target,
        path: String = "/api/v1/delivery-targets"
    ) async throws -> Answer {
        try await server.ask(
            "POST",
            path,
            as: person,
            body: body,
            headers: key.map { ["Idempotency-Key": $0] } ?? [:]
        )
    }

    @Test func `the same wish under the same key is granted once, and answered alike`() async throws {
        try await TestServer.run { server in
            let first = try await create(server, key: "k-1")
            #expect(first.status == 201)
            #expect(first.header("idempotency-replayed") == nil)
            let again = try await create(server, key: "k-1")
            #expect(again.status == 201)
            #expect(again.body == first.body)
            #expect(again.header("location") == first.header("location"))
            #expect(again.header("idempotency-replayed") == "true")
            #expect(again.header("x-request-id") != first.header("x-request-id"))
            // Without the key it is another wish, and the name is taken.
            #expect(try await create(server, key: nil).status == 409)
            let all = try await server.ask("GET", "/api/v1/delivery-targets", as: .northAdmin)
            #expect(all.items.count == 1)
        }
    }

    @Test func `another wish under the same key is refused`() async throws {
        try await TestServer.run { server in
            #expect(try await create(server, key: "k-1").status == 201)
            let other = try await create(server, key: "k-1", body: Self.target.replacing("hook", with: "hook 2"))
            #expect(other.status == 422)
            #expect(other.errorPath == "Idempotency-Key")
            let elsewhere = try await create(server, key: "k-1", body: "{}", path: "/api/v1/training-runs")
            #expect(elsewhere.status == 422)
        }
    }

    @Test func `a key is its sender's own: nobody else is given his answer`() async throws {
        try await TestServer.run { server in
            let north = try await create(server, key: "k-1")
            let south = try await create(server, key: "k-1", as: .southAdmin)
            #expect(south.status == 201)
            #expect(south.header("idempotency-replayed") == nil)
            #expect(south.json["id"] != north.json["id"])
            #expect(south.json["signingKey"] != north.json["signingKey"])
            // Nor another person of the same organization.
            let root = try await server.ask(
                "POST",
                "/api/v1/delivery-targets",
                as: .root,
                body: Self.target,
                headers: ["Idempotency-Key": "k-1", "Eagle-Organization": "north"]
            )
            #expect(root.status == 409)
        }
    }

    @Test func `what was refused may be put right under the same key`() async throws {
        try await TestServer.run { server in
            let refused = try await create(server, key: "k-1", body: #"{"name":"x","kind":"webhook"}"#)
            #expect(refused.status == 422)
            let mended = try await create(server, key: "k-1")
            #expect(mended.status == 201)
        }
    }

    @Test func `what was done is not answered as failed, whatever write fails: it would be done again`() async throws {
        try await TestServer.run { server in
            for number in 1...6 {
                let name = "hook-\(number)"
                server.database.fail(at: [.commit(number)])
                let body = Self.target.replacing("hook\",", with: "\(name)\",")
                let answer = try await create(server, key: "k-\(number)", body: body)
                server.database.fail(at: [])
                let all = try await server.ask("GET", "/api/v1/delivery-targets", as: .northAdmin)
                let isMade = all.items.contains { $0["name"]?.string == name }
                #expect(isMade == (answer.status == 201), "\(number): \(answer.status)")
            }
        }
    }

    @Test func `an answer is kept for a day`() async throws {
        try await TestServer.run { server in
            let scope = OrganizationScope(provenFor: server.north.id)
            #expect(try await create(server, key: "k-1").status == 201)
            let store = server.context.stores.keptAnswers
            #expect(try await store.count(in: scope) == 1)
            let seal = AnswerSeal(server.context.signingKey)
            let users = try await server.context.stores.users.list(in: scope)
            #expect(users.count == 2)
            #expect(seal.place(of: "k-1", by: "a", in: scope) != seal.place(of: "k-1", by: "b", in: scope))
            server.clock.advance(by: .seconds(86_400))
            // The access tokens are over too: the store is asked.
            let place = try #require(TokenHash(hexadecimal: String(repeating: "0", count: 64)))
            let now = server.clock.now
            try await store.keep(
                KeptAnswer(
                    place: place,
                    request: place,
                    answer: Data([1]),
                    createdAt: now,
                    expiresAt: now + .seconds(1)
                ),
                at: now,
                in: scope
            )
            #expect(try await store.count(in: scope) == 1)
            #expect(try await store.answer(at: place, at: now, in: scope)?.answer == Data([1]))
            #expect(try await store.answer(at: place, at: now + .seconds(1), in: scope) == nil)
        }
    }

    @Test(arguments: ["", " ", "two words", String(repeating: "k", count: 201)])
    func `a key that is none is refused`(key: String) async throws {
        try await TestServer.run { server in
            let answer = try await create(server, key: key)
            // An empty field may not reach the server at all.
            #expect(answer.status == 400 || (key.trimmed.isEmpty && answer.status == 201), "\(answer.text)")
        }
    }

    @Test func `many at once under one key make one thing`() async throws {
        try await TestServer.run { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await create(server, key: "k-1").status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.contains(201))
            #expect(statuses.allSatisfy { $0 == 201 || $0 == 409 })
            let all = try await server.ask("GET", "/api/v1/delivery-targets", as: .northAdmin)
            #expect(all.items.count == 1)
        }
    }

    @Test func `readings take no notice of a key`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            for temperature in [20.0, 21] {
                let answer = try await server.ask(
                    "POST",
                    "/api/v1/readings",
                    as: .northAdmin,
                    data: server.rows([temperature]),
                    headers: ["Idempotency-Key": "k-1"]
                )
                #expect(answer.status == 200)
                #expect(answer.header("idempotency-replayed") == nil)
            }
        }
    }

    @Test func `what is kept holds no secret that can be read`() async throws {
        try await TestServer.run { server in
            let answer = try await create(server, key: "k-secret-1")
            let key = try #require(answer.json["signingKey"]?.string)
            let rows = try await server.database.query("SELECT place, request, answer FROM kept_answer")
            #expect(rows.count == 1)
            let blob: Data = try #require(rows.first).decode("answer")
            for secret in [key, "k-secret-1", "hook", String(key.dropFirst(6))] {
                #expect(blob.range(of: Data(secret.utf8)) == nil)
                #expect(try !#require(rows.first).decode("place", as: String.self).contains(secret))
            }
        }
    }
}
