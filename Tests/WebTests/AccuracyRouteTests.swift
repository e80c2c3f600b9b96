import Alarms
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Web

@Suite struct AccuracyRouteTests {
    private func version(_ digit: Character = "a") throws -> ModelVersion {
        try #require(ModelVersion(hash: String(repeating: digit, count: 64)))
    }

    /// Alarms that a model raised in an organization, so many days ago each; or one that it raised again and again.
    @discardableResult
    private func raise(
        _ asset: String,
        daysAgo: [Double],
        isOne: Bool = false,
        in organization: Organization,
        _ server: TestServer
    ) async throws -> [ID<Alarm>] {
        let scope = OrganizationScope(provenFor: organization.id)
        let (stores, version) = (server.context.stores, try version())
        let cursor = try await stores.lane.lane(in: scope).cursor
        let predictions = daysAgo.map { days in
            Prediction(
                asset: asset,
                instant: server.clock.now - .seconds(Int64(days * 86_400)),
                probability: 0.7,
                component: "belt",
                timeToFailureMinutes: 600,
                modelVersion: version
            )
        }
        let id = ID<Alarm>(UUID())
        let alarms = predictions.map { said in
            Alarm(
                id: isOne ? id : ID(UUID()),
                asset: asset,
                condition: .component("belt"),
                type: .predictive,
                state: .normal,
                raisedAt: isOne ? predictions[0].instant : said.instant,
                clearedAt: said.instant + .seconds(60),
                causes: [
                    AlarmCause(
                        source: .prediction,
                        type: .predictive,
                        since: said.instant,
                        message: "belt likely to fail",
                        metadata: AlertMetadata(said, features: nil)
                    )
                ]
            )
        }
        for (said, alarm) in zip(predictions, alarms) {
            _ = try await stores.lane.commit(
                LaneCommit(
                    expectedCursor: cursor,
                    cursor: cursor,
                    predictions: [said],
                    transitions: [
                        AlarmTransition(
                            alarm: alarm,
                            change: alarm.raisedAt == said.instant ? .raised : .reraised,
                            at: said.instant,
                            source: .prediction
                        )
                    ],
                    at: said.instant
                ),
                in: scope
            )
        }
        return alarms.map(\.id)
    }

    private func judge(_ alarm: ID<Alarm>, _ body: String, as person: TestServer.Person, _ server: TestServer)
        async throws
    {
        let answer = try await server.ask("POST", "/api/v1/alarms/\(alarm)/feedback", as: person, body: body)
        #expect(answer.status == 201)
    }

