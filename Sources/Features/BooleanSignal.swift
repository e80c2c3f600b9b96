import Plant

/// A good sample of a boolean tag, with how many before it, since counting began, were true or rose.
struct Flagged: SeriesEntry {
    let instant: Int64
    /// Counts wrap around; differences don't.
    let truesBefore: UInt32
    let risesBefore: UInt32
}

/// What has left a boolean tag's series and still bears on its features.
package struct BooleanMemory: Hashable, Sendable, Codable {
    /// The latest true sample that left.
    var latestTrue: Instant?
    /// Whether the latest good sample that left is true; nil where none left.
    var isTrue: Bool?
}

/// One boolean tag of one asset: its good samples and what its features are read from.
struct BooleanSignal: Sendable {
    private(set) var memory: BooleanMemory
    private var series = Series<Flagged>()
    /// The counts behind the last sample.
    private var trues: UInt32 = 0
    private var rises: UInt32 = 0
    private var latestTrue: Int64?
    /// The newest sample, while its bucket may still replace it; nil where every row counts.
    private var open: (instant: Int64, isTrue: Bool)?
    /// Per window the first sample in it.
    private var cursors: [Int]

    init(plan: FeaturePlan, memory: BooleanMemory = BooleanMemory()) {
        self.memory = memory
        latestTrue = memory.latestTrue?.microseconds
        cursors = Array(repeating: 0, count: plan.windows.count)
    }

    /// Whether the sample before the next one is true; nil where there was none.
    private var isTrueAtEnd: Bool? {
        if let last = series.last { return trues != last.truesBefore }
        return memory.isTrue
    }

    private static func flag(_ value: Double) -> Bool? { value == 1 ? true : value == 0 ? false : nil }

    mutating func observe(_ value: Double, at instant: Int64, plan: FeaturePlan) {
        guard let isTrue = Self.flag(value) else { return }
        guard plan.bucket > 0 else { return append(isTrue, at: instant) }
        closeBucket(before: plan.bucketStart(of: instant))
        open = (instant, isTrue)
    }

    private mutating func append(_ isTrue: Bool, at instant: Int64) {
        let isRise = isTrue && isTrueAtEnd == false
        series.append(Flagged(instant: instant, truesBefore: trues, risesBefore: rises))
        if isTrue {
            trues &+= 1
            latestTrue = instant
        }
        if isRise { rises &+= 1 }
    }

    private mutating func closeBucket(before bucketStart: Int64) {
        guard let open, open.instant < bucketStart else { return }
        append(open.isTrue, at: open.instant)
        self.open = nil
    }

    /// Lets go of the samples that no window at or after `settledUntil` can hold, and remembers the last of them.
    mutating func evict(bucketStart: Int64, settledUntil: Int64, plan: FeaturePlan) {
        closeBucket(before: bucketStart)
        while !series.isEmpty {
            let first = series[series.startIndex]
            guard first.instant <= settledUntil - plan.windowMax else { return }
            let next = series.count > 1 ? series[series.startIndex + 1].truesBefore : trues
            let isTrue = next != first.truesBefore
            memory.isTrue = isTrue
            if isTrue { memory.latestTrue = Instant(microseconds: first.instant) }
            series.removeFirst()
        }
    }

    /// Takes back the samples at or after `instant`, a bucket's start.
    mutating func rewind(to instant: Int64) {
        if let open, open.instant >= instant { self.open = nil }
        let firstTaken = series.firstIndex(atOrAfter: instant, before: series.endIndex)
        guard firstTaken < series.endIndex else { return }
        trues = series[firstTaken].truesBefore
        rises = series[firstTaken].risesBefore
        series.removeAll(from: instant)
        latestTrue = latestTrueInSeries ?? memory.latestTrue?.microseconds
    }

    private var latestTrueInSeries: Int64? {
        guard !series.isEmpty else { return nil }
        let base = series[series.startIndex].truesBefore
        guard trues != base else { return nil }
        let behind = (series.startIndex..<series.endIndex).partitioningIndex {
            series[$0].truesBefore &- base >= trues &- base
        }
        return series[behind - 1].instant
    }

    /// Writes the tag's features at `instant`, in the view's order, from `column` on.
    ///
    /// - Parameters:
    ///   - value: The sample at the instant itself: 1, 0, or anything else where there is none.
    ///   - instant: At or after all samples.
    ///   - plan: The view's lengths.
    ///   - row: The row to fill.
    ///   - column: Moved behind what was written.
    mutating func write(
        _ value: Double,
        at instant: Int64,
        plan: FeaturePlan,
        into row: inout MutableSpan<Float>,
        column: inout Int
    ) {
        if plan.bucket > 0 { closeBucket(before: plan.bucketStart(of: instant)) }
        row[column] = Self.flag(value).map { $0 ? 1 : 0 } ?? .nan
        let latest = open.flatMap { $0.isTrue ? $0.instant : nil } ?? latestTrue
        row[column + 1] = latest.map { Float(feature: Double(instant - $0) / 1_000_000) } ?? .nan
        column += 2
        for index in cursors.indices {
            let edge = instant - plan.windows[index]
            let first = series.firstIndex(after: edge, near: cursors[index])
            cursors[index] = first
            var samples = series.endIndex - first
            var truesInside: UInt32 = 0
            var risesInside: UInt32 = 0
            if samples > 0 {
                truesInside = trues &- series[first].truesBefore
                risesInside = rises &- series[first].risesBefore
            }
            if let open, open.instant > edge {
                samples += 1
                if open.isTrue { truesInside += 1 }
                if open.isTrue, isTrueAtEnd == false { risesInside += 1 }
            }
            row[column] = samples == 0 ? .nan : Float(feature: Double(truesInside) / Double(samples))
            row[column + 1] = samples == 0 ? .nan : Float(risesInside)
            column += 2
        }
    }

    /// Counts in what the features just written at `instant` were made from.
    func addSupport(to support: inout FeatureSupport, at instant: Int64, plan: FeaturePlan) {
        guard let longest = plan.longestWindow else { return }
        let first = cursors[longest]
        if first < series.endIndex { support.include(series[first].instant) }
        support.goodSamples += series.endIndex - first
        if let open, open.instant > instant - plan.windowMax {
            support.include(open.instant)
            support.goodSamples += 1
        }
    }
}
