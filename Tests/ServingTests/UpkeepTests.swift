import Database
import Plant
import Serving
import Storage
import TestSupport
import Testing

/// What is done for the models unasked.
@Suite struct UpkeepTests {
    @Test func `models of organizations that predict are loaded at the time that was set, and no others`() async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let silent = try await harness.organization("quarry")
        try await harness.stores.organizations.setPredictionEnabled(false, in: silent)
        var upkeep = Upkeep()
        upkeep.warmUp = try CronExpression("30 5 * * *")
        let live = SmallPlant.readings(days: 40..<42)
        try await harness.running(upkeep: upkeep) { lanes in
            for scope in [scope, silent] {
                try await lanes.push(Array(live[..<60]), in: scope)
                try await lanes.settle(in: scope, serving: false)
                let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
                harness.registry.release(version, in: scope)
            }
            let cache = harness.registry.cache
            #expect(cache.occupancy.modelCount == 0)
            // The harness begins at midnight: a quarter past five is too early, a quarter to six is not.
            harness.time.advance(by: .seconds(5 * 3_600 + 900))
            for _ in 0..<200 { await Task.yield() }
            #expect(cache.occupancy.modelCount == 0)
            while cache.occupancy.modelCount == 0 {
                harness.time.advance(by: .seconds(31))
                for _ in 0..<20 { await Task.yield() }
            }
            #expect(cache.figures(in: scope).resident.count == 1)
            #expect(cache.figures(in: silent).resident.isEmpty)
        }
    }

    @Test func `models that are loaded ahead of their rows stay within the budget`() async throws {
        let folder = try TemporaryDirectory()
        let harness = try await Harness(
            folder: folder,
            database: SQLiteDatabase(.file(folder.path("eagle.sqlite"))),
            budget: CacheBudget(modelCountMax: 2)
        )
        let scopes = [
            try await harness.organization(), try await harness.organization("quarry"),
            try await harness.organization("mill"),
        ]
        try await harness.running { lanes in
            for scope in scopes {
                try await lanes.push([SmallPlant.reading(after: .t0 + .seconds(40 * 86_400))], in: scope)
                try await lanes.settle(in: scope)
            }
            let cache = harness.registry.cache
            let before = cache.totals.loadCount
            await lanes.warmUp()
            #expect(cache.totals.loadCount > before)
            #expect(cache.occupancy.modelCount == 2)
        }
    }
}
