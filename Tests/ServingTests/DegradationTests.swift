import Alarms
import Connectors
import Database
import Foundation
import Models
import ONNXRuntime
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

/// The table of what happens when things fail, row by row, each with its fault put in.
@Suite struct DegradationTests {
    private let live = SmallPlant.readings(days: 40..<48)

    private func systemAlarms(
        _ harness: Harness,
        _ scope: OrganizationScope,
        _ kind: SystemAlarm.Kind = .modelUnwell
    ) async throws -> [SystemAlarm] {
        try await harness.stores.systemAlarms.newest(limit: 99, in: scope).filter { $0.kind == kind }
    }

    // MARK: - The model

    @Test(arguments: ["missing", "corrupt"])
    func `a model that is gone when it is needed again is taken out, told once, and serves when it is back`(
        fault: String
    ) async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let other = try await harness.organization("quarry", withModel: false)
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let path = harness.folder.path("models/\(scope.id)/\(version.hash).eaglemodel")
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            // It was evicted, and its file is not what it was.
            if fault == "missing" {
                try FileManager.default.removeItem(atPath: path)
                harness.registry.release(version, in: scope)
            } else {
                try harness.corrupt(version, in: scope)
            }
            for start in [100, 120, 140] {
                try await lanes.push(Array(live[start..<start + 20]), in: scope)
                try await lanes.settle(in: scope, on: .failing)
            }
            let told = try await systemAlarms(harness, scope)
            #expect(told.count == 1)
            #expect(told.first?.subject == version.hash)
            #expect(told.first?.clearedAt == nil)
            let breaker = try await lanes.status(in: scope).breakers[.model]
            #expect(breaker.state == .open)
            #expect(breaker.probesAt == harness.time.now + .seconds(60))
            // Rules went on alone, and the other organization never noticed.
            #expect(try await harness.stores.alerts.lastSequence(in: scope) > 0)
            try await lanes.push(Array(live[..<20]), in: other)
            try await lanes.settle(in: other, serving: false)
            #expect(try await systemAlarms(harness, other).isEmpty)

