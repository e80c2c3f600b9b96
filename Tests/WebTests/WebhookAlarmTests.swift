import Alarms
import Features
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery
@testable import Web

/// What a webhook's receiver reads of an alarm is what the API gives.
@Suite struct WebhookAlarmTests {
    /// A rule's and a model's on one component, with all that they can say.
    private func alarm(_ prediction: Prediction) -> Alarm {
        let at = prediction.instant
        return Alarm(
            id: ID(UUID()),
            asset: prediction.asset,
            condition: .component("belt"),
            type: .warning,
            state: .unacknowledged,
            suppression: Suppression(kind: .shelved, by: "ann", reason: "noise", since: at, until: at + .seconds(60)),
            raisedAt: at,
            causes: [
                AlarmCause(
                    source: .rule("hot"),
                    type: .warning,
                    priority: 2,
                    since: at,
                    message: "x is 1 above 2",
                    measured: 3,
                    limit: 2,
                    ruleVersion: 1
                ),
                AlarmCause(
                    source: .prediction,
                    type: .predictive,
                    since: at,
                    clearedAt: at + .seconds(30),
                    message: "belt likely to fail",
                    metadata: AlertMetadata(
                        prediction,
                        features: FeatureMetadata(goodSamples: 9, oldestSampleAgeSeconds: 60, missingTags: ["temp"])
                    )
                ),
            ]
        )
    }

    private func document(_ reason: Notice.Reason) throws -> Tree {
        let sender = Notice.Sender(slug: "north", name: "North")
        let document = WebhookDocument(Notice(key: "k:1", organization: sender, reason: reason), sentAt: .t0)
        return try JSONDecoder().decode(Tree.self, from: Data(try JSONBody.bytes(document)))
    }

    @Test func `a webhook's alarm is the same document as the API's, alone and in a digest`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let scope = OrganizationScope(provenFor: server.north.id)
            let stores = server.context.stores
            let prediction = Prediction(
                asset: "furnace-1",
                instant: server.clock.now,
                probability: 0.7,
                confidence: 0.9,
                component: "belt",
                timeToFailureMinutes: 600,
                p10Minutes: 200,
                p90Minutes: 900,
                modelVersion: try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
            )
            let alarm = alarm(prediction)
            let cursor = try await stores.lane.lane(in: scope).cursor
            let alerts = try await stores.lane.commit(
                LaneCommit(
                    expectedCursor: cursor,
                    cursor: cursor,
                    predictions: [prediction],
                    transitions: [
                        AlarmTransition(alarm: alarm, change: .raised, at: alarm.raisedAt, source: .rule("hot"))
                    ],
                    at: alarm.raisedAt
                ),
                in: scope
            )
            let alert = try #require(alerts.first)
            let listed = try await server.ask("GET", "/api/v1/alarms", as: .northOperator).items.first
            let told = try document(.alert(alert))["alert"]
            #expect(told?["transition"]?["alarm"] == listed)
            #expect(told?["transition"]?["change"]?.string == "raised")
            #expect(told?["key"] == nil)
            let digested = Notice.Digested(key: "k:2", step: 1, alert: alert)
            let digest = try document(.digest([digested], count: 1))
            #expect(digest["alert"] == nil)
            let one = digest["alerts"]?.list.first
            #expect(one?["transition"]?["alarm"] == listed)
            #expect(one?["key"]?.string == "k:2")
            #expect(one?["kind"]?.string == "escalation")
            #expect(one?["step"]?.int == 1)
        }
    }
}
