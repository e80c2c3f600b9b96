import Benchmark
import Measuring
import Models
import Serving

/// What one organization's flood costs the others: their waits with it against those without it, turn by turn.
struct FloodFigures: Sendable {
    static let factor = 10
    private static let turnCount = 7

    /// Of all organizations but the one that floods.
    struct Side: Sendable {
        var acknowledgements: [Double] = []
        var ruleAlerts: [Double] = []
        var predictiveAlerts: [Double] = []

        /// The p99 of one turn, in microseconds.
        mutating func add(_ waits: PostBook.Waits) {
            acknowledgements.append(Self.p99(waits.acknowledgements))
            ruleAlerts.append(Self.p99(waits.ruleAlerts))
            predictiveAlerts.append(Self.p99(waits.predictiveAlerts))
        }

        private static func p99(_ waits: [Duration]) -> Double {
            waits.isEmpty ? 0 : waits.sorted()[waits.count * 99 / 100].nanoseconds / 1_000
        }
    }

    var quiet = Side()
    var flooded = Side()

    /// Plays quiet and flooded turns by turns, each with a model deployed for every organization.
    static func measured(_ plan: LoadPlan, model: ModelArtifact) async throws -> FloodFigures {
        var figures = FloodFigures()
        try await River.inTemporaryFolder { folder in
            let river = try await River(plan, in: folder, model: model)
            try await withThrowingTaskGroup(of: Void.self) { server in
                server.addTask { try await river.lanes.run() }
                try await river.waitUntilPredicting()
                _ = try await river.fill(plan) { readings, tenant in
                    _ = try await river.lanes.ingest(readings, schemaVersion: tenant.schemaVersion, in: tenant.scope)
                }
                try await river.waitUntilDrained()
                var rows = Array(repeating: plan.rowsBefore, count: plan.organizations)
                for _ in 0..<turnCount {
                    figures.quiet.add(try await river.waits(LoadTurn(plan, flood: 1, from: &rows)))
                    figures.flooded.add(try await river.waits(LoadTurn(plan, flood: factor, from: &rows)))
                }
                server.cancelAll()
            }
        }
        return figures
    }
}

extension River {
    /// Plays a turn; gives the waits of all but the first organization.
    fileprivate func waits(_ turn: LoadTurn) async throws -> PostBook.Waits {
        for tenant in tenants { tenant.book.clear() }
        _ = try await play(turn)
        var waits = PostBook.Waits()
        for tenant in tenants.dropFirst() { waits.add(tenant.book.waits) }
        return waits
    }
}

extension FloodFigures {
    private static let names = ["acknowledgement", "rule's alert", "predictive alert"]
    private static let quietMetrics = names.map { BenchmarkMetric.cost("others, reading to \($0), p99, no flood (us)") }
    private static let floodedMetrics = names.map { BenchmarkMetric.cost("others, reading to \($0), p99, flood (us)") }
    private static let shares = names.map { BenchmarkMetric.cost("others, \($0), flood against none (%)") }

    static let metrics = quietMetrics + floodedMetrics + shares

    func record(in benchmark: Benchmark) {
        let parts: [KeyPath<Side, [Double]>] = [\.acknowledgements, \.ruleAlerts, \.predictiveAlerts]
        for (index, part) in parts.enumerated() {
            for (calm, rough) in zip(quiet[keyPath: part], flooded[keyPath: part]) {
                benchmark.measurement(Self.quietMetrics[index], calm)
                benchmark.measurement(Self.floodedMetrics[index], rough)
                if calm > 0 { benchmark.measurement(Self.shares[index], rough / calm * 100) }
            }
        }
    }
}
