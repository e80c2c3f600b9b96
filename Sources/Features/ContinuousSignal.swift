/// A good sample of a continuous tag.
struct Measured: SeriesEntry {
    let instant: Int64
    let value: Double
}

/// One continuous tag of one asset: its good samples and what its features are read from.
struct ContinuousSignal: Sendable {
    private var series = Series<Measured>()
    /// The newest sample, while its bucket may still replace it; nil where every row counts.
    private var open: Measured?
    private var lags: [Lag]
    private var windows: [RollingWindow]

    /// - Parameters:
    ///   - plan: The view's lengths.
    ///   - phase: Of this tag's blocks, in `0..<1` of each window.
    init(plan: FeaturePlan, phase: Double) {
        lags = plan.lags.map { Lag(length: $0) }
        windows = plan.windows.map { RollingWindow(width: $0, alignment: Int64(Double($0) * phase)) }
    }

    mutating func observe(_ value: Double, at instant: Int64, plan: FeaturePlan) {
        guard value.isFinite else { return }
        let sample = Measured(instant: instant, value: value)
        guard plan.bucket > 0 else { return series.append(sample) }
        closeBucket(before: plan.bucketStart(of: instant))
        open = sample
    }

    private mutating func closeBucket(before bucketStart: Int64) {
        guard let open, open.instant < bucketStart else { return }
        series.append(open)
        self.open = nil
    }

    /// Lets go of the samples that no feature at or after `settledUntil` can need.
    mutating func evict(bucketStart: Int64, settledUntil: Int64, plan: FeaturePlan) {
        closeBucket(before: bucketStart)
        while !series.isEmpty {
            let first = series[series.startIndex].instant
            guard first <= settledUntil - plan.windowMax else { return }
            if !plan.lags.isEmpty, first >= settledUntil - plan.lagMax - plan.staleAfter {
                // For the longest lag it stands until the next one does.
                guard series.count > 1, series[series.startIndex + 1].instant <= settledUntil - plan.lagMax else {
                    return
                }
            }
            series.removeFirst()
        }
    }

    /// Takes back the samples at or after `instant`, a bucket's start.
    mutating func rewind(to instant: Int64) {
        if let open, open.instant >= instant { self.open = nil }
        series.removeAll(from: instant)
        for index in windows.indices { windows[index].rewind(to: instant, over: series) }
    }

    /// Writes the tag's features at `instant`, in the view's order, from `column` on.
    ///
    /// - Parameters:
    ///   - value: The sample at the instant itself; not finite where there is none.
    ///   - instant: At or after all samples.
    ///   - settledUntil: Samples before it are never taken back.
    ///   - plan: The view's lengths.
    ///   - row: The row to fill.
    ///   - column: Moved behind what was written.
    mutating func write(
        _ value: Double,
        at instant: Int64,
        settledUntil: Int64,
        plan: FeaturePlan,
        into row: inout MutableSpan<Float>,
        column: inout Int
    ) {
        if plan.bucket > 0 { closeBucket(before: plan.bucketStart(of: instant)) }
        row[column] = Float(feature: value)
        column += 1
        for index in lags.indices {
            let sample = lags[index].sample(at: instant, over: series, open: open, staleAfter: plan.staleAfter)
            row[column] = sample.map { Float(feature: $0.value) } ?? .nan
            column += 1
        }
        for index in windows.indices {
            let moments = windows[index].moments(at: instant, over: series, open: open, settledUntil: settledUntil)
            let isEmpty = moments.count == 0
            row[column] = isEmpty ? .nan : Float(feature: moments.mean)
            row[column + 1] = Float(feature: moments.standardDeviation)
            row[column + 2] = Float(feature: moments.minimum)
            row[column + 3] = Float(feature: moments.maximum)
            row[column + 4] = Float(feature: moments.slopePerSecond)
            column += 5
        }
    }

    /// Counts in what the features just written at `instant` were made from.
    mutating func addSupport(to support: inout FeatureSupport, at instant: Int64, plan: FeaturePlan) {
        for index in lags.indices {
            let sample = lags[index].sample(at: instant, over: series, open: open, staleAfter: plan.staleAfter)
            if let sample { support.include(sample.instant) }
        }
        guard let longest = plan.longestWindow else { return }
        let first = windows[longest].firstIndex
        if first < series.endIndex { support.include(series[first].instant) }
        support.goodSamples += series.endIndex - first
        if let open, open.instant > instant - plan.windowMax {
            support.include(open.instant)
            support.goodSamples += 1
        }
    }
}
