package import Plant

/// What became of an asset within the horizon of a row.
package enum Label: Hashable, Sendable {
    /// It failed: so many minutes later, and these components; none where nobody recorded one.
    case positive(minutesToFailure: Double, components: Set<String>)
    case negative
    /// Nobody can tell: neither trained on nor judged.
    case unknown

    package var isKnown: Bool { self != .unknown }

    package var isPositive: Bool {
        switch self {
        case .positive: true
        case .negative, .unknown: false
        }
    }
}

/// Labels rows by what was recorded after them.
package struct Labeler: Sendable {
    package let history: FailureHistory
    package let horizon: Duration
    package let recovery: Duration
    private let latestRows: [String: Instant]
    private let sound: [String: [ClosedRange<Instant>]]

    /// A labeler for rows of assets whose latest rows are given, and when somebody knows them to have been sound.
    package init(
        history: FailureHistory,
        horizon: Duration,
        recovery: Duration,
        latestRows: [String: Instant],
        sound: [String: [ClosedRange<Instant>]] = [:]
    ) {
        self.sound = sound
        self.history = history
        self.horizon = horizon
        self.recovery = recovery
        self.latestRows = latestRows
    }

    package func label(_ asset: String, at instant: Instant) -> Label {
        let end = instant + horizon
        if end > history.observedUntil || history.isFailing(asset, at: instant, recovery: recovery) { return .unknown }
        guard let next = history.nextEpisode(of: asset, after: instant) else {
            // An asset that fell silent may have failed: only rows past the horizon show that it lived.
            let lived = latestRows[asset].map { $0 >= end } ?? false
            return lived || sound[asset]?.contains { $0.contains(instant) } ?? false ? .negative : .unknown
        }
        guard next.start <= end else { return .negative }
        return .positive(minutesToFailure: (next.start - instant).minutes, components: next.components)
    }
}
