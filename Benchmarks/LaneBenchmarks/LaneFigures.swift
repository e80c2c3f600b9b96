import Benchmark
import Database
import Foundation
import Measuring
import Models
import Plant
import Serving
import Storage
import Workload

/// What one load came to.
struct LaneFigures: Sendable {
    /// Values per second that a store without lanes acknowledged.
    var storeAlone = 0.0
    /// The same posts, with the lanes at work on them.
    var acknowledged = 0.0
    /// Until the last of them had gone through its lane.
    var carried = 0.0
    /// Readings per second that were acknowledged at the pace.
    var pace = 0.0
    /// Transactions per flush, at the pace.
    var group = 0.0
    /// Nanoseconds of all threads per reading at the pace, those of its sender included.
    var processor = 0.0
    /// Each a durable transaction of an idle store.
    var idleCommits: [Duration] = []
    var waits = PostBook.Waits()

    /// Plays the load, with a model deployed for every organization, or with rules alone.
    static func measured(_ plan: LoadPlan, model: ModelArtifact?) async throws -> LaneFigures {
        var figures = LaneFigures()
        try await River.inTemporaryFolder { try await figures.measureStore(plan, in: $0) }
        try await River.inTemporaryFolder { try await figures.measureLanes(plan, model: model, in: $0) }
        return figures
    }

    private mutating func measureStore(_ plan: LoadPlan, in folder: String) async throws {
        let river = try await River(plan, in: folder, model: nil)
        let clock = ContinuousClock()
        let time = SystemTime()
        for number in 0..<200 {
            let scope = river.tenants[number % river.tenants.count].scope
            let start = clock.now
            try await river.stores.organizations.setPredictionEnabled(number < 100, in: scope)
            idleCommits.append(clock.now - start)
        }
        let elapsed = try await river.fill(plan) { readings, tenant in
            _ = try await river.stores.readings.append(
                readings,
                schemaVersion: tenant.schemaVersion,
                at: time.now,
                in: tenant.scope
            )
        }
        storeAlone = Self.valuesPerSecond(plan, elapsed)
    }

    private mutating func measureLanes(_ plan: LoadPlan, model: ModelArtifact?, in folder: String) async throws {
        let river = try await River(plan, in: folder, model: model)
        try await withThrowingTaskGroup(of: Void.self) { server in
            server.addTask { try await river.lanes.run() }
            if model != nil { try await river.waitUntilPredicting() }
            let start = ContinuousClock.now
            let elapsed = try await river.fill(plan) { readings, tenant in
                _ = try await river.lanes.ingest(readings, schemaVersion: tenant.schemaVersion, in: tenant.scope)
            }
            acknowledged = Self.valuesPerSecond(plan, elapsed)
            try await river.waitUntilDrained()
            carried = Self.valuesPerSecond(plan, ContinuousClock.now - start)
            let before = river.database.statistics
            let processorBefore = ProcessorTime.process
            let turn = LoadTurn(plan)
            let played = try await river.play(turn)
            let after = river.database.statistics
            let readings = Double(turn.readingCount * plan.machines)
            processor = Double(ProcessorTime.process - processorBefore) / readings
            pace = readings / played.nanoseconds * 1e9
            group =
                Double(after.transactionCount - before.transactionCount) / Double(after.flushCount - before.flushCount)
            server.cancelAll()
        }
        for tenant in river.tenants { waits.add(tenant.book.waits) }
    }

    private static func valuesPerSecond(_ plan: LoadPlan, _ elapsed: Duration) -> Double {
        let values = plan.organizations * plan.machines * plan.rowsBefore * SyntheticPlant.tagCount
        return Double(values) / elapsed.nanoseconds * 1e9
    }
}

extension LaneFigures {
    private static let storeAloneMetric = BenchmarkMetric.yield("filling: store alone, acknowledged (values/s)")
    private static let acknowledgedMetric = BenchmarkMetric.yield("filling: lanes at work, acknowledged (values/s)")
    private static let acknowledgedShare = BenchmarkMetric.yield("filling: acknowledged, against the store alone (%)")
    private static let carriedMetric = BenchmarkMetric.yield("filling: through the lanes (values/s)")
    private static let paceMetric = BenchmarkMetric.yield("pace: acknowledged (readings/s)")
    private static let groupMetric = BenchmarkMetric.yield("pace: transactions per 100 flushes")
    private static let processorTime = BenchmarkMetric.cost("pace: processor time per reading (us)")
    private static let acknowledgementWait = BenchmarkMetric.cost("pace: reading to acknowledgement (us)")
    private static let ruleWait = BenchmarkMetric.cost("pace: reading to rule's alert (us)")
    private static let predictiveWait = BenchmarkMetric.cost("pace: reading to predictive alert (us)")
    private static let idleCommit = BenchmarkMetric.cost("idle store: one durable transaction (us)")
    private static let ruleShare = BenchmarkMetric.cost("pace: rule's alert against an idle transaction, medians (%)")

    static let metrics = [
        storeAloneMetric, acknowledgedMetric, acknowledgedShare, carriedMetric, paceMetric, groupMetric,
        processorTime, acknowledgementWait, ruleWait, predictiveWait, idleCommit, ruleShare,
    ]

    func record(in benchmark: Benchmark) {
        benchmark.measurement(Self.storeAloneMetric, storeAlone)
        benchmark.measurement(Self.acknowledgedMetric, acknowledged)
        benchmark.measurement(Self.acknowledgedShare, acknowledged / storeAlone * 100)
        benchmark.measurement(Self.carriedMetric, carried)
        benchmark.measurement(Self.paceMetric, pace)
        benchmark.measurement(Self.groupMetric, group * 100)
        benchmark.measurement(Self.processorTime, processor / 1_000)
        let distributions = [
            (Self.acknowledgementWait, waits.acknowledgements), (Self.ruleWait, waits.ruleAlerts),
            (Self.predictiveWait, waits.predictiveAlerts), (Self.idleCommit, idleCommits),
        ]
        for (metric, durations) in distributions {
            for duration in durations { benchmark.measurement(metric, duration.nanoseconds / 1_000) }
        }
        let share = Self.median(waits.ruleAlerts).nanoseconds / Self.median(idleCommits).nanoseconds
        benchmark.measurement(Self.ruleShare, share * 100)
    }

    private static func median(_ durations: [Duration]) -> Duration {
        precondition(!durations.isEmpty)
        return durations.sorted()[durations.count / 2]
    }
}
