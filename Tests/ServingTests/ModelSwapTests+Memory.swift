import Alarms
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing

/// Who stays in memory when another takes over.
extension ModelSwapTests {
    @Test func `a former champion leaves memory a minute after its last row, and comes back when it is wanted`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let first = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let second = try await harness.registry.register(SmallPlant.otherArtifact.get().bytes(), in: scope).version
        let cache = harness.registry.cache
        @Sendable func resident() -> Set<ModelVersion> { Set(cache.figures(in: scope).resident.map(\.version)) }
        try await harness.running { lanes in
            try await lanes.push([SmallPlant.reading(after: .t0 + .seconds(40 * 86_400))], in: scope)
            try await lanes.settle(in: scope)
            _ = try await harness.registry.deploy(second, by: "ann", reason: "better", in: scope)
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .on, version: second)
            cache.sweep()
            #expect(resident() == [first, second])
            harness.time.advance(by: .seconds(61))
            cache.sweep()
            #expect(resident() == [second])
            _ = try await harness.registry.rollback(by: "ann", reason: "not better", in: scope)
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .on, version: first)
            harness.time.advance(by: .seconds(61))
            cache.sweep()
            #expect(resident() == [first])
        }
    }

    @Test func `deploying the champion again proves it again`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        _ = try await harness.registry.deploy(version, by: "test", reason: "again", in: scope)
        #expect(try await harness.stores.models.ledger(in: scope).count == 1)
        try harness.corrupt(version, in: scope)
        await #expect(throws: ModelError.self) {
            try await harness.registry.deploy(version, by: "test", reason: "again", in: scope)
        }
    }
}
