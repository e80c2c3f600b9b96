/// Decides for one asset, row by row, whether its predictions are an alarm.
///
/// The lane, `backtest` and the search for a threshold run the same decision.
package struct PredictiveHysteresis: Hashable, Sendable {
    package enum Change: Hashable, Sendable { case raised, cleared }

    /// May be replaced between rows, as when another model takes over.
    package var policy: PredictivePolicy
    package private(set) var isActive: Bool
    /// Consecutive rows at or above the threshold, up to and with the newest.
    package private(set) var run: Int
    /// The same, without the newest.
    package private(set) var runBefore: Int

    package init(policy: PredictivePolicy, isActive: Bool = false, run: Int = 0, runBefore: Int = 0) {
        self.policy = policy
        self.isActive = isActive
        self.run = run
        self.runBefore = runBefore
    }

    /// Takes the probability of the next row; one that is not a number changes nothing.
    package mutating func observe(_ probability: Double) -> Change? {
        guard !probability.isNaN else { return nil }
        runBefore = run
        return decide(probability)
    }

    /// Takes another probability for the newest row, in place of the one before.
    package mutating func revise(_ probability: Double) -> Change? {
        guard !probability.isNaN else { return nil }
        run = runBefore
        return decide(probability)
    }

    private mutating func decide(_ probability: Double) -> Change? {
        run = probability >= policy.threshold ? run + 1 : 0
        if isActive {
            guard probability < policy.clearBelow * policy.threshold else { return nil }
            isActive = false
            return .cleared
        }
        guard run >= policy.raiseAfter, run > 0 else { return nil }
        isActive = true
        return .raised
    }
}
