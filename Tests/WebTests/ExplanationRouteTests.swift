import Alarms
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving
@testable import Web

@Suite struct ExplanationRouteTests {
    /// An alarm that a rule raised in the north.
    private func ruled(_ server: TestServer) async throws -> String {
        try await TestStream.with(server) { stream in
            _ = try await stream.message()
            try await server.push([20, 30, 150])
            return try await stream.message().json["alarm"]?["id"]?.string ?? ""
        }
    }

    /// An alarm that a prediction raised there, as a lane would have kept it.
    private func predicted(_ server: TestServer) async throws -> (alarm: Alarm, metadata: AlertMetadata) {
        let scope = OrganizationScope(provenFor: server.north.id)
        let version = try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        let prediction = Prediction(
            asset: "furnace-1",
            instant: server.clock.now,
            probability: 0.9,
            component: "heater",
            modelVersion: version
        )
        let metadata = AlertMetadata(
            prediction,
            features: nil,
            evidence: RowEvidence(throughSequence: 1, rowDigest: "d"),
            run: 1
        )
        let alarm = Alarm(
            id: ID(UUID()),
            asset: "furnace-1",
            condition: .component("heater"),
            type: .predictive,
            state: .unacknowledged,
            raisedAt: server.clock.now,
            causes: [
                AlarmCause(
                    source: .prediction,
                    type: .predictive,
                    since: server.clock.now,
                    message: "heater likely to fail",
                    metadata: metadata
                )
            ]
        )
        while try await server.context.lanes.status(in: scope).behind > 0 { await Task.yield() }
        let cursor = try await server.context.stores.lane.lane(in: scope).cursor
        let transition = AlarmTransition(alarm: alarm, change: .raised, at: server.clock.now, source: .prediction)
        _ = try await server.context.stores.lane.commit(
            LaneCommit(expectedCursor: cursor, cursor: cursor, transitions: [transition], at: server.clock.now),
            in: scope
        )
        return (alarm, metadata)
    }

    private func explanation(of metadata: AlertMetadata) -> Explanation {
        let points = (0..<4).map { Trend.Point(at: .t0 + .seconds($0 * 60), value: Double($0)) }
        return Explanation(
            of: metadata,
            quantity: .rawScore,
            baseValue: -2,
            score: 1,
            tags: [Explanation.Share(name: "temp", share: 3), Explanation.Share(name: "door", share: 0)],
            components: [Explanation.Share(name: "heater", share: 3)],
            features: [
                FeatureFact(
                    feature: "temp",
                    tag: "temp",
                    share: 3,
                    value: 9,
                    usual: UsualValue(centre: 2, spread: 1),
                    since: .t0,
                    isSinceAtLeast: false
                )
            ],
            reference: Explanation.Reference(source: .assetHistory, from: .t0, until: .t0, rowCount: 50),
            trends: [Trend(tag: "temp", points: points, usual: UsualValue(centre: 2, spread: 1))],
            sentence: "furnace-1's heater: temp is 4.5 times its usual",
            evidence: Explanation.Evidence(
                readingDigest: "a",
                readingCount: 3,
                rowDigest: "d",
                isRowUnchanged: true
            ),
            absences: [Explanation.Absence(part: .survival, reason: "the model says nothing of when")]
        )
    }

