import Plant

/// When a model was used, and from that when it will be again.
///
/// A source that is polled asks at steady intervals; people and chance ask at any time. How far the intervals scatter
/// tells the one from the other: the steadier, the more the next use is taken to come one interval after the last;
/// else as a Poisson process would have it, which does not remember.
///
/// Intervals are counted twice: in seconds, and in turns, which are uses of the whole cache. A plant's own poll is steady
/// in seconds; models that come round one after the other are steady in turns, however slow the machine is just then.
/// The steadier of the two speaks.
struct UseHistory: Sendable {
    private(set) var last: Instant
    private var lastTurn: Int
    /// Intervals seen.
    private var count = 0
    private var seconds = Pace()
    private var turns = Pace()
    /// Uses, halved whenever the ledger lets them fade.
    private(set) var frequency = 1.0

    /// The weight of the newest interval, once there are many.
    private static let newestWeight = 0.125
    /// How many intervals an estimate is worth at most against the silence since the last use.
    private static let evidenceMax = 4

    /// Used for the first time, when the whole cache had been used so often.
    init(firstUsed instant: Instant, turn: Int) { (last, lastTurn) = (instant, turn) }

    mutating func use(at instant: Instant, turn: Int) {
        frequency += 1
        let (interval, turnsBetween) = ((instant - last).seconds, Double(turn - lastTurn))
        (last, lastTurn) = (max(last, instant), turn)
        guard interval > 0 else { return }
        count += 1
        let weight = max(1 / Double(count), Self.newestWeight)
        seconds.note(interval, weight: weight)
        turns.note(turnsBetween, weight: weight)
    }

    mutating func fade() { frequency /= 2 }

    /// Seconds until the next use, by the time alone; infinite after one use, which promises no second.
    func secondsToNextUse(from now: Instant) -> Double {
        guard count > 0 else { return .infinity }
        let silence = max(0, (now - last).seconds)
        return seconds.mean * seconds.left(after: silence, isOverdue: seconds.isOverdue(silence), evidence: evidence)
    }

    /// Turns until the next use; infinite after one use.
    func turnsToNextUse(from now: Instant, turn: Int) -> Double {
        guard count > 0 else { return .infinity }
        let (silence, turnsPassed) = (max(0, (now - last).seconds), Double(turn - lastTurn))
        // Where all are late, it is the machine that is slow; where others come more often, it is they.
        let isOverdue = seconds.isOverdue(silence) && turns.isOverdue(turnsPassed)
        let left =
            seconds.steadiness > turns.steadiness
            ? seconds.left(after: silence, isOverdue: isOverdue, evidence: evidence)
            : turns.left(after: turnsPassed, isOverdue: isOverdue, evidence: evidence)
        return turns.mean * left
    }

    private var evidence: Double { Double(min(count, Self.evidenceMax)) }
}

extension UseHistory {
    /// Intervals by one clock, exponentially weighted.
    private struct Pace {
        private(set) var mean = 0.0
        private var variance = 0.0

        /// From 1, where all are alike, to 0, where they scatter as widely as they are long, or more.
        var steadiness: Double { max(0, 1 - variance.squareRoot() / mean) }

        mutating func note(_ interval: Double, weight: Double) {
            let change = interval - mean
            mean += weight * change
            variance = (1 - weight) * (variance + weight * change * change)
        }

        func isOverdue(_ silence: Double) -> Bool { silence > 1.5 * mean }

        /// How much is left to the next use, in intervals.
        func left(after silence: Double, isOverdue: Bool, evidence: Double) -> Double {
            let passed = silence / mean
            let byChance = 1 + passed / evidence
            // Who missed its turn is taken to stay away for as long again.
            let byPlan = isOverdue ? passed : max(0, 1 - passed)
            return steadiness * byPlan + (1 - steadiness) * byChance
        }
    }
}

extension Duration {
    var seconds: Double { Double(microseconds) / 1_000_000 }
}
