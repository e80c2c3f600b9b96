import Plant

/// When one rule was active, and when it was critical, by asset: spells with short gaps are one burst.
///
/// What chatters is one event to an operator, however often it is raised.
struct BurstBook: Sendable {
    struct Burst: Hashable {
        let start: Instant
        var end: Instant
    }

    private struct Bursts {
        var closed: [Burst] = []
        /// The last one, which goes on while it is active or a gap is short.
        var last: Burst?
        var isActive = false

        mutating func set(_ isNow: Bool, at instant: Instant) {
            guard isNow != isActive else { return }
            isActive = isNow
            if isNow {
                if let last, instant - last.end > RuleFindings.chatterWithin {
                    closed.append(last)
                    self.last = Burst(start: instant, end: instant)
                } else {
                    last = last ?? Burst(start: instant, end: instant)
                }
            }
            last?.end = instant
        }

        func all(until end: Instant) -> [Burst] {
            guard var last else { return closed }
            if isActive { last.end = end }
            return closed + [last]
        }
    }

    private var active: [String: Bursts] = [:]
    private var critical: [String: Bursts] = [:]

    /// So many are kept of one rule; beyond that nothing can be said of it.
    static let countMax = 5_000

    private(set) var isFull = false

    mutating func note(_ cause: AlarmCause, of asset: String, at instant: Instant) {
        active[asset, default: Bursts()].set(cause.isActive, at: instant)
        critical[asset, default: Bursts()].set(cause.isActive && cause.type == .critical, at: instant)
        if active[asset, default: Bursts()].closed.count > Self.countMax { isFull = true }
    }

    /// How long bursts lasted in all, and what may follow each at most: an alarm that stands longer hides more than chatter.
    func standingMax(until end: Instant) -> Duration {
        active.values.flatMap { $0.all(until: end) }.reduce(.zero) { sum, burst in
            sum + (burst.end - burst.start) * 11 / 10 + RuleFindings.chatterWithin
        }
    }

    func critical(until end: Instant) -> [String: [Burst]] { critical.mapValues { $0.all(until: end) } }

    func active(of asset: String, until end: Instant) -> [Burst] { active[asset]?.all(until: end) ?? [] }
}
