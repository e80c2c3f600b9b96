package import Plant

/// Lets through so many a second, and so many at once after a quiet time: never more than the burst and the rate times
/// the time, in whatever stretch of it.
///
/// A leaky bucket as a meter (ITU-T I.371, annex A), in millionths of one, so that nothing is ever rounded but the wait.
package struct TokenBucket: Hashable, Sendable {
    package struct Rate: Hashable, Sendable {
        package let perSecond: Int
        package let burst: Int

        /// A rate within what can be reckoned with: 1 to 10,000,000 a second, 1 to 1,000,000,000 at once.
        package init(perSecond: Int, burst: Int) {
            self.perSecond = min(max(perSecond, 1), 10_000_000)
            self.burst = min(max(burst, 1), 1_000_000_000)
        }

        fileprivate var capacity: Int64 { Int64(burst) * TokenBucket.unit }
    }

    package enum Decision: Hashable, Sendable {
        case taken
        /// Nothing was taken; after that long it may be, if nobody else takes it.
        case wait(Duration)
        /// More than a whole burst: no waiting helps.
        case never
    }

    /// One, in millionths: what a rate of 1 a second gives back in a second, a millionth each microsecond.
    private static let unit: Int64 = 1_000_000

    package private(set) var rate: Rate
    /// What was taken and has not come back yet.
    private var missing: Int64 = 0
    private var seenAt: Instant

    /// A full one.
    package init(_ rate: Rate, at now: Instant) {
        self.rate = rate
        seenAt = now
    }

    /// Takes that many, or nothing.
    package mutating func take(_ count: Int, at now: Instant) -> Decision {
        settle(at: now)
        guard count > 0 else { return .taken }
        guard count <= rate.burst else { return .never }
        let excess = missing + Int64(count) * Self.unit - rate.capacity
        guard excess > 0 else {
            missing += Int64(count) * Self.unit
            return .taken
        }
        return .wait(.microseconds((excess + Int64(rate.perSecond) - 1) / Int64(rate.perSecond)))
    }

    /// How many are to be had at once.
    package mutating func left(at now: Instant) -> Int {
        settle(at: now)
        return Int((rate.capacity - missing) / Self.unit)
    }

    /// Goes on at another rate, at once: what was taken stays taken, but no more than a whole burst of it.
    package mutating func change(to rate: Rate, at now: Instant) {
        settle(at: now)
        self.rate = rate
        missing = min(missing, rate.capacity)
    }

    /// What came back in the meantime; a clock that was put back gives nothing and takes nothing.
    private mutating func settle(at now: Instant) {
        let passed = (now - seenAt).microseconds
        seenAt = now
        guard passed > 0 else { return }
        let (back, overflow) = passed.multipliedReportingOverflow(by: Int64(rate.perSecond))
        missing = overflow ? 0 : max(0, missing - back)
    }
}
