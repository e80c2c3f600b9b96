import Plant

/// When a model was used, and from that when it will be again.
///
/// A source that is polled asks at steady intervals; people and chance ask at any time. How far the intervals scatter
/// tells the one from the other: the steadier, the more the next use is taken to come one interval after the last;
/// else as a Poisson process would have it, which does not remember.
struct UseHistory: Sendable {
    private(set) var last: Instant
    /// Intervals seen.
    private var count = 0
    /// Exponentially weighted, in seconds.
    private var mean = 0.0
    private var variance = 0.0
    /// Uses, halved whenever the ledger lets them fade.
    private(set) var frequency = 1.0

    /// The weight of the newest interval, once there are many.
    private static let newestWeight = 0.125
    /// How many intervals an estimate is worth at most against the silence since the last use.
    private static let evidenceMax = 4

    init(firstUsed instant: Instant) { last = instant }

    mutating func use(at instant: Instant) {
        frequency += 1
        let interval = (instant - last).seconds
        last = max(last, instant)
        guard interval > 0 else { return }
        count += 1
        let weight = max(1 / Double(count), Self.newestWeight)
        let change = interval - mean
        mean += weight * change
        variance = (1 - weight) * (variance + weight * change * change)
    }

    mutating func fade() { frequency /= 2 }

    /// Seconds until the next use, seen from an instant; infinite after one use, which promises no second.
    func secondsToNextUse(from now: Instant) -> Double {
        guard count > 0 else { return .infinity }
        let silence = max(0, (now - last).seconds)
        let evidence = Double(min(count, Self.evidenceMax))
        let byChance = (mean * evidence + silence) / evidence
        // Who missed its turn is taken to stay away for as long again.
        let byPlan = silence > 1.5 * mean ? silence : max(0, mean - silence)
        let steadiness = max(0, 1 - variance.squareRoot() / mean)
        return steadiness * byPlan + (1 - steadiness) * byChance
    }
}

extension Duration {
    var seconds: Double { Double(microseconds) / 1_000_000 }
}
