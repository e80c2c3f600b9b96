import Plant

/// One asset's rows in order of time, and the state of its tags after the newest.
struct AssetTimeline: Sendable {
    enum Placement {
        /// It is the newest; features are due at it, or not.
        case newest(isDue: Bool)
        /// It stands before newer rows, which have to be gone through again.
        case late
        case repeated, conflicting, tooLate
    }

    private(set) var continuous: [ContinuousSignal]
    private(set) var boolean: [BooleanSignal]
    private var recent = RecentRows()
    /// The last row that features were made at, of those gone through.
    private var latestRow: Int64?
    /// The last row that features were made at, of those no longer among the recent ones.
    private var latestSettledRow: Int64?

    init(plan: FeaturePlan) {
        self.init(plan: plan, booleans: Array(repeating: BooleanMemory(), count: plan.booleanCount))
    }

    private init(plan: FeaturePlan, booleans: [BooleanMemory]) {
        continuous = (0..<plan.continuousCount).map { index in
            ContinuousSignal(plan: plan, phase: Double(index) / Double(plan.continuousCount))
        }
        boolean = booleans.map { BooleanSignal(plan: plan, memory: $0) }
    }

    var newest: Int64? { recent.last?.instant }

    /// Puts a row in its place; a late one changes nothing yet, see ``replay(from:plan:each:)``.
    mutating func place(_ values: [Double], at instant: Int64, plan: FeaturePlan) -> Placement {
        guard let newest, instant <= newest else {
            recent.append(RecentRows.Row(instant: instant, values: values))
            let isDue = advance(through: recent.indices.upperBound - 1, plan: plan)
            settle(plan: plan)
            return .newest(isDue: isDue)
        }
        let index = recent.firstIndex(atOrAfter: instant)
        if index < recent.indices.upperBound, recent[index].instant == instant {
            return recent[index].isSame(as: values) ? .repeated : .conflicting
        }
        guard instant >= newest - plan.lateness else { return .tooLate }
        recent.insert(RecentRows.Row(instant: instant, values: values), at: index)
        return .late
    }

    /// Takes one row into the tags' state, and tells whether features are due at it.
    private mutating func advance(through index: Int, plan: FeaturePlan) -> Bool {
        let row = recent[index]
        var isPredictable = false
        for tag in continuous.indices {
            let value = row.values[tag]
            if value.isFinite { isPredictable = true }
            continuous[tag].observe(value, at: row.instant, plan: plan)
        }
        for tag in boolean.indices {
            boolean[tag].observe(row.values[plan.continuousCount + tag], at: row.instant, plan: plan)
        }
        let isFirst = latestRow.map { plan.intervalStart(of: $0) != plan.intervalStart(of: row.instant) } ?? true
        let isDue = isPredictable && isFirst
        recent.markEmitted(isDue, at: index)
        if isDue { latestRow = row.instant }
        return isDue
    }

    /// Lets go of what no row from now on can need.
    private mutating func settle(plan: FeaturePlan) {
        guard let newest else { return }
        let settledUntil = plan.settledUntil(newest: newest)
        let bucketStart = plan.bucketStart(of: newest)
        for tag in continuous.indices {
            continuous[tag].evict(bucketStart: bucketStart, settledUntil: settledUntil, plan: plan)
        }
        for tag in boolean.indices {
            boolean[tag].evict(bucketStart: bucketStart, settledUntil: settledUntil, plan: plan)
        }
        while let first = recent.first, first.instant < settledUntil || plan.lateness == 0 && first.instant < newest {
            if first.isEmitted { latestSettledRow = first.instant }
            recent.removeFirst()
        }
    }

