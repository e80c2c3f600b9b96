import Benchmark
import CMalloc
import Features
import Measuring
import Plant

/// One machine's rows, one a second, on their way through an engine whose windows are full.
struct FeatureStream {
    private static let tagCount = 20
    /// Rows that come round: what they hold does not change what they cost.
    private static let rows: [[Double]] = {
        var state: UInt64 = 88_172_645_463_325_252
        func uniform() -> Double {
            state ^= state << 13  // xorshift64 (Marsaglia 2003)
            state ^= state >> 7
            state ^= state << 17
            return Double(state >> 11) / Double(1 << 53)
        }
        return (0..<1_024).map { _ in (0..<tagCount).map { _ in 850 + uniform() } }
    }()

    private let reach: Int
    private let bytesBefore: Int
    private var matrix: FeatureMatrix
    private var engine: FeatureEngine
    private var number = 0

    /// - Parameters:
    ///   - reach: Samples in the longest of three windows and at the furthest of three lags.
    ///   - lateness: How late a row may come; more state, and the way live rows go.
    init(reach: Int, lateness: Duration = .zero) {
        let schema = SignalSchema(
            organization: "benchmark",
            continuousColumns: (0..<Self.tagCount).map { "t\($0)" },
            lagSeconds: [reach / 10, reach / 2, reach],
            rollingWindows: [reach / 4, reach / 2, reach]
        )
        let view = FeatureView(schema: schema)
        self.reach = reach
        matrix = FeatureMatrix(columnCount: view.count)
        matrix.reserveCapacity(rows: 1_024)
        _ = Self.rows
        bytesBefore = Self.bytesInUse
        engine = FeatureEngine(view: view, predictEverySeconds: 0, allowedLateness: lateness)
        for _ in 0..<reach * 5 / 2 { insertIntoMatrix() }
    }

    /// As many rows as let each window's blocks come to their end, and enough to be timed.
    private var passRows: Int { max(100_000, reach * 2) }

    /// Processor time per feature value, as training streams history.
    mutating func historyNanoseconds() -> Double {
        let start = ProcessorTime.thread
        for _ in 0..<passRows { insertIntoMatrix() }
        return Double(ProcessorTime.thread - start) / Double(passRows * engine.view.count)
    }

    /// Processor time per feature value, as a lane derives its rows, metadata included.
    mutating func liveNanoseconds() -> Double {
        let start = ProcessorTime.thread
        for _ in 0..<passRows { Benchmark.blackHole(engine.insert(nextSample())) }
        return Double(ProcessorTime.thread - start) / Double(passRows * engine.view.count)
    }

    /// What the allocator holds for the engine, per sample in reach and tag, at moments spread over two blocks.
    mutating func stateBytes() -> [Double] {
        (0..<64).map { _ in
            for _ in 0..<max(1, reach / 32) { insertIntoMatrix() }
            return Double(Self.bytesInUse - bytesBefore) / Double(reach * Self.tagCount)
        }
    }

    private mutating func insertIntoMatrix() {
        _ = engine.insert(nextSample(), into: &matrix)
        if matrix.rowCount == 1_024 { matrix.removeAll() }
    }

    private mutating func nextSample() -> Sample {
        number += 1
        return Sample(
            asset: "machine",
            instant: Instant(seconds: 1_700_000_000 + Int64(number)),
            values: Self.rows[number % Self.rows.count]
        )
    }

    private static var bytesInUse: Int {
        let information = mallinfo2()
        return Int(information.uordblks + information.hblkhd)
    }
}