            try whole.write(to: URL(fileURLWithPath: path))
            try await harness.ticking(lanes, in: scope, by: .seconds(10)) {
                try await lanes.status(in: scope).predictions == .on
            }
            #expect(try await lanes.status(in: scope).breakers[.model].state == .closed)
            try await lanes.push(Array(live[160..<180]), in: scope)
            try await lanes.settle(in: scope)
            #expect(try await systemAlarms(harness, scope).allSatisfy { $0.clearedAt != nil })
        }
        // Its features missed nothing: from then on it says what one says that was always there.
        let always = try await Harness()
        let alwaysScope = try await always.organization()
        try await always.running { lanes in
            try await lanes.push(Array(live[..<180]), in: alwaysScope)
            try await lanes.settle(in: alwaysScope)
        }
        func tail(_ harness: Harness, _ scope: OrganizationScope) async throws -> [StoredPrediction] {
            try await harness.stores.predictions.page(asset: "p1", from: live[160].instant, limit: 99, in: scope)
                .elements
        }
        let (found, expected) = (try await tail(harness, scope), try await tail(always, alwaysScope))
        #expect(found.map(\.prediction) == expected.map(\.prediction))
        #expect(!found.isEmpty)
    }

    @Test func `a model that is found unwell while it serves is taken out, and its admins hear of it once`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let live = live
        try await harness.running { lanes in
            let news = lanes.systemNews.subscribe(in: scope)
            try await lanes.push(Array(live[..<60]), in: scope)
            try await lanes.settle(in: scope)
            let well = try await lanes.validateHealth(of: version, in: scope)
            #expect(well.isHealthy)
            #expect(well.checks.map(\.name) == [.file, .proof, .memory, .inputs])
            try await lanes.settle(in: scope)

            try harness.corrupt(version, in: scope)
            // Once an hour, unasked.
            try await harness.ticking(lanes, in: scope, by: .seconds(31)) {
                try await lanes.status(in: scope).predictions == .failing
            }
            #expect(try await news.first { $0.kind == .modelUnwell }?.subject == version.hash)
            let unwell = try await lanes.validateHealth(of: version, in: scope)
            #expect(!unwell.isHealthy)
            #expect(unwell.checks.first?.name == .file)
            #expect(unwell.checks.first?.isWell == false)
            #expect(try await systemAlarms(harness, scope).count == 1)
        }
    }

    @Test func `rows that had no answer in time are answered late, the newest of each asset alone`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let live = live
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(live[..<200]), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: .max)
            try await lanes.push(Array(live[200..<220]), in: scope)
            try await lanes.settle(in: scope, serving: false)
            #expect(try await lanes.status(in: scope).waitingRows == 2)
            try await lanes.push(Array(live[220..<240]), in: scope)
            try await lanes.settle(in: scope, serving: false)
            #expect(try await lanes.status(in: scope).waitingRows == 2)
        }
        // They are kept: a server that starts anew goes on asking.
        try await harness.running { lanes in
            try await lanes.settle(in: scope, on: .on)
            #expect(try await lanes.status(in: scope).waitingRows == 2)
            try await harness.ticking(lanes, in: scope) { try await lanes.status(in: scope).waitingRows == 0 }
        }
        let always = try await Harness()
        let alwaysScope = try await always.organization()
        try await always.running { lanes in
            try await lanes.push(Array(live[..<240]), in: alwaysScope)
            try await lanes.settle(in: alwaysScope)
        }
        for pump in SmallPlant.pumps {
            let said = try await harness.stores.predictions.page(asset: pump, limit: 999, in: scope).elements
            let newest = try #require(said.first?.prediction)
            #expect(newest.isLate)
            #expect(newest.instant == live[..<240].filter { $0.asset == pump }.map(\.instant).max())
            #expect(said.dropFirst().allSatisfy { !$0.prediction.isLate && $0.prediction.instant < live[200].instant })
            var inTime = try #require(
                try await always.stores.predictions.page(asset: pump, limit: 1, in: alwaysScope).elements.first
            ).prediction
            inTime.isLate = true
            #expect(newest == inTime)
        }
    }

    @Test func `a newer row that is answered in time lets the one before rest`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let live = live
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(live[..<200]), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: 1)
            try await lanes.push(Array(live[200..<220]), in: scope)
            try await lanes.settle(in: scope)
            #expect(try await lanes.status(in: scope).waitingRows == 2)
            try await lanes.push(Array(live[220..<240]), in: scope)
            try await lanes.settle(in: scope)
            #expect(try await lanes.status(in: scope).waitingRows == 0)
        }
        let said = try await harness.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
        #expect(said.allSatisfy { !$0.prediction.isLate })
    }

    @Test func `rows that are too old to tell of the present are not answered late`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let live = live
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(live[..<200]), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: 1)
            try await lanes.push(Array(live[200..<220]), in: scope)
            try await lanes.settle(in: scope)
            #expect(try await lanes.status(in: scope).waitingRows == 2)
            harness.time.advance(by: .seconds(301))  // `sourceStaleSeconds` is 300.
            try await harness.ticking(lanes, in: scope) { try await lanes.status(in: scope).waitingRows == 0 }
        }
        let said = try await harness.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
        #expect(said.allSatisfy { !$0.prediction.isLate && $0.prediction.instant < live[200].instant })
    }

    @Test func `a breaker that opens is probed once after its rest, and closes by one success`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let live = live
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: .max)
            for start in stride(from: 100, to: 200, by: 20) {
                try await lanes.push(Array(live[start..<start + 20]), in: scope)
                try await lanes.settle(in: scope, serving: false)
            }
            let calls = runtime.rowCounts.count
            let open = try await lanes.status(in: scope).breakers[.model]
            #expect(open.state == .open)
            #expect(open.failureCount == 3)  // And no call since.
            #expect(open.lastFailure == harness.time.now)
            let probesAt = try #require(open.probesAt)
            #expect(probesAt > harness.time.now && probesAt <= harness.time.now + .seconds(30))
            harness.time.advance(by: .seconds(31))
            // The late row is the probe.
            try await harness.ticking(lanes, in: scope) { runtime.rowCounts.count == calls + 1 }
            #expect(try await lanes.status(in: scope).predictions == .failing)
            runtime.fail(times: 0)
            try await harness.ticking(lanes, in: scope, by: .seconds(10)) {
                try await lanes.status(in: scope).breakers[.model].state == .closed
            }
            #expect(try await lanes.status(in: scope).breakers[.model].failureCount == 0)
        }
    }

    @Test func `with no room for all models each is loaded when its rows come, and nobody's numbers change`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let database = try SQLiteDatabase(.file(folder.path("eagle.sqlite")))
        let tight = try await Harness(folder: folder, database: database, budget: CacheBudget(modelCountMax: 1))
        let scope = try await tight.organization()
        let other = try await tight.registry.register(SmallPlant.otherArtifact.get().bytes(), in: scope).version
        let live = live
        try await tight.running { lanes in
            try await lanes.settle(in: scope, on: .on)
            for start in stride(from: 0, to: 200, by: 20) {
                _ = try await tight.registry.load(other, in: scope)
                #expect(tight.registry.cache.occupancy.modelCount == 1)
                try await lanes.push(Array(live[start..<start + 20]), in: scope)
                try await lanes.settle(in: scope)
            }
        }
        let ample = try await Harness()
        let ampleScope = try await ample.organization()
        try await ample.running { lanes in
            try await lanes.push(Array(live[..<200]), in: ampleScope)
            try await lanes.settle(in: ampleScope)
        }
        let expected = try await ample.stores.predictions.page(asset: "p1", limit: 999, in: ampleScope).elements
        let said = try await tight.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
        #expect(said.map(\.prediction) == expected.map(\.prediction))
        #expect(tight.registry.cache.figures(in: scope).evictionCount >= 19)
    }

    // MARK: - The source and the store

    @Test func `a source that is lost is told once, and again when it is back`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<20]), in: scope)
            try await lanes.settle(in: scope, serving: false)
            try await harness.ticking(lanes, in: scope, by: .seconds(30)) {
                try await !systemAlarms(harness, scope, .sourceLost).isEmpty
            }
            for _ in 0..<20 { await harness.tick(lanes, in: scope, by: .seconds(30)) }
            let lost = try await systemAlarms(harness, scope, .sourceLost)
            #expect(lost.count == 1)
            #expect(lost[0].message.hasPrefix("No reading has come for 5 minutes"))
            try await lanes.push(Array(live[20..<40]), in: scope)
            try await harness.ticking(lanes, in: scope) {
                try await systemAlarms(harness, scope, .sourceLost)[0].clearedAt != nil
            }
            #expect(try await systemAlarms(harness, scope, .sourceLost).count == 1)
        }
    }

    @Test(arguments: [DatabaseError.Code.full, .busy, .unavailable])
    func `while the store takes nothing, nothing is acknowledged, and it goes on by itself`(
        fault: DatabaseError.Code
    ) async throws {
        let folder = try TemporaryDirectory()
        let faulty = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let harness = try await Harness(folder: folder, database: faulty)
        let scope = try await harness.organization()
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            faulty.fail(at: Set((1...1_000).map { .write($0) }), with: fault)
            await #expect(throws: (any Error).self) { try await lanes.push(Array(live[100..<120]), in: scope) }
            faulty.fail(at: [])
            let kept = try await harness.stores.readings.readings(after: 100, countMax: 999, in: scope)
            #expect(kept.isEmpty)
            // Kept, and then the lane can't write what it concluded.
            try await lanes.push(Array(live[100..<120]), in: scope)
            try await lanes.settle(in: scope)
            faulty.fail(at: [.commit(1), .commit(2), .commit(3)], writing: "lane", with: fault)
            try await lanes.push(Array(live[120..<140]), in: scope)
            try await harness.timePassing { try await lanes.settle(in: scope) }
            while try await lanes.status(in: scope).breakers[.store].state != .closed { await Task.yield() }
        }
        let said = try await harness.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
        let always = try await Harness()
        let alwaysScope = try await always.organization()
        try await always.running { lanes in
            try await lanes.push(Array(live[..<140]), in: alwaysScope)
            try await lanes.settle(in: alwaysScope)
        }
        let expected = try await always.stores.predictions.page(asset: "p1", limit: 999, in: alwaysScope).elements
        #expect(said.map(\.prediction) == expected.map(\.prediction))
    }
}
