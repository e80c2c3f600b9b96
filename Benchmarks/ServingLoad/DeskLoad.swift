import Foundation
import Models
import Serving

/// What the way through cache, queue and deadline adds to ONNX Runtime's own run, for one row and for 64.
enum DeskLoad {
    static func measure(calls count: Int) async throws {
        try await Fleet.inTemporaryFolder { folder in
            let fleet = try await Fleet(models: 1, treeCount: 300, budget: CacheBudget(), folder)
            let member = fleet.members[0]
            let model = try await fleet.registry.load(member.version, in: member.scope)
            for rowCount in [1, 64] {
                let rows = (0..<rowCount).map { fleet.rows[$0 % fleet.rows.count] }
                let flat = rows.flatMap(\.self)
                var (desk, bare): ([Double], [Double]) = ([], [])
                // Turn by turn, so that whatever else the machine does meets both alike.
                for turn in 0..<count / 100 {
                    for _ in 0..<100 {
                        let started = ContinuousClock.now
                        _ = try await fleet.desk.outputs(
                            for: rows,
                            of: member.version,
                            priority: .live,
                            in: member.scope
                        )
                        if turn > 0 { desk.append(milliseconds(since: started)) }
                    }
                    for _ in 0..<100 {
                        let started = ContinuousClock.now
                        _ = try model.outputs(for: flat, rowCount: rowCount)
                        if turn > 0 { bare.append(milliseconds(since: started)) }
                    }
                }
                print("\(rowCount) rows through the desk: \(figures(desk)); the model's own call: \(figures(bare))")
                print("median through the desk over the model's own: \(median(desk) / median(bare))")
            }
            try await throughput(fleet, model, calls: count / 5)
        }
    }

    /// Batches of 64 with four who ask at a time, so that one always waits: what a call takes then, over the model's own.
    private static func throughput(_ fleet: Fleet, _ model: LoadedModel, calls count: Int) async throws {
        let member = fleet.members[0]
        let rows = (0..<64).map { fleet.rows[$0 % fleet.rows.count] }
        let flat = rows.flatMap(\.self)
        var ratios: [Double] = []
        for _ in 0..<5 {
            var started = ContinuousClock.now
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<count / 20 {
                            _ = try await fleet.desk.outputs(
                                for: rows,
                                of: member.version,
                                priority: .live,
                                in: member.scope
                            )
                        }
                    }
                }
            }
            let desk = milliseconds(since: started)
            started = .now
            for _ in 0..<count / 20 * 4 { _ = try model.outputs(for: flat, rowCount: 64) }
            ratios.append(desk / milliseconds(since: started))
        }
        print("64 rows, four who ask at a time: \(median(ratios)) times the model's own time for as many rows")
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) * 1_000 + Double(attoseconds) * 1e-15
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func figures(_ values: [Double]) -> String {
        let sorted = values.sorted()
        return "p50 \(sorted[sorted.count / 2]) ms, p99 \(sorted[sorted.count * 99 / 100]) ms"
    }
}
