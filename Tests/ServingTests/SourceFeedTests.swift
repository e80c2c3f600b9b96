import Alarms
import Database
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

/// A source that is polled, when it, the store or a quota lets it down.
@Suite(.timeLimit(.minutes(60))) struct SourceFeedTests {
    private func put(_ path: String, _ harness: Harness, in scope: OrganizationScope) async throws {
        let known = try await harness.stores.sources.list(in: scope).first
        let settings = SourceConfiguration(
            id: known?.id ?? ID(UUID()),
            name: "main",
            configuration: try SourceSettings(kind: .csv, path: path).text()
        )
        try await harness.stores.sources.put(settings, at: harness.time.now, in: scope)
    }

    @Test func `a source that fails is asked ever more rarely, half open at each try, and closed by one success`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await put("steered", harness, in: scope)
        let source = SteeredSource(Array(SmallPlant.readings(days: 40..<44).prefix(20)), keepingBack: 0)
        source.fail(times: 6)
        try await harness.running(source: { _, _, _ in source }) { lanes in
            @Sendable func breaker() async throws -> BreakerReport {
                try await lanes.status(in: scope).breakers[.source]
            }
            for (count, range) in [(3, 2...4), (4, 4...8), (5, 8...16)] {
                try await harness.ticking(lanes, in: scope) { try await breaker().failureCount == count }
                let open = try await breaker()
                #expect(open.state == .open)
                let rest = try #require(open.probesAt) - #require(open.lastFailure)
                #expect(rest >= .seconds(range.lowerBound) && rest <= .seconds(range.upperBound))
                #expect(try await lanes.status(in: scope).sourceProblem?.contains("Lost") == true)
            }
            source.hold()
            try await harness.ticking(lanes, in: scope) { try await breaker().state == .halfOpen }
            #expect(try await lanes.status(in: scope).sourceProblem?.contains("Lost") == true)
            source.letGo()
            try await harness.ticking(lanes, in: scope) { try await breaker().failureCount == 6 }
            #expect(try await breaker().state == .open)
            try await harness.ticking(lanes, in: scope) { try await breaker().state == .closed }
            #expect(try await breaker().failureCount == 0)
            #expect(try await lanes.status(in: scope).sourceProblem == nil)
        }
    }

    @Test func `a disk that is full opens the store's breaker and not the source's, and no row is lost`() async throws {
        let folder = try TemporaryDirectory()
        let faulty = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let harness = try await Harness(folder: folder, database: faulty)
        let scope = try await harness.organization(withModel: false)
        try await put("steered", harness, in: scope)
        let source = SteeredSource(Array(SmallPlant.readings(days: 40..<44).prefix(40)), keepingBack: 0)
        source.release(20)
        try await harness.running(source: { _, _, _ in source }) { lanes in
            try await harness.ticking(lanes, in: scope) {
                try await harness.stores.readings.lastSequence(in: scope) == 20
            }
            try await lanes.settle(in: scope, serving: false)
            faulty.fail(at: Set((1...10_000).map { .write($0) }), with: .full)
            source.releaseAll()
            try await harness.ticking(lanes, in: scope) {
                try await lanes.status(in: scope).breakers[.store].failureCount >= 5
            }
            let status = try await lanes.status(in: scope)
            #expect(status.breakers[.store].state == .open)
            #expect(status.breakers[.source].state == .closed && status.breakers[.source].failureCount == 0)
            #expect(status.sourceProblem == nil)
            faulty.fail(at: [])
            try await harness.ticking(lanes, in: scope) {
                try await harness.stores.readings.lastSequence(in: scope) == 40
            }
            try await harness.ticking(lanes, in: scope) {
                try await lanes.status(in: scope).breakers[.store].state == .closed
            }
        }
        let kept = try await harness.stores.readings.readings(after: 0, countMax: 99, in: scope)
        #expect(kept.map(\.reading) == source.readings)
    }

    @Test func `a quota that is used up opens no breaker`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await put("steered", harness, in: scope)
        let source = SteeredSource(Array(SmallPlant.readings(days: 40..<44).prefix(20)), keepingBack: 0)
        source.releaseAll()
        let few = try QuotaSettings([.rowsKept: 10])
        try await harness.stores.quotas.put(few, by: "root", at: harness.time.now, in: scope)
        try await harness.running(source: { _, _, _ in source }) { lanes in
            for _ in 0..<5 {
                try await harness.ticking(lanes, in: scope) { try await lanes.status(in: scope).sourceProblem != nil }
                harness.time.advance(by: .seconds(60))
            }
            let status = try await lanes.status(in: scope)
            #expect(status.sourceProblem?.contains("0 of 10 rows kept") == true)
            for dependency in Dependency.allCases {
                #expect(status.breakers[dependency].state == .closed)
                #expect(status.breakers[dependency].failureCount == 0)
            }
        }
    }

    @Test func `whoever mends a source's settings does not wait until its breaker has rested`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await put("lost", harness, in: scope)
        let (lost, found) = (
            SteeredSource([], keepingBack: 0),
            SteeredSource(Array(SmallPlant.readings(days: 40..<44).prefix(20)), keepingBack: 0)
        )
        lost.fail(times: .max)
        found.releaseAll()
        try await harness.running(source: { settings, _, _ in settings.path == "lost" ? lost : found }) { lanes in
            try await harness.ticking(lanes, in: scope, by: .milliseconds(100)) {
                try await lanes.status(in: scope).breakers[.source].failureCount == 7
            }
            let probesAt = try #require(try await lanes.status(in: scope).breakers[.source].probesAt)
            #expect(probesAt - harness.time.now > .seconds(20))
            try await put("found", harness, in: scope)
            lanes.configurationChanged(in: scope)
            try await harness.ticking(lanes, in: scope, by: .milliseconds(10)) {
                try await harness.stores.readings.lastSequence(in: scope) == 20
            }
            #expect(harness.time.now < probesAt)
            while try await lanes.status(in: scope).sourceProblem != nil { await Task.yield() }
            let breaker = try await lanes.status(in: scope).breakers[.source]
            #expect(breaker.state == .closed && breaker.failureCount == 0)
        }
    }

    @Test func `a source that is lost and back is caught up with, nothing is lost, and nothing predicted meanwhile`()
        async throws
    {
        let rows = Array(SmallPlant.readings(days: 40..<48).prefix(240))
        @Sendable func said(_ harness: Harness, _ scope: OrganizationScope) async throws -> [Prediction] {
            var all: [Prediction] = []
            for pump in SmallPlant.pumps {
                all += try await harness.stores.predictions.page(asset: pump, limit: 999, in: scope).elements
                    .map(\.prediction)
            }
            return all
        }
        let harness = try await Harness()
        let scope = try await harness.organization()
        @Sendable func lost() async throws -> [SystemAlarm] {
            try await harness.stores.systemAlarms.newest(limit: 9, in: scope).filter { $0.kind == .sourceLost }
        }
        try await put("steered", harness, in: scope)
        let source = SteeredSource(rows, keepingBack: 0)
        source.release(160)
        try await harness.running(source: { _, _, _ in source }) { lanes in
            try await harness.ticking(lanes, in: scope) {
                try await harness.stores.readings.lastSequence(in: scope) == 160
            }
            try await lanes.settle(in: scope)
            let before = try await said(harness, scope)
            #expect(!before.isEmpty)

            source.fail(times: .max)
            source.releaseAll()
            try await harness.ticking(lanes, in: scope) { try await lanes.status(in: scope).sourceProblem != nil }
            try await harness.ticking(lanes, in: scope, by: .seconds(10)) { try await !lost().isEmpty }
            #expect(try await lost().first?.message.contains("Lost") == true)
            try await harness.ticking(lanes, in: scope, by: .seconds(10)) {
                try await lanes.status(in: scope).breakers[.source].failureCount >= 6
            }
            #expect(try await lanes.status(in: scope).breakers[.source].state != .closed)
            #expect(try await said(harness, scope) == before)
            #expect(try await lost().map(\.clearedAt) == [nil])

            source.fail(times: 0)
            try await harness.ticking(lanes, in: scope) {
                try await harness.stores.readings.lastSequence(in: scope) == 240
            }
            try await lanes.settle(in: scope)
            try await harness.ticking(lanes, in: scope) { try await lost().allSatisfy { $0.clearedAt != nil } }
            #expect(try await lost().count == 1)
            #expect(try await lanes.status(in: scope).breakers[.source].state == .closed)
        }
        let kept = try await harness.stores.readings.readings(after: 0, countMax: 999, in: scope)
        #expect(kept.map(\.reading) == rows && kept.allSatisfy { !$0.isTooLate })
        let always = try await Harness()
        let alwaysScope = try await always.organization()
        try await always.running { lanes in
            try await lanes.push(rows, in: alwaysScope)
            try await lanes.settle(in: alwaysScope)
        }
        #expect(try await said(harness, scope) == said(always, alwaysScope))
    }
}
