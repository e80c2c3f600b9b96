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

        /// - Returns: Whether that closed a burst.
        mutating func set(_ isNow: Bool, at instant: Instant) -> Bool {
            guard isNow != isActive else { return false }
            isActive = isNow
            var isClosing = false
            if isNow {
                if let last, instant - last.end > RuleFindings.chatterWithin {
                    closed.append(last)
                    self.last = Burst(start: instant, end: instant)
                    isClosing = true
                } else {
                    last = last ?? Burst(start: instant, end: instant)
                }
            }
            last?.end = instant
            return isClosing
        }

        func all(until end: Instant) -> [Burst] {
            guard var last else { return closed }
            if isActive { last.end = end }
            return closed + [last]
        }

        /// The last that began before an instant; none lasted longer.
        func newest(before instant: Instant, until end: Instant) -> Burst? {
            if var last, last.start < instant {
                if isActive { last.end = end }
                return last
            }
            var (low, high) = (0, closed.count)
            while low < high {
                let middle = (low + high) / 2
                if closed[middle].start < instant { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? closed[low - 1] : nil
        }
    }

    private var active: [String: Bursts] = [:]
    private var critical: [String: Bursts] = [:]

    /// So many are kept of one rule; beyond that nothing can be said of it.
    static let countMax = 20_000
    /// So many of one asset.
    static let countOfAssetMax = 5_000

    /// Whether there were too many: then none is kept.
    private(set) var isFull = false
    private var closedCount = 0

    mutating func note(_ cause: AlarmCause, of asset: String, at instant: Instant) {
        guard !isFull else { return }
        let isCritical = cause.isActive && cause.type == .critical
        if active[asset, default: Bursts()].set(cause.isActive, at: instant) { closedCount += 1 }
        if critical[asset, default: Bursts()].set(isCritical, at: instant) { closedCount += 1 }
        let ofAsset = max(active[asset]?.closed.count ?? 0, critical[asset]?.closed.count ?? 0)
        guard ofAsset > Self.countOfAssetMax || closedCount > Self.countMax else { return }
        isFull = true
        active = [:]
        critical = [:]
    }

    /// How long bursts lasted in all, and what may follow each at most: an alarm that stands longer hides more than chatter.
    func standingMax(until end: Instant) -> Duration {
        active.values.flatMap { $0.all(until: end) }.reduce(.zero) { sum, burst in
            sum + (burst.end - burst.start) * 11 / 10 + RuleFindings.chatterWithin
        }
    }

    func critical(until end: Instant) -> [String: [Burst]] { critical.mapValues { $0.all(until: end) } }

    /// The last that began before an instant.
    func newest(of asset: String, before instant: Instant, until end: Instant) -> Burst? {
        active[asset]?.newest(before: instant, until: end)
    }
}