    @Test func `words make precision, records make recall, and the rest is unknown`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let alarms = try await raise(
                "furnace-1",
                daysAgo: [60, 50, 40, 30, 20, 15, 10, 5],
                in: server.north,
                server
            )
            try await raise("furnace-1", daysAgo: [60, 30, 4], in: server.south, server)
            for alarm in alarms[0...3] {
                try await judge(alarm, #"{"isAccurate":true,"component":"belt"}"#, as: .northOperator, server)
            }
            try await judge(alarms[4], #"{"isAccurate":false}"#, as: .northOperator, server)
            try await judge(alarms[5], #"{"isAccurate":false}"#, as: .northOperator, server)
            try await judge(alarms[5], #"{"isAccurate":true}"#, as: .northAdmin, server)
            let start = server.clock.now - .seconds(Int64(9.5 * 86_400))
            try await server.ask(
                "POST",
                "/api/v1/failures",
                as: .northOperator,
                body: #"{"failures":[{"asset":"furnace-1","start":"\#(start)","component":"belt"}]}"#
            )
            let answer = try await server.ask("GET", "/api/v1/accuracy?by=version", as: .northOperator)
            let total = answer.json["total"]
            for (key, count) in [
                "total": 8, "right": 4, "wrong": 1, "disputed": 1, "recorded": 1, "unknown": 1, "open": 0,
            ] {
                #expect(total?["alarms"]?[key]?.int == count, "\(key): \(answer.text)")
            }
            #expect(total?["precision"]?["value"]?.number == 0.8)
            #expect(total?["precision"]?["of"]?.int == 5)
            #expect(total?["recall"]?["count"]?.int == 1 && total?["recall"]?["of"]?.int == 1)
            // Of one no share is told.
            #expect(total?["recall"]?["value"] == nil)
            #expect(total?["medianLeadMinutes"]?.number == 720)
            #expect(total?["componentHits"]?["count"]?.int == 5)
            #expect(answer.json["groups"]?.list.compactMap { $0["key"]?.string } == [try version().hash])
            for grouping in ["asset", "week", "month", "rule"] {
                let grouped = try await server.ask("GET", "/api/v1/accuracy?by=\(grouping)&limit=2", as: .northOperator)
                #expect(grouped.status == 200 && grouped.json["total"] == total)
                #expect((grouped.json["groups"]?.list.count ?? 0) <= 2)
            }
            let first = try await server.ask("GET", "/api/v1/accuracy?by=week&limit=1", as: .northOperator)
            let next = try #require(first.json["next"]?.string)
            let second = try await server.ask(
                "GET",
                "/api/v1/accuracy?by=week&limit=1&after=\(next)",
                as: .northOperator
            )
            #expect(second.json["groups"]?.list.first?["key"]?.string ?? "" > next)
            let list = try await server.ask("GET", "/api/v1/alarms?foretold=true&judged=false", as: .northOperator)
            #expect(list.items.count == 2)
        }
    }

    @Test func `an alarm that is never closed counts each time that it was raised in the time asked for`()
        async throws
    {
        try await TestServer.run { server in
            try await server.prepare()
            let days = [100.0, 80, 60, 40, 20]
            let alarms = try await raise("furnace-1", daysAgo: days, isOne: true, in: server.north, server)
            try await judge(alarms[0], #"{"isAccurate":false}"#, as: .northOperator, server)
            let answer = try await server.ask("GET", "/api/v1/accuracy?by=month", as: .northOperator)
            let counted = answer.json["total"]?["alarms"]
            #expect(counted?["total"]?.int == 4 && counted?["wrong"]?.int == 1 && counted?["unknown"]?.int == 3)
            let months = answer.json["groups"]?.list ?? []
            #expect(months.count > 1 && months.last?["figures"]?["alarms"]?["wrong"]?.int == 1, "\(answer.text)")
            let earlier = server.clock.now - .seconds(30 * 86_400)
            let before = try await server.ask("GET", "/api/v1/accuracy?to=\(earlier)", as: .northOperator)
            #expect(before.json["total"]?["alarms"]?["total"]?.int == 4, "\(before.text)")
            #expect(before.json["total"]?["alarms"]?["wrong"]?.int == 0)
        }
    }

    @Test func `another organization's words, alarms and failures count for nothing`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            let alarms = try await raise("south-secret", daysAgo: [20, 10], in: server.south, server)
            try await judge(alarms[0], #"{"isAccurate":true,"reason":"south-secret"}"#, as: .southOperator, server)
            let foreign = try await server.ask(
                "POST",
                "/api/v1/alarms/\(alarms[0])/feedback",
                as: .northOperator,
                body: #"{"isAccurate":false}"#
            )
            #expect(foreign.status == 404)
            try await server.ask(
                "POST",
                "/api/v1/failures",
                as: .southOperator,
                body: #"{"failures":[{"asset":"south-secret","start":"\#(server.clock.now - .seconds(86_000 * 10))"}]}"#
            )
            for path in ["accuracy?by=asset", "accuracy?by=version", "attention", "failures", "failures/corrections"] {
                let answer = try await server.ask("GET", "/api/v1/\(path)", as: .northAdmin)
                #expect(answer.status == 200 && !answer.text.contains("south-secret"), "\(path): \(answer.text)")
            }
            let accuracy = try await server.ask("GET", "/api/v1/accuracy", as: .northAdmin)
            #expect(accuracy.json["total"]?["alarms"]?["total"]?.int == 0)
            let start = server.clock.now - .seconds(86_000 * 10)
            let query = "?asset=south-secret&start=\(start)&reason=none"
            #expect(try await server.ask("DELETE", "/api/v1/failures\(query)", as: .northAdmin).status == 404)
            #expect(try await server.ask("GET", "/api/v1/failures", as: .southOperator).items.count == 1)
        }
    }

    @Test(arguments: [
        ("by=machine", 400), ("from=yesterday", 400), ("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", 422),
        ("from=2001-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", 422), ("since=2026-01-01T00:00:00Z", 400),
    ])
    func `what can't be asked for is refused`(query: String, status: Int) async throws {
        try await TestServer.run { server in
            let answer = try await server.ask("GET", "/api/v1/accuracy?\(query)", as: .northOperator)
            #expect(answer.status == status)
        }
    }

    @Test func `what is not known of an asset now is said, and is no zero`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await raise("furnace-1", daysAgo: [0], in: server.north, server)
            try await server.push([20], machine: "furnace-2")
            let answer = try await server.ask("GET", "/api/v1/attention", as: .northOperator)
            #expect(answer.items.count == 2 && answer.json["unknown"]?.int == 2)
            for item in answer.items {
                #expect(item["rank"]?.string == "UNKNOWN" && item["expectedCost"] == nil && item["probability"] == nil)
                #expect(item["why"]?.string?.isEmpty == false)
            }
            // A critical alarm needs no prediction to come first.
            try await TestStream.with(server) { stream in
                _ = try await stream.message()
                try await server.push([500], machine: "furnace-2", from: 5)
                _ = try await stream.message()
            }
            let critical = try await server.ask("GET", "/api/v1/attention?limit=1", as: .northOperator)
            #expect(critical.items.count == 1 && critical.items[0]["asset"]?.string == "furnace-2")
            #expect(critical.items[0]["rank"]?.string == "CRITICAL" && critical.json["total"]?.int == 2)
        }
    }
}