    /// Goes through the rows again from the bucket of `instant` on, as if they had come in order.
    ///
    /// - Parameters:
    ///   - instant: Of a late row that has been put in its place.
    ///   - plan: The view's lengths.
    ///   - each: Called after each row at or after `instant` that features are due at.
    mutating func replay(
        from instant: Int64,
        plan: FeaturePlan,
        each: (inout AssetTimeline, RecentRows.Row) -> Void
    ) {
        let start = plan.bucketStart(of: instant)
        for tag in continuous.indices { continuous[tag].rewind(to: start) }
        for tag in boolean.indices { boolean[tag].rewind(to: start) }
        let first = recent.firstIndex(atOrAfter: start)
        let before = (recent.indices.lowerBound..<first).last { recent[$0].isEmitted }
        latestRow = before.map { recent[$0].instant } ?? latestSettledRow
        for index in first..<recent.indices.upperBound {
            let isDue = advance(through: index, plan: plan)
            if isDue, recent[index].instant >= instant { each(&self, recent[index]) }
        }
    }

    /// Writes the features at the row last gone through.
    ///
    /// - Parameters:
    ///   - values: The row's own.
    ///   - instant: The row's own.
    ///   - plan: The view's lengths.
    ///   - row: What to write into.
    ///   - start: The first feature's place in it.
    mutating func write(
        _ values: [Double],
        at instant: Int64,
        plan: FeaturePlan,
        into row: inout MutableSpan<Float>,
        from start: Int
    ) {
        var column = start
        let settledUntil = plan.lateness == 0 ? .min : plan.settledUntil(newest: newest ?? instant)
        for tag in continuous.indices {
            continuous[tag].write(
                values[tag],
                at: instant,
                settledUntil: settledUntil,
                plan: plan,
                into: &row,
                column: &column
            )
        }
        for tag in boolean.indices {
            boolean[tag].write(
                values[plan.continuousCount + tag],
                at: instant,
                plan: plan,
                into: &row,
                column: &column
            )
        }
    }

    /// The features at the row last gone through, and what they stand on.
    mutating func row(of asset: String, _ values: [Double], at instant: Int64, plan: FeaturePlan) -> FeatureRow {
        var features = [Float](repeating: .nan, count: plan.featureCount)
        var span = features.mutableSpan
        write(values, at: instant, plan: plan, into: &span, from: 0)
        var support = FeatureSupport()
        for tag in continuous.indices { continuous[tag].addSupport(to: &support, at: instant, plan: plan) }
        for tag in boolean.indices { boolean[tag].addSupport(to: &support, at: instant, plan: plan) }
        let missing = plan.tags.indices.filter { features[plan.valueColumns[$0]].isNaN }
        let present = plan.tags.count - missing.count
        if present > 0 { support.include(instant) }
        return FeatureRow(
            asset: asset,
            instant: Instant(microseconds: instant),
            values: features,
            metadata: FeatureMetadata(
                goodSamples: plan.longestWindow == nil ? present : support.goodSamples,
                oldestSampleAgeSeconds: support.oldest.map { Double(instant - $0) / 1_000_000 },
                missingTags: missing.map { plan.tags[$0].name }
            )
        )
    }
}

extension AssetTimeline {
    /// What ``init(plan:memory:rows:)`` needs besides the retained rows; nil before the first row.
    func memory(plan: FeaturePlan) -> AssetMemory? {
        guard let newest else { return nil }
        return AssetMemory(
            newest: Instant(microseconds: newest),
            latestSettledRow: latestSettledRow.map { Instant(microseconds: $0) },
            booleans: boolean.map(\.memory)
        )
    }

    /// The timeline as it was when `memory` was taken, from the rows retained then, in order of time.
    init(plan: FeaturePlan, memory: AssetMemory, rows: some Sequence<(instant: Int64, values: [Double])>) {
        self.init(plan: plan, booleans: memory.booleans)
        latestSettledRow = memory.latestSettledRow?.microseconds
        latestRow = latestSettledRow
        for (instant, values) in rows where instant <= memory.newest.microseconds {
            recent.append(RecentRows.Row(instant: instant, values: values))
            _ = advance(through: recent.indices.upperBound - 1, plan: plan)
            settle(plan: plan)
        }
    }
}
