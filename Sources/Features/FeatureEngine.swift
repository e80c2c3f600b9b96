package import Plant

/// Derives one view's features from samples as they come: live, in training and after a restart alike.
///
/// Each feature is a function of the set of its asset's samples at or before the row, bit for bit, whatever
/// the order in which they came. One engine serves all assets of one organization.
package struct FeatureEngine: Sendable {
    package let view: FeatureView
    /// Engines with equal keys go on from each other's memories: those of one view, interval and lateness.
    package let memoryKey: String
    private let plan: FeaturePlan
    private var places: [String: Int] = [:]
    private var timelines: [AssetTimeline] = []

    /// - Parameters:
    ///   - view: What to derive.
    ///   - predictEverySeconds: 0: each row with a good continuous sample yields features; else only the first
    ///     such row of each time-aligned interval of that length.
    ///   - allowedLateness: How far behind its asset's newest row a row may come and still be put in its place.
    package init(view: FeatureView, predictEverySeconds: Int, allowedLateness: Duration) {
        self.view = view
        memoryKey = "\(view.hash)/\(predictEverySeconds)/\(allowedLateness.microseconds)"
        plan = FeaturePlan(view: view, predictEverySeconds: predictEverySeconds, allowedLateness: allowedLateness)
    }

    /// The assets that have had a row.
    package var assets: [String] { places.keys.sorted() }

    /// Takes in a sample.
    ///
    /// - Parameter sample: Its values in the order of the view's tags.
    /// - Returns: What became of it, with the features that are due.
    /// - Complexity: O(features), amortized, however long the windows; a late one costs as much per row from it on.
    package mutating func insert(_ sample: Sample) -> Arrival {
        precondition(sample.values.count == view.tags.count, "a sample of other tags than the view's")
        let place = place(of: sample.asset)
        let instant = sample.instant.microseconds
        switch timelines[place].place(sample.values, at: instant, plan: plan) {
        case .newest(let isDue):
            return .newest(isDue ? timelines[place].row(of: sample.asset, sample.values, at: instant, plan: plan) : nil)
        case .late:
            var rows: [FeatureRow] = []
            timelines[place].replay(from: instant, plan: plan) { timeline, due in
                rows.append(timeline.row(of: sample.asset, due.values, at: due.instant, plan: plan))
            }
            return .late(rows)
        case .repeated: return .repeated
        case .conflicting: return .conflicting
        case .tooLate: return .tooLate
        }
    }

    private mutating func place(of asset: String) -> Int {
        if let place = places[asset] { return place }
        timelines.append(AssetTimeline(plan: plan))
        places[asset] = timelines.count - 1
        return timelines.count - 1
    }
}

extension FeatureEngine {
    /// Takes in a sample of a history and appends its features, if any are due, to a matrix.
    ///
    /// - Parameters:
    ///   - sample: Its values in the order of the view's tags; not before its asset's newest.
    ///   - matrix: As wide as the view.
    /// - Returns: What became of it, and whether the matrix has grown by a row.
    package mutating func insert(_ sample: Sample, into matrix: inout FeatureMatrix) -> HistoricalArrival {
        precondition(sample.values.count == view.tags.count, "a sample of other tags than the view's")
        precondition(matrix.columnCount == view.count, "a matrix of another view's width")
        let place = place(of: sample.asset)
        let instant = sample.instant.microseconds
        if let newest = timelines[place].newest, instant < newest { return .outOfOrder }
        switch timelines[place].place(sample.values, at: instant, plan: plan) {
        case .newest(isDue: true):
            matrix.appendRow { elements, start in
                timelines[place].write(sample.values, at: instant, plan: plan, into: &elements, from: start)
            }
            return .row
        case .newest(isDue: false): return .noRow
        case .repeated: return .repeated
        case .conflicting: return .conflicting
        case .late, .tooLate: return .outOfOrder
        }
    }
}

extension FeatureEngine {
    /// What to write down so that ``restore(asset:memory:samples:)`` can go on; nil for an asset without rows.
    package func memory(of asset: String) -> AssetMemory? {
        places[asset].flatMap { timelines[$0].memory(plan: plan) }
    }

    /// From here on an asset's samples must be handed back with a memory of it.
    package func retainedFrom(_ memory: AssetMemory) -> Instant {
        Instant(microseconds: plan.retainedFrom(newest: memory.newest.microseconds))
    }

    /// From here on samples may have a part in a row's features, those of boolean tags' `since` left aside; or in
    /// whether features are due at it.
    package func reach(before instant: Instant) -> Instant {
        Instant(microseconds: plan.intervalStart(of: plan.retainedFrom(newest: instant.microseconds)))
    }

    /// Brings an asset to where it was when `memory` was taken; from then on its features are as if nothing had been.
    ///
    /// - Parameters:
    ///   - asset: Replaced, if it has had rows.
    ///   - memory: Taken from an engine with the same ``memoryKey``.
    ///   - samples: In order of time, those at or after what ``retainedFrom(_:)`` then said that had arrived as
    ///     newest or late: none that was too late, none that conflicted, none that came afterwards.
    package mutating func restore(asset: String, memory: AssetMemory, samples: [Sample]) {
        precondition(memory.booleans.count == plan.booleanCount, "a memory of another view")
        let rows = samples.lazy.map { (instant: $0.instant.microseconds, values: $0.values) }
        timelines[place(of: asset)] = AssetTimeline(plan: plan, memory: memory, rows: rows)
    }
}
