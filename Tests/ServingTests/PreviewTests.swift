import Alarms
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

/// Questions that people ask of the live model, beside the river.
@Suite struct PreviewTests {
    private let live = SmallPlant.readings(days: 40..<44)

    private func tags() throws -> [Plant.Tag] { try SmallPlant.document().schema.tags }

    @Test func `what readings would bring is what they bring when they come, and nothing of it stays`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let (past, next) = (Array(live[..<150]), Array(live[150..<190]))
        let tags = try tags()
        try await harness.running { lanes in
            try await lanes.push(past, in: scope)
            try await lanes.settle(in: scope)
            let alerts = try await harness.stores.alerts.lastSequence(in: scope)
            let foretold = try await lanes.preview(next, tags: tags, in: scope)
            #expect(try await lanes.preview(next, tags: tags, in: scope).predictions == foretold.predictions)
            #expect(try await harness.stores.alerts.lastSequence(in: scope) == alerts)
            #expect(try await harness.stores.readings.lastSequence(in: scope) == Int64(past.count))
            try await lanes.push(next, in: scope)
            try await lanes.settle(in: scope)
            var kept: [Prediction] = []
            for pump in SmallPlant.pumps {
                kept += try await harness.stores.predictions.page(
                    asset: pump,
                    from: next[0].instant,
                    limit: 999,
                    in: scope
                ).elements.reversed().map(\.prediction)
            }
            #expect(foretold.predictions == kept)
            #expect(foretold.predictions.count + foretold.withoutRow == next.count)
            #expect(kept.count > 30)
        }
    }

    @Test func `without a model that serves there is an answer, and it says so`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let (row, tags) = (live[0], try tags())
        try await harness.running { lanes in
            try await lanes.push([row], in: scope)
            try await lanes.settle(in: scope, serving: false)
            await #expect(throws: ModelError.self) { try await lanes.preview([row], tags: tags, in: scope) }
        }
    }

    @Test func `another organization's version is neither found nor looked for`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let other = try await harness.organization("quarry", withModel: false)
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<40]), in: scope)
            try await lanes.settle(in: scope)
            let (figures, residents) = (
                harness.registry.cache.figures(in: scope), harness.registry.cache.occupancy.modelCount
            )
            // Not in the other's folder, whatever is in memory.
            await #expect(throws: ModelError.self) { try await harness.registry.load(version, in: other) }
            let health = try await lanes.validateHealth(of: version, in: other)
            #expect(!health.isHealthy)
            await #expect(throws: ModelError.self) {
                try await lanes.predictions.outputs(for: [[]], of: version, priority: .live, in: other)
            }
            #expect(harness.registry.cache.figures(in: scope) == figures)
            #expect(harness.registry.cache.occupancy.modelCount == residents)
            #expect(harness.registry.cache.figures(in: other).resident.isEmpty)
            #expect(lanes.predictions.metrics.figures(in: other).rowCount == 0)
            #expect(try await lanes.status(in: scope).predictions == .on)
        }
    }

    @Test func `the switch takes effect at once, and takes the model's questions with it`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<40]), in: scope)
            try await lanes.settle(in: scope)
            try await harness.stores.organizations.setPredictionEnabled(false, in: scope)
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .off)
            let asked = lanes.predictions.batcher.counts.calls
            try await lanes.push(Array(live[40..<80]), in: scope)
            try await lanes.settle(in: scope, serving: false)
            #expect(lanes.predictions.batcher.counts.calls == asked)
        }
    }

    @Test func `a switch that is thrown while rows are asked about loses neither their answer nor their features`()
        async throws
    {
        @Sendable func said(
            _ harness: Harness,
            _ scope: OrganizationScope,
            from start: Instant
        ) async throws -> [Prediction] {
            var all: [Prediction] = []
            for pump in SmallPlant.pumps {
                all += try await harness.stores.predictions.page(asset: pump, from: start, limit: 999, in: scope)
                    .elements.map(\.prediction)
            }
            return all
        }
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let live = live
        try await harness.running(batcher: runtime.batcher()) { lanes in
            func turn(_ isOn: Bool) async throws {
                try await harness.stores.organizations.setPredictionEnabled(isOn, in: scope)
                lanes.configurationChanged(in: scope)
            }
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            runtime.hold()
            try await lanes.push(Array(live[100..<120]), in: scope)
            while runtime.heldCount == 0 { await Task.yield() }
            try await turn(false)
            try await lanes.push(Array(live[120..<140]), in: scope)
            runtime.release()
            try await lanes.settle(in: scope, on: .off)
            let callCount = runtime.rowCounts.count
            try await lanes.push(Array(live[140..<160]), in: scope)
            try await lanes.settle(in: scope, serving: false)
            #expect(runtime.rowCounts.count == callCount)
            try await turn(true)
            try await lanes.settle(in: scope, on: .on)
            try await lanes.push(Array(live[160..<200]), in: scope)
            try await lanes.settle(in: scope)
        }
        let always = try await Harness()
        let alwaysScope = try await always.organization()
        try await always.running { lanes in
            try await lanes.push(Array(live[..<200]), in: alwaysScope)
            try await lanes.settle(in: alwaysScope)
        }
        let off = live[120].instant..<live[160].instant
        let expected = try await said(always, alwaysScope, from: live[0].instant).filter { !off.contains($0.instant) }
        #expect(try await said(harness, scope, from: live[0].instant) == expected)
    }
}
