import Database
import Plant
import Storage
import Synchronization
import TestSupport
import Testing
import Trust

@testable import Serving

@Suite(.timeLimit(.minutes(60))) struct QuotaDeskTests {
    private func desk(_ harness: Harness, _ values: [Quota: Int] = [:]) throws -> QuotaDesk {
        QuotaDesk(stores: harness.stores, server: try QuotaSettings(values), time: harness.time)
    }

    @Test func `a source that is read is slowed and loses nothing, and another's is not`() async throws {
        let harness = try await Harness()
        let slow = try await harness.organization(withModel: false)
        let quick = try await harness.organization("quarry", withModel: false)
        let own = try QuotaSettings([.readingsPerSecond: 10, .readingsBurst: 10])
        try await harness.stores.quotas.put(own, by: "root", at: harness.time.now, in: slow)
        let source = SteeredSource(Array(SmallPlant.readings(days: 40..<44).prefix(50)), keepingBack: 0)
        source.releaseAll()
        var generator = SeededGenerator(seed: 1)
        for scope in [slow, quick] {
            let settings = SourceConfiguration(
                id: .random(using: &generator),
                name: "main",
                configuration: #"{"kind":"sqlite","path":"/nowhere","table":"rows"}"#
            )
            try await harness.stores.sources.put(settings, at: harness.time.now, in: scope)
        }
        let quotas = try desk(harness)
        let start = harness.time.now
        try await harness.running(quotas: quotas, source: { _, _, _ in source }) { _ in
            // The other's rows are there before any time has passed, and the slow one's are not.
            while try await harness.stores.readings.lastSequence(in: quick) < 50 { await Task.yield() }
            #expect(harness.time.now == start)
            #expect(try await harness.stores.readings.lastSequence(in: slow) == 0)
            try await harness.timePassing {
                while try await harness.stores.readings.lastSequence(in: slow) < 50 { await Task.yield() }
            }
        }
        #expect(harness.time.now - start >= .seconds(4))
        let kept = try await harness.stores.readings.readings(after: 0, countMax: 99, in: slow)
        #expect(kept.map(\.reading) == source.readings)
    }

    @Test func `a source whose rows find no room says so, and goes on where it was once there is`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let source = SteeredSource(Array(SmallPlant.readings(days: 40..<44).prefix(20)), keepingBack: 0)
        source.releaseAll()
        var generator = SeededGenerator(seed: 2)
        let settings = SourceConfiguration(
            id: .random(using: &generator),
            name: "main",
            configuration: #"{"kind":"sqlite","path":"/nowhere","table":"rows"}"#
        )
        try await harness.stores.sources.put(settings, at: harness.time.now, in: scope)
        try await harness.stores.quotas.put(
            QuotaSettings([.rowsKept: 10]),
            by: "root",
            at: harness.time.now,
            in: scope
        )
        let quotas = try desk(harness)
        try await harness.running(quotas: quotas, source: { _, _, _ in source }) { lanes in
            while true {
                if let problem = try await lanes.status(in: scope).sourceProblem {
                    #expect(problem.contains("0 of 10 rows kept"))
                    break
                }
                await Task.yield()
            }
            #expect(try await harness.stores.readings.lastSequence(in: scope) == 0)
            try await harness.stores.quotas.put(QuotaSettings(), by: "root", at: harness.time.now, in: scope)
            quotas.changed(in: scope)
            try await harness.timePassing {
                while try await harness.stores.readings.lastSequence(in: scope) < 20 { await Task.yield() }
            }
        }
    }

    @Test func `limits are read again after a moment, and at once when somebody says so`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let quotas = try desk(harness, [.models: 5])
        #expect(try await quotas.limits(in: scope)[.models] == 5)
        // Another process changes it.
        try await harness.stores.quotas.put(QuotaSettings([.models: 6]), by: "a", at: harness.time.now, in: scope)
        #expect(try await quotas.limits(in: scope)[.models] == 5)
        harness.time.advance(by: .seconds(1))
        #expect(try await quotas.limits(in: scope)[.models] == 6)
        try await harness.stores.quotas.put(QuotaSettings([.models: 7]), by: "a", at: harness.time.now, in: scope)
        quotas.changed(in: scope)
        #expect(try await quotas.limits(in: scope)[.models] == 7)
        // A clock that is put back keeps nothing for longer.
        try await harness.stores.quotas.put(QuotaSettings([.models: 8]), by: "a", at: harness.time.now, in: scope)
        harness.time.advance(by: .seconds(-3_600))
        #expect(try await quotas.limits(in: scope)[.models] == 8)
    }

    @Test func `a store that fails leaves the limits that were known`() async throws {
        let folder = try TemporaryDirectory()
        let database = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let harness = try await Harness(folder: folder, database: database)
        let scope = try await harness.organization(withModel: false)
        let other = try await harness.organization("quarry", withModel: false)
        let quotas = try desk(harness, [.models: 5])
        _ = try await quotas.limits(in: scope)
        harness.time.advance(by: .seconds(60))
        database.fail(at: Set((1...100).map { .read($0) }))
        #expect(try await quotas.limits(in: scope)[.models] == 5)
        await #expect(throws: DatabaseError.self) { try await quotas.limits(in: other) }
    }

    @Test func `however often the clock is looked at, a rate gives no more than the time that passed`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let time = TickingTime()
        let server = try QuotaSettings([.requestsPerSecond: 100, .requestsBurst: 10])
        let quotas = QuotaDesk(stores: harness.stores, server: server, time: time)
        let allowance = try await quotas.allowance(in: scope)
        let start = time.now
        var takenCount = 0
        for _ in 0..<1_000 {
            do throws(QuotaExceeded) {
                try allowance.takeRequest()
                takenCount += 1
            } catch {}
        }
        let passed = (time.now - start).microseconds
        #expect(passed >= 1_000_000)
        #expect(takenCount >= 10)
        #expect(Int64(takenCount) <= 10 + passed / 10_000)
    }

    @Test func `a stream's place is given back once, by whoever lets go of it first`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let other = try await harness.organization("quarry", withModel: false)
        let quotas = try desk(harness, [.streams: 2])
        let allowance = try await quotas.allowance(in: scope)
        func use() async throws -> Int? { try await quotas.use(in: scope)[.streams] }
        let first = try allowance.openStream()
        do {
            let second = try allowance.openStream()
            #expect(throws: QuotaExceeded(.streams, use: 2, limit: 2)) { try allowance.openStream() }
            _ = try await quotas.allowance(in: other).openStream()
            withExtendedLifetime(second) {}
        }
        #expect(try await use() == 1)
        first.release()
        first.release()
        #expect(try await use() == 0)
        #expect(try await quotas.use(in: other)[.streams] == 0)
        // Opened and left by many at once.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    let place = try? allowance.openStream()
                    await Task.yield()
                    place?.release()
                }
            }
            try await group.waitForAll()
        }
        #expect(try await use() == 0)
        #expect(quotas.refusedCounts[.streams] ?? 0 >= 1)
    }
}

/// A clock on which a millisecond passes whenever somebody looks at it.
private final class TickingTime: TimeSource {
    private let ticks = Atomic(0)

    var now: Instant { .t0 + .milliseconds(ticks.add(1, ordering: .relaxed).newValue) }

    func sleep(for duration: Duration) async throws { try Task.checkCancellation() }
}
