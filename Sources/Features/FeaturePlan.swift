import Plant

/// A view as the engine works with it: lengths in microseconds, and what follows from them for the samples to keep.
struct FeaturePlan: Sendable {
    let tags: [Tag]
    let featureCount: Int
    /// The column of each tag's own value.
    let valueColumns: [Int]
    let continuousCount: Int
    let booleanCount: Int
    let lags: [Int64]
    let windows: [Int64]
    /// The index of the longest window.
    let longestWindow: Int?
    let lagMax: Int64
    /// Without windows the shortest time there is, so that only settled samples leave.
    let windowMax: Int64
    let staleAfter: Int64
    /// 0: each instant is its own bucket.
    let bucket: Int64
    /// 0: each row predicts.
    let interval: Int64
    let lateness: Int64

    init(view: FeatureView, predictEverySeconds: Int, allowedLateness: Duration) {
        tags = view.tags
        featureCount = view.count
        var columns: [Int] = []
        for (column, tag) in view.tagIndices.enumerated() where tag == columns.count { columns.append(column) }
        valueColumns = columns
        continuousCount = view.tags.count { $0.kind == .continuous }
        booleanCount = view.tags.count - continuousCount
        lags = view.lagSeconds.map { Int64($0) * 1_000_000 }
        windows = view.rollingWindows.map { Int64($0) * 1_000_000 }
        longestWindow = windows.max().flatMap(windows.firstIndex)
        lagMax = lags.max() ?? 0
        windowMax = windows.max() ?? 1
        staleAfter = Int64(view.staleAfterSeconds) * 1_000_000
        bucket = Int64(view.sampleEverySeconds) * 1_000_000
        interval = Int64(predictEverySeconds) * 1_000_000
        lateness = max(0, allowedLateness.microseconds)
    }

    func bucketStart(of instant: Int64) -> Int64 { instant.floored(to: bucket) }

    func intervalStart(of instant: Int64) -> Int64 { instant.floored(to: interval) }

    /// Before it no late row can change anything any more, once `newest` is an asset's newest row.
    func settledUntil(newest: Int64) -> Int64 { bucketStart(of: newest - lateness) }

    /// From here on samples may still have a part in a feature, once `newest` is an asset's newest row.
    func retainedFrom(newest: Int64) -> Int64 {
        settledUntil(newest: newest) - max(windowMax, lags.isEmpty ? 0 : lagMax + staleAfter)
    }
}

extension Int64 {
    /// The start of the time-aligned interval of that length in which the number lies; itself for length 0.
    func floored(to length: Int64) -> Int64 {
        guard length > 0 else { return self }
        let remainder = self % length
        return self - (remainder < 0 ? remainder + length : remainder)
    }
}

extension Float {
    /// A feature as it is handed on: what a `Float32` can't hold is missing.
    init(feature value: Double) {
        let rounded = Float(value)
        self = rounded.isFinite ? rounded : .nan
    }
}
