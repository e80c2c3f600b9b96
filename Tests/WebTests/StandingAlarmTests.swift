import Alarms
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Web

/// What is read of an alarm that a model raised hours ago and that stands.
@Suite struct StandingAlarmTests {
    private func said(_ probability: Double, minutes: Double, at instant: Instant) throws -> Prediction {
        Prediction(
            asset: "furnace-1",
            instant: instant,
            probability: probability,
            component: "heater",
            timeToFailureMinutes: minutes,
            modelVersion: try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        )
    }

    /// An alarm that the first prediction raised, and what was predicted since, without a word on the alarm.
    private func stand(_ predictions: [Prediction], in organization: Organization, _ server: TestServer) async throws
        -> Alarm
    {
        let scope = OrganizationScope(provenFor: organization.id)
        let first = predictions[0]
        let alarm = Alarm(
            id: ID(UUID()),
            asset: first.asset,
            condition: .component("heater"),
            type: .predictive,
            state: .unacknowledged,
            raisedAt: first.instant,
            causes: [
                AlarmCause(
                    source: .prediction,
                    type: .predictive,
                    since: first.instant,
                    message: "heater likely to fail in about 9 h (83 %)",
                    metadata: AlertMetadata(first, features: nil)
                )
            ]
        )
        let raised = AlarmTransition(alarm: alarm, change: .raised, at: first.instant, source: .prediction)
        for (said, transitions) in zip(predictions, [[raised]] + predictions.dropFirst().map { _ in [] }) {
            let cursor = try await server.context.stores.lane.lane(in: scope).cursor
            _ = try await server.context.stores.lane.commit(
                LaneCommit(
                    expectedCursor: cursor,
                    cursor: cursor,
                    predictions: [said],
                    transitions: transitions,
                    at: said.instant
                ),
                in: scope
            )
        }
        return alarm
    }

    @Test func `lists, one alarm, the snapshot and attention tell what the model says by now`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let now = server.clock.now
            let raisedAt = now - .seconds(30_600)
            let alarm = try await stand(
                [
                    said(0.83, minutes: 540, at: raisedAt), said(0.9, minutes: 300, at: now - .seconds(9_000)),
                    said(0.995, minutes: 30, at: now),
                ],
                in: server.north,
                server
            )
            // Another organization's asset of that name has nothing to do with it.
            _ = try await stand([said(0.6, minutes: 900, at: now + .seconds(60))], in: server.south, server)
            let headline = "heater likely to fail in about 30 min (over 99 %)"
            let list = try await server.ask("GET", "/api/v1/alarms?open=true", as: .northOperator)
            let one = try await server.ask("GET", "/api/v1/alarms/\(alarm.id)", as: .northOperator)
            let snapshot = try await TestStream.with(server) { stream in try await stream.message().json }
            for document in [list.items.first, one.json["alarm"], snapshot["alarms"]?.list.first] {
                #expect(document?["headline"]?.string == headline)
                let cause = document?["causes"]?.list.first
                #expect(cause?["message"]?.string == headline)
                #expect(cause?["since"]?.string == "\(raisedAt)")
                #expect(cause?["prediction"]?["at"]?.string == "\(now)")
                #expect(cause?["prediction"]?["timeToFailureMinutes"]?.number == 30)
            }
            let told = one.json["history"]?.list.first?["headline"]?.string
            #expect(told == "PREDICTIVE furnace-1: heater likely to fail in about 9 h (83 %)")
            // No model is live: what the alarm says is said with its age, and the asset is not without a word.
            server.clock.advance(by: .seconds(600))
            let attention = try await server.ask("GET", "/api/v1/attention", as: .northOperator)
            let why = attention.items.first?["why"]?.string ?? ""
            #expect(why.hasPrefix("alarm: \(headline), predicted 10 min ago; "), "\(why)")
            #expect(attention.json["unknown"]?.int == 0 && attention.items.first?["alarm"] != nil)
            let kept = OrganizationScope(provenFor: server.north.id)
            #expect(try await server.context.stores.alarms.byID(alarm.id, in: kept) == alarm)
        }
    }

    @Test(arguments: [#"{"asset": "furnace-1", "#, "{"])
    func `attention says of an asset that it is out of service, until the order ends`(place: String) async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.push([20], machine: "furnace-1")
            let order = place + #""kind": "outOfService", "minutes": 10, "reason": "overhaul"}"#
            let put = try await server.ask("PUT", "/api/v1/suppressions", as: .northAdmin, body: order)
            #expect(put.status == 200, "\(put.text)")
            func why() async throws -> String? {
                try await server.ask("GET", "/api/v1/attention", as: .northOperator).items.first?["why"]?.string
            }
            #expect(try await why()?.hasPrefix("out of service by ") == true)
            server.clock.advance(by: .seconds(600))
            #expect(try await why()?.contains("out of service") == false)
        }
    }
}
