import Foundation
import Plant

/// What every organization sends over some seconds, reading by reading.
struct LoadTurn: Sendable {
    /// One organization's part.
    struct Part: Sendable {
        /// Of each of its machines.
        let rows: Range<Int>
        /// Between two readings; by chance, then on average.
        let interval: Duration
        /// Evenly apart where there is none, else as independent senders are (exponential gaps).
        var seed: UInt64?

        /// When each reading is due, from the first on.
        func dues(machines: Int) -> [Duration] {
            guard let seed else { return (0..<rows.count * machines).map { interval * $0 } }
            var generator = SplitMix64(seed: seed)
            var due = Duration.zero
            return (0..<rows.count * machines).map { _ in
                due += interval * -log(Double.random(in: Double.leastNormalMagnitude..<1, using: &generator))
                return due
            }
        }
    }

    /// In the order of the tenants.
    let parts: [Part]

    /// All at the plan's pace, from the rows on that fill the windows.
    init(_ plan: LoadPlan) {
        let rows = plan.rowsBefore..<plan.rowsBefore + plan.pacedRows
        parts = Array(repeating: Part(rows: rows, interval: plan.interval), count: plan.organizations)
    }

    /// All at the plan's pace and by chance, but for the first, which sends so many times as much.
    ///
    /// - Parameters:
    ///   - plan: The pace.
    ///   - factor: How many times as much; 1 for no flood.
    ///   - rows: The first row of each organization; moved behind the last.
    init(_ plan: LoadPlan, flood factor: Int, from rows: inout [Int]) {
        var parts: [Part] = []
        for number in 0..<plan.organizations {
            let factor = number == 0 ? factor : 1
            let end = rows[number] + plan.pacedRows * factor
            parts.append(
                Part(rows: rows[number]..<end, interval: plan.interval / factor, seed: UInt64(end * 1_000 + number))
            )
            rows[number] = end
        }
        self.parts = parts
    }

    var readingCount: Int { parts.reduce(0) { $0 + $1.rows.count } }
}
