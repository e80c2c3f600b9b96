import Alarms
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing

/// Which predictions stand for the present, whichever model made them.
extension ModelSwapTests {
    private func ranks(
        _ harness: Harness,
        _ lanes: Lanes,
        at instant: Instant,
        in scope: OrganizationScope
    ) async throws -> [AttentionRanking.Class] {
        let status = try await lanes.status(in: scope)
        return try await AttentionReading(harness.stores, in: scope, at: instant)
            .ranking(withoutPredictions: status.reason, predictEverySeconds: status.predictEverySeconds)
            .entries.map(\.rank)
    }

    private func newest(_ harness: Harness, _ scope: OrganizationScope) async throws -> Instant {
        try #require(try await harness.stores.predictions.latest(in: scope).map(\.prediction.instant).max())
    }

    /// The model's interval, that of a schema that was edited since, the prediction's age, and what is said of it.
    @Test(arguments: [
        (3_600, 0, 3_300, AttentionRanking.Class.predicted), (3_600, 0, 3_901, .unknown),
        (0, 3_600, 300, .predicted), (0, 3_600, 301, .unknown),
    ])
    func `how old a prediction may be goes by the model that serves, not by a schema for the next one`(
        modelSeconds: Int,
        schemaSeconds: Int,
        age: Int,
        expected: AttentionRanking.Class
    ) async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await harness.deployModel(SmallPlant.artifact(predictingEvery: modelSeconds), in: scope)
        let document = try SmallPlant.document()
        var schema = document.schema
        schema.predictEverySeconds = schemaSeconds
        let text = try SchemaText.text(SchemaDocument(schema: schema, rules: document.rules))
        _ = try await harness.stores.schemas.put(text, by: nil, at: harness.time.now, in: scope)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            let instant = try await newest(harness, scope) + .seconds(age)
            #expect(try await ranks(harness, lanes, at: instant, in: scope) == [expected, expected])
            // The store alone tells the same of the live model.
            let reading = AttentionReading(harness.stores, in: scope, at: instant)
            #expect(try await reading.predictEverySeconds() == modelSeconds)
        }
    }

    @Test func `what the model before says is known now, until there is none to ask`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let second = try await harness.registry.register(SmallPlant.otherArtifact.get().bytes(), in: scope).version
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            try harness.corrupt(second, in: scope)
            _ = try await harness.stores.models.move(
                [AliasMove(.champion, to: second)],
                because: AliasReason(by: "test", reason: "test"),
                at: harness.time.now,
                in: scope
            )
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .failing)
            try await lanes.push(Array(live[100..<120]), in: scope)
            try await lanes.settle(in: scope, on: .failing)
            let instant = try await newest(harness, scope)
            #expect(instant == live[119].instant)
            #expect(try await ranks(harness, lanes, at: instant, in: scope) == [.predicted, .predicted])
            try await harness.stores.organizations.setPredictionEnabled(false, in: scope)
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .off)
            #expect(try await ranks(harness, lanes, at: instant, in: scope) == [.unknown, .unknown])
        }
    }
}
