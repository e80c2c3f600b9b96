import Plant
import TestSupport
import Testing

@testable import Serving

@Suite struct HeldRowsTests {
    /// A second apart; each comes up to 40 seconds late, as if by gateways that lag, and now and then one much later.
    private static func rows(seed: UInt64) -> [HeldRows.Row] {
        var generator = SeededGenerator(seed: seed)
        var lag: [Int] = []
        for second in 0..<600 {
            let isBackfilled = second % 97 == 5
            lag.append(second * 100 + (isBackfilled ? 1_000_000 : Int.random(in: 0..<4_000, using: &generator)))
        }
        let order = lag.indices.sorted { (lag[$0], $0) < (lag[$1], $1) }
        var sequences = lag.map { _ in Int64(0) }
        for (place, index) in order.enumerated() { sequences[index] = Int64(place + 1) }
        return lag.indices.map { second in
            let values = (0..<4).map { tag in
                Int.random(in: 0..<3, using: &generator) == 0 ? Double(second * 10 + tag) : .nan
            }
            let sample = Sample(asset: "p1", instant: .t0 + .seconds(second), values: values)
            return HeldRows.Row(sample, sequence: sequences[second])
        }
    }

    /// What is left of a row by the rows that were read until it was due; nil where it was passed over.
    private static func left(of index: Int, in rows: ArraySlice<HeldRows.Row>) -> [Double?]? {
        let before = rows[(index + 1)...].filter { $0.sequence < rows[index].sequence }
        let values = rows[index].sample.values.indices.map { tag -> Double? in
            let value = rows[index].sample.values[tag]
            return value.isNaN || before.contains { !$0.sample.values[tag].isNaN } ? nil : value
        }
        return !before.isEmpty && values.allSatisfy { $0 == nil } ? nil : values
    }

    @Test(arguments: [1, 7, 64, 600])
    func `each row keeps what no newer one had brought before it, whatever the pages`(pageCount: Int) {
        for seed in 1...5 as ClosedRange<UInt64> {
            let rows = Self.rows(seed: seed)
            var held = HeldRows()
            var (taken, expected): ([[Double?]], [[Double?]]) = ([], [])
            var dueStart = 0
            for start in stride(from: 0, to: rows.count, by: pageCount) {
                let end = min(start + pageCount, rows.count)
                held.append(Array(rows[start..<end]))
                let dueEnd = end == rows.count ? end : max(dueStart, end - 41)
                if dueEnd > dueStart {
                    let samples = held.take(through: rows[dueEnd - 1].sample.instant)
                    taken += samples.map { $0.values.map { $0.isNaN ? nil : $0 } }
                }
                expected += (dueStart..<dueEnd).compactMap { Self.left(of: $0, in: rows[..<end]) }
                dueStart = dueEnd
                #expect(held.count == end - dueEnd)
            }
            #expect(taken == expected)
            #expect(taken.count < rows.count)
        }
    }
}