    @Test func `a rule's alarm says what was measured, the limit, since when, and how its tag went`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let id = try await ruled(server)
            let answer = try await server.ask("GET", "/api/v1/alarms/\(id)/explanation", as: .northOperator)
            #expect(answer.status == 200)
            #expect(answer.json["state"]?.string == "rulesOnly")
            let rule = try #require(answer.json["rules"]?.list.first)
            #expect(rule["rule"]?.string == "hot" && rule["tag"]?.string == "temp")
            #expect(rule["kind"]?.string == "limit")
            #expect(rule["measured"] == .number(150) && rule["limit"] == .number(100))
            #expect(rule["trend"]?["values"]?.list == [.number(20), .number(30), .number(150)])
            for (person, id) in [(TestServer.Person.southAdmin, id), (.northAdmin, UUID().uuidString.lowercased())] {
                let refused = try await server.ask("GET", "/api/v1/alarms/\(id)/explanation", as: person)
                #expect(refused.status == 404)
            }
            #expect(try await server.ask("GET", "/api/v1/alarms/\(id)/explanation").status == 401)
        }
    }

    @Test func `a predicted alarm's explanation is pending, then kept and told, and stands in the alarm's document`()
        async throws
    {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.push([20])
            let (alarm, metadata) = try await predicted(server)
            let path = "/api/v1/alarms/\(alarm.id)/explanation"
            let pending = try await server.ask("GET", path, as: .northOperator)
            #expect(pending.status == 202 && pending.json["state"]?.string == "pending")
            #expect(pending.json["prediction"] == nil)
            let scope = OrganizationScope(provenFor: server.north.id)
            let order = try #require(try await server.context.stores.explanations.next(in: scope))
            #expect(order.alarm == alarm.id)
            try await server.context.stores.explanations.failed(
                order,
                because: "the model's file is gone",
                retryAt: server.clock.now + .seconds(60),
                in: scope
            )
            let waiting = try await server.ask("GET", path, as: .northOperator)
            #expect(waiting.status == 202 && waiting.json["reason"]?.string == "the model's file is gone")
            #expect(
                try await server.context.stores.explanations.keep(
                    explanation(of: metadata),
                    of: alarm.id,
                    sequence: order.sequence,
                    at: server.clock.now,
                    in: scope
                )
            )
            let ready = try await server.ask("GET", path, as: .northOperator)
            #expect(ready.status == 200 && ready.json["state"]?.string == "ready")
            let prediction = try #require(ready.json["prediction"])
            #expect(prediction["tags"]?.list.first?["name"]?.string == "temp")
            #expect(prediction["trends"]?.list.first?["values"]?.list.count == 4)
            let sentence = "furnace-1's heater: temp is 4.5 times its usual"
            #expect(ready.json["sentence"]?.string == sentence)
            let list = try await server.ask("GET", "/api/v1/alarms?open=true", as: .northOperator)
            #expect(list.items.contains { $0["explanation"]?.string == sentence })
            let one = try await server.ask("GET", "/api/v1/alarms/\(alarm.id)", as: .northOperator)
            #expect(one.json["alarm"]?["explanation"]?.string == sentence)
            #expect(try await server.ask("GET", path, as: .southAdmin).status == 404)
            try await TestStream.with(server) { stream in
                let snapshot = try await stream.message()
                #expect(snapshot.json["alarms"]?.list.contains { $0["explanation"]?.string == sentence } ?? false)
            }
        }
    }

    @Test func `an alarm's sentence is its last prediction's, and none while that one is being explained`() async throws
    {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.push([20])
            let (alarm, metadata) = try await predicted(server)
            let scope = OrganizationScope(provenFor: server.north.id)
            let stores = server.context.stores
            let order = try #require(try await stores.explanations.next(in: scope))
            _ = try await stores.explanations.keep(
                explanation(of: metadata),
                of: alarm.id,
                sequence: order.sequence,
                at: server.clock.now,
                in: scope
            )
            #expect(try await stores.explanations.sentences(of: [alarm.id], in: scope).count == 1)
            let cursor = try await stores.lane.lane(in: scope).cursor
            let again = AlarmTransition(alarm: alarm, change: .reraised, at: server.clock.now, source: .prediction)
            _ = try await stores.lane.commit(
                LaneCommit(expectedCursor: cursor, cursor: cursor, transitions: [again], at: server.clock.now),
                in: scope
            )
            #expect(try await stores.explanations.sentences(of: [alarm.id], in: scope).isEmpty)
        }
    }

    @Test func `one that was given up says so`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.push([20])
            let (alarm, _) = try await predicted(server)
            let scope = OrganizationScope(provenFor: server.north.id)
            let order = try #require(try await server.context.stores.explanations.next(in: scope))
            try await server.context.stores.explanations.failed(order, because: "gone", retryAt: nil, in: scope)
            let answer = try await server.ask("GET", "/api/v1/alarms/\(alarm.id)/explanation", as: .northOperator)
            #expect(answer.status == 200 && answer.json["state"]?.string == "failed")
            #expect(answer.json["reason"]?.string == "gone")
            #expect(try await server.context.stores.explanations.next(in: scope) == nil)
        }
    }

    @Test func `streams hear of an explanation of their own organization, and of no other`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            @Sendable func news(_ sentence: String) -> ExplanationNews {
                ExplanationNews(alarm: ID(UUID()), sequence: 7, sentence: sentence, madeAt: server.clock.now)
            }
            let lanes = server.context.lanes
            let (north, south) = (
                OrganizationScope(provenFor: server.north.id), OrganizationScope(provenFor: server.south.id)
            )
            try await TestStream.with(server) { stream in
                _ = try await stream.message()
                // The stream listens for each kind of news on its own.
                while lanes.explanationNews.listenerCount(in: north) == 0 { await Task.yield() }
                lanes.explanationNews.publish([news("theirs")], in: south)
                lanes.explanationNews.publish([news("ours")], in: north)
                let frame = try await stream.message()
                #expect(frame.type == "explanation" && frame.sequence == 7)
                #expect(frame.json["sentence"]?.string == "ours" && frame.json["at"] != nil)
            }
        }
    }
}
