package import Plant

/// One raise of an alarm in a history, and what it said.
package struct Raise: Hashable, Sendable {
    package let asset: String
    package let instant: Instant
    package let component: String?
    package let timeToFailureMinutes: Double?

    package init(asset: String, instant: Instant, component: String? = nil, timeToFailureMinutes: Double? = nil) {
        self.asset = asset
        self.instant = instant
        self.component = component
        self.timeToFailureMinutes = timeToFailureMinutes
    }
}

/// How raised alarms meet recorded failures, failure by failure.
package struct EpisodeEvaluation: Hashable, Sendable, Codable {
    package let episodes: Int
    package let episodesDetected: Int
    /// From the first raise within the horizon to the failure; nil where none was detected.
    package let medianLeadMinutes: Double?
    /// Raises without a failure within the horizon.
    ///
    /// As with rows, those whose outcome nobody knows are not counted, nor those while the asset was failing or
    /// recovering.
    package let falseAlarms: Int
    /// Nil where no asset was watched for any time.
    package let falseAlarmsPerAssetWeek: Double?
    /// Share of detected episodes whose first raise names one of their components; nil where none names any.
    package let componentTop1: Double?
    /// Mean absolute error, in minutes, of the time to failure said at the first raise; nil where none says any.
    package let timeToFailureMAE: Double?
    /// Episodes that no raise announced, by what the organization says they cost, plus the false alarms.
    package let expectedCost: Double

    /// What was watched: the part of a history that alarms are judged over.
    package struct Watch: Sendable {
        /// First and last row of each asset in the judged part.
        package let spans: [String: ClosedRange<Instant>]
        package let history: FailureHistory
        package let horizon: Duration
        private let recovery: Duration
        private let latestRows: [String: Instant]?

        /// What is judged by a history.
        ///
        /// - Parameters:
        ///   - spans: First and last row of each asset in the judged part.
        ///   - history: What failed.
        ///   - horizon: The model's.
        ///   - recovery: The schema's: how long after a failure raises are not judged.
        ///   - latestRows: The latest row of each asset, where raises also stand at rows whose outcome may be unknown
        ///     because the asset fell silent; nil where each raise stands at a row with a label.
        package init(
            spans: [String: ClosedRange<Instant>],
            history: FailureHistory,
            horizon: Duration,
            recovery: Duration = .zero,
            latestRows: [String: Instant]? = nil
        ) {
            self.spans = spans
            self.history = history
            self.horizon = horizon
            self.recovery = recovery
            self.latestRows = latestRows
        }

        /// Whether a raise was false for sure: a row at its instant would be negative.
        func isFalse(_ raise: Raise) -> Bool {
            let end = raise.instant + horizon
            if end > history.observedUntil { return false }
            if history.isFailing(raise.asset, at: raise.instant, recovery: recovery) { return false }
            if let next = history.nextEpisode(of: raise.asset, after: raise.instant) { return next.start > end }
            guard let latestRows else { return true }
            return latestRows[raise.asset].map { $0 >= end } ?? false
        }

        /// Failures that could have been announced: at least one row of the judged part lies within their horizon.
        package var episodes: [FailureHistory.Episode] {
            history.allEpisodes.filter { episode in
                guard let span = spans[episode.asset], episode.start <= history.observedUntil else { return false }
                return span.lowerBound < episode.start && span.upperBound >= episode.start - horizon
            }
        }

        /// The failures that were announced, each with its first raise.
        package func announced(by raises: [Raise]) -> [(episode: FailureHistory.Episode, first: Raise)] {
            let byAsset = Dictionary(grouping: raises, by: \.asset).mapValues { $0.sorted { $0.instant < $1.instant } }
            return episodes.compactMap { episode in
                let start = episode.start - horizon
                return byAsset[episode.asset]?.first { $0.instant >= start && $0.instant < episode.start }
                    .map { (episode, $0) }
            }
        }

        package var assetWeeks: Double {
            spans.values.reduce(0) { $0 + ($1.upperBound - $1.lowerBound).minutes } / (7 * 24 * 60)
        }
    }

    package struct Costs: Sendable {
        package let missedFailure: Double
        package let falseAlarm: Double

        package init(missedFailure: Double, falseAlarm: Double) {
            self.missedFailure = missedFailure
            self.falseAlarm = falseAlarm
        }

        package init(_ schema: SignalSchema) {
            self.init(missedFailure: schema.missedFailureCost, falseAlarm: schema.falseAlarmCost)
        }
    }

    package init(raises: [Raise], over watch: Watch, costs: Costs) {
        var leads: [Double] = []
        var named: [Bool] = []
        var errors: [Double] = []
        for (episode, first) in watch.announced(by: raises) {
            let lead = (episode.start - first.instant).minutes
            leads.append(lead)
            if let component = first.component, !episode.components.isEmpty {
                named.append(episode.components.contains(component))
            }
            if let said = first.timeToFailureMinutes { errors.append(abs(said - lead)) }
        }
        falseAlarms = raises.count { watch.isFalse($0) }
        episodes = watch.episodes.count
        episodesDetected = leads.count
        medianLeadMinutes = Self.median(leads)
        let weeks = watch.assetWeeks
        falseAlarmsPerAssetWeek = weeks > 0 ? Double(falseAlarms) / weeks : nil
        componentTop1 = named.isEmpty ? nil : Double(named.count(where: \.self)) / Double(named.count)
        timeToFailureMAE = errors.isEmpty ? nil : errors.reduce(0, +) / Double(errors.count)
        expectedCost =
            Double(episodes - leads.count) * costs.missedFailure + Double(falseAlarms) * costs.falseAlarm
    }

    private static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
