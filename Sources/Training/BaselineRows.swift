import Features
import Models
import Plant

/// The rows that a baseline is learned from, column by column: normal running, as far as anybody knows.
///
/// Rows within the horizon before a failure, during it and while the asset recovers are left out; so are each asset's
/// first ones, whose windows are not full yet, but never more than a third of them.
struct BaselineRows {
    /// One per feature that is looked at; NaN is missing.
    private(set) var columns: [[Float]]
    /// Rows without a gap, in each of which time goes on.
    private(set) var segments: [Range<Int>]
    let rowCount: Int
    /// In terms of the data's rows.
    let indices: [Int]
    /// How many of the longest windows they last, over all assets.
    let windowCount: Double
    /// Until when windows are too empty to be judged.
    let settlingSeconds: Double

    /// Every row is taken where there are at most this many; else every second, third and so on.
    static let rowsMax = 200_000
    private static let valuesMax = 20_000_000
    /// What stands for a window where the view has none.
    private static let windowSeconds = 3_600

    /// - Parameters:
    ///   - data: Labelled rows, ordered by asset, then by time.
    ///   - features: The columns to take.
    ///   - schema: Horizon and recovery.
    /// - Throws: ``TrainingError`` with `.storage` where the rows can't be read.
    init(of data: TrainingData, features: [Int], schema: SignalSchema) throws {
        let window = Double(data.view.rollingWindows.max() ?? Self.windowSeconds)
        var steps: [Double] = []
        var runs: [[Int]] = []
        var windows = 0.0
        var start = data.rows.startIndex
        while start < data.rows.endIndex {
            let asset = data.rows[start].asset
            let end = data.rows[start...].firstIndex { $0.asset != asset } ?? data.rows.endIndex
            let normal = (start..<end).filter { index in
                Self.isNormal(data.rows[index], data.set.history, schema)
            }
            start = end
            guard let first = normal.first else { continue }
            let full = data.rows[first].instant + .seconds(Int(window))
            let warm = normal.firstIndex { data.rows[$0].instant >= full } ?? normal.endIndex
            let kept = normal[min(warm, normal.count / 3)...]
            let apart = zip(kept.dropFirst(), kept).map { (data.rows[$0].instant - data.rows[$1].instant).minutes * 60 }
            steps += apart
            // What nobody saw is no evidence: a gap counts for one window.
            windows += apart.reduce(0) { $0 + min($1, window) } / window
            for index in kept {
                if let last = runs.last?.last, last + 1 == index, data.rows[last].asset == asset {
                    runs[runs.count - 1].append(index)
                } else {
                    runs.append([index])
                }
            }
        }
        let rowsMax = min(Self.rowsMax, Self.valuesMax / max(1, features.count))
        let step = max(1, (runs.joined().count + rowsMax - 1) / rowsMax)
        let thinned = runs.map { run in stride(from: 0, to: run.count, by: step).map { run[$0] } }
        var segments: [Range<Int>] = []
        for run in thinned {
            let place = segments.last?.upperBound ?? 0
            segments.append(place..<place + run.count)
        }
        self.segments = segments
        indices = thinned.flatMap(\.self)
        rowCount = indices.count
        windowCount = windows
        settlingSeconds = Self.settling(window: data.view.rollingWindows.max().map(Double.init), steps: steps)
        var columns = [[Float]](repeating: [], count: features.count)
        for number in columns.indices { columns[number].reserveCapacity(indices.count) }
        try data.forEachPage(of: indices) { places, values in
            for row in 0..<places.count {
                for (number, column) in features.enumerated() {
                    columns[number].append(values[row * data.view.count + column])
                }
            }
        }
        self.columns = columns
    }

    /// Half of the age that the oldest row in a full window has, by the usual step between rows.
    private static func settling(window: Double?, steps: [Double]) -> Double {
        guard let window, !steps.isEmpty else { return 0 }
        let step = max(1, steps.sorted()[steps.count / 2])
        return max(0, (window / step).rounded(.up) - 1) * step / 2
    }

    private static func isNormal(
        _ row: TrainingSet.Row,
        _ history: FailureHistory,
        _ schema: SignalSchema
    ) -> Bool {
        if history.isFailing(row.asset, at: row.instant, recovery: schema.recovery) { return false }
        guard let next = history.nextEpisode(of: row.asset, after: row.instant) else { return true }
        return next.start > row.instant + schema.horizon
    }

    private init(
        columns: [[Float]],
        segments: [Range<Int>],
        indices: [Int],
        windowCount: Double,
        settlingSeconds: Double
    ) {
        self.columns = columns
        self.segments = segments
        self.indices = indices
        rowCount = indices.count
        self.windowCount = windowCount
        self.settlingSeconds = settlingSeconds
    }

    /// All rows but a block.
    func without(_ block: Range<Int>) -> BaselineRows {
        var rest: [Range<Int>] = []
        for segment in segments {
            let before = segment.clamped(to: 0..<block.lowerBound)
            if !before.isEmpty { rest.append(before) }
            let after = segment.clamped(to: block.upperBound..<max(block.upperBound, rowCount))
            if !after.isEmpty { rest.append(after.lowerBound - block.count..<after.upperBound - block.count) }
        }
        return BaselineRows(
            columns: columns.map { Array($0[..<block.lowerBound]) + Array($0[block.upperBound...]) },
            segments: rest,
            indices: Array(indices[..<block.lowerBound]) + Array(indices[block.upperBound...]),
            windowCount: windowCount,
            settlingSeconds: settlingSeconds
        )
    }
}
