package import Models
package import Plant

/// How right an organization's foretold alarms were, over a stretch of time.
///
/// Alarms come first, in any order; then the failures, which then know who announced them. What it holds grows with the
/// failures and the groups, not with the alarms.
package struct AlarmAccuracy: Sendable {
    /// What alarms are held against.
    package struct Terms: Sendable {
        /// Raises and failures that began in it are counted.
        package let span: Range<Instant>
        package let now: Instant
        /// How far ahead models look: each version its own way, others as the schema says.
        package let horizon: Duration
        package let horizons: [ModelVersion: Duration]
        /// How long after a failure its asset still recovers.
        package let recovery: Duration
        /// Whose weeks and months are meant.
        package let zone: ZoneOffsets
        /// The newest reading of each asset.
        package let latestRows: [String: Instant]
        /// Whether a failure is recorded at all, be it long before the span.
        package let hasRecord: Bool

        package init(
            span: Range<Instant>,
            now: Instant,
            horizon: Duration,
            horizons: [ModelVersion: Duration] = [:],
            recovery: Duration = .zero,
            zone: ZoneOffsets = .utc,
            latestRows: [String: Instant] = [:],
            hasRecord: Bool = false
        ) {
            self.span = span
            self.now = now
            self.horizon = horizon
            self.horizons = horizons
            self.recovery = recovery
            self.zone = zone
            self.latestRows = latestRows
            self.hasRecord = hasRecord
        }

        package func horizon(of version: ModelVersion) -> Duration { horizons[version] ?? horizon }

        /// The longest of all: alarms so long before the span announce failures in it.
        package var horizonMax: Duration { horizons.values.reduce(horizon) { max($0, $1) } }
    }

    package private(set) var total = AccuracyFigures()
    /// By asset, version, Monday or month; empty where nothing is told apart.
    package private(set) var groups: [String: AccuracyFigures] = [:]

    private let terms: Terms
    private let grouping: AccuracyGrouping?
    private let history: FailureHistory
    /// Whether anybody records failures: else that none is recorded says nothing.
    private let isRecorded: Bool
    /// When people were first told of each failure, before it began.
    private var firstRaises: [Announced: Instant] = [:]

    private struct Announced: Hashable {
        let asset: String
        let start: Instant
    }

    /// - Parameters:
    ///   - terms: What alarms are held against.
    ///   - failures: Those that are known, from the longest horizon and recovery before the span to a horizon past it.
    ///   - grouping: What is told apart; of rules ``RuleAccuracy`` knows.
    package init(_ terms: Terms, failures: [FailureEvent], by grouping: AccuracyGrouping? = nil) {
        self.terms = terms
        self.grouping = grouping
        history = FailureHistory(failures: failures, latestRow: terms.now, until: terms.now)
        isRecorded = terms.hasRecord || !history.episodes.isEmpty
    }

    // MARK: Alarms

    /// Each raise is counted by itself: an alarm that nobody acknowledges stays the same one for months.
    ///
    /// None is that was history when it was decided. What was told before a failure announced it all the same.
    package mutating func add(_ alarm: ForetoldAlarm) {
        for raise in alarm.raises { announce(raise, of: alarm.asset) }
        for (raise, words) in alarm.judged where terms.span.contains(raise.at) && !raise.isHistory {
            add(raise, of: alarm.asset, Opinion(words))
        }
    }

    private mutating func add(_ raise: ForetoldAlarm.Raise, of asset: String, _ opinion: Opinion?) {
        let isOver = end(of: raise) <= terms.now
        let outcome = outcome(of: raise, asset: asset)
        let truth = components(outcome, opinion)
        count(asset: asset, version: raise.version, at: raise.at) { figures in
            figures[keyPath: Self.place(opinion?.verdict, outcome)] += 1
            switch outcome {
            // Before the horizon is over only failures can be told, and the share would be too high.
            case .followed: figures.followed += isOver ? 1 : 0
            case .notFollowed: figures.notFollowed += 1
            case .failing, .pending, .unseen: break
            }
            if let named = raise.component, !truth.isEmpty {
                figures.componentKnown += 1
                if truth.contains(named) { figures.componentRight += 1 }
            }
        }
    }

    /// What the record of failures says of a raise.
    private enum Outcome {
        case followed(FailureHistory.Episode)
        /// The asset was failing already, or recovering, or had failed by the time that it was told.
        case failing
        /// None followed, where failures are recorded and the asset was watched to the end.
        case notFollowed
        /// The horizon is not over.
        case pending
        /// Nobody records failures, or the asset fell silent.
        case unseen
    }

    /// The last instant that a raise speaks of.
    private func end(of raise: ForetoldAlarm.Raise) -> Instant { raise.at + terms.horizon(of: raise.version) }

    private func outcome(of raise: ForetoldAlarm.Raise, asset: String) -> Outcome {
        let end = end(of: raise)
        if history.isFailing(asset, at: raise.at, recovery: terms.recovery) { return .failing }
        if let next = history.nextEpisode(of: asset, after: raise.at), next.start <= end {
            return raise.toldAt < next.start ? .followed(next) : .failing
        }
        if end > terms.now { return .pending }
        guard isRecorded, let latest = terms.latestRows[asset], latest >= end else { return .unseen }
        return .notFollowed
    }

    private static func place(
        _ verdict: Opinion.Verdict?,
        _ outcome: Outcome
    ) -> WritableKeyPath<AccuracyFigures, Int> {
        let hasFailed =
            switch outcome {
            case .followed, .failing: true
            case .notFollowed, .pending, .unseen: false
            }
        switch verdict {
        case .right: return \.right
        case .wrong: return hasFailed ? \.contradicted : \.wrong
        case .disputed: return \.disputed
        case nil:
            if hasFailed { return \.recorded }
            if case .pending = outcome { return \.open }
            return \.unknown
        }
    }

    /// What failed in truth: a record is worth more than a word.
    private func components(_ outcome: Outcome, _ opinion: Opinion?) -> Set<String> {
        if case .followed(let episode) = outcome, !episode.components.isEmpty { return episode.components }
        guard let opinion, opinion.verdict == .right else { return [] }
        return opinion.components
    }

    private mutating func announce(_ raise: ForetoldAlarm.Raise, of asset: String) {
        let end = end(of: raise)
        var after = raise.at
        while let next = history.nextEpisode(of: asset, after: after), next.start <= end {
            after = next.start
            guard raise.toldAt < next.start else { continue }
            let key = Announced(asset: asset, start: next.start)
            firstRaises[key] = min(firstRaises[key] ?? raise.toldAt, raise.toldAt)
        }
    }

    // MARK: Failures and watched time

    /// The failures that are counted, in order of their starts.
    package var counted: [FailureHistory.Episode] {
        history.allEpisodes.filter { terms.span.contains($0.start) }
    }

    /// Counts one of ``counted``, once all alarms are in.
    ///
    /// - Parameters:
    ///   - failure: It.
    ///   - version: Whose the last prediction of the asset was within the horizon before it; nil where none was made.
    package mutating func add(_ failure: FailureHistory.Episode, predictedBy version: ModelVersion?) {
        let first = firstRaises[Announced(asset: failure.asset, start: failure.start)]
        count(asset: failure.asset, version: version, at: failure.start) { figures in
            guard version != nil else {
                figures.unpredicted += 1
                return
            }
            figures.failures += 1
            guard let first else { return }
            figures.announced += 1
            figures.leadMinutes.append((failure.start - first).minutes)
        }
    }

    /// Counts a day on which an asset was predicted, from one of its predictions and the model that made it.
    package mutating func add(watchedDayFrom instant: Instant, of asset: String, by version: ModelVersion) {
        count(asset: asset, version: version, at: instant) { $0.assetDays += 1 }
    }

    private mutating func count(
        asset: String,
        version: ModelVersion?,
        at instant: Instant,
        _ change: (inout AccuracyFigures) -> Void
    ) {
        change(&total)
        let key: String? =
            switch grouping {
            case .asset: asset
            case .version: version?.hash
            case .week: AccuracyPeriod.week(of: instant, in: terms.zone)
            case .month: AccuracyPeriod.month(of: instant, in: terms.zone)
            case .rule, nil: nil
            }
        if let key { change(&groups[key, default: AccuracyFigures()]) }
    }
}
