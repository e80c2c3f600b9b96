import Alarms
import Models

/// Finds the threshold of least expected cost by playing the alarm decision over rows the model did not learn from.
struct ThresholdSearch {
    /// Ordered by asset, then by time.
    let rows: [TrainingSet.Row]
    let outputs: [RowOutput]
    let watch: EpisodeEvaluation.Watch
    let costs: EpisodeEvaluation.Costs
    let raiseAfter: Int
    let clearBelow: Double

    /// What a model said of one row.
    struct RowOutput {
        let probability: Double
        let component: String?
        let timeToFailureMinutes: Double?
    }

    /// The middle, in log-odds, of the thresholds around the cheapest that cost no more than one missed failure above it.
    ///
    /// One failure more or less is chance: within it no threshold is better than another, and the middle is the
    /// one that least drift can hurt.
    func best() -> (threshold: Double, evaluation: EpisodeEvaluation) {
        let candidates = candidates()
        let evaluations = candidates.map { evaluation(at: $0) }
        let affordable = (evaluations.map(\.expectedCost).min() ?? 0) + costs.missedFailure
        let cheapest = evaluations.indices.min { evaluations[$0].expectedCost < evaluations[$1].expectedCost } ?? 0
        var low = cheapest
        while low > 0, evaluations[low - 1].expectedCost <= affordable { low -= 1 }
        var high = cheapest
        while high + 1 < candidates.count, evaluations[high + 1].expectedCost <= affordable { high += 1 }
        let middle = (low + high) / 2
        return (candidates[middle], evaluations[middle])
    }

    func evaluation(at threshold: Double) -> EpisodeEvaluation {
        let policy = PredictivePolicy(threshold: threshold, clearBelow: clearBelow, raiseAfter: raiseAfter)
        var raises: [Raise] = []
        var hysteresis = PredictiveHysteresis(policy: policy)
        for (index, row) in rows.enumerated() {
            if index > 0, rows[index - 1].asset != row.asset { hysteresis = PredictiveHysteresis(policy: policy) }
            guard hysteresis.observe(outputs[index].probability) == .raised else { continue }
            raises.append(
                Raise(
                    asset: row.asset,
                    instant: row.instant,
                    component: outputs[index].component,
                    timeToFailureMinutes: outputs[index].timeToFailureMinutes
                )
            )
        }
        return EpisodeEvaluation(raises: raises, over: watch, costs: costs)
    }

    /// Up to 200 thresholds: evenly over the log-odds that occur, between the lowest and highest of them.
    private func candidates() -> [Double] {
        let odds = outputs.map { min(max($0.probability, 1e-6), 1 - 1e-6) }.map { LogOdds.of($0) }
        guard let low = odds.min(), let high = odds.max(), low < high else { return [0.5] }
        return (1...200).map { LogOdds.probability(low + (high - low) * Double($0) / 200) }
    }
}
