import Alarms
import Models

/// Finds the threshold of least expected cost by playing the alarm decision over rows the model did not learn from.
struct ThresholdSearch {
    /// Ordered by asset, then by time.
    let rows: [TrainingSet.Row]
    /// What a model said of each row.
    let outputs: [ModelOutput]
    let watch: EpisodeEvaluation.Watch
    let costs: EpisodeEvaluation.Costs
    let raiseAfter: Int
    let clearBelow: Double

    /// What one threshold would have raised.
    struct Played {
        let threshold: Double
        let raises: [Raise]
        let evaluation: EpisodeEvaluation
    }

    /// Up to 200 thresholds: evenly over the log-odds that occur, between the lowest and highest of them, ascending.
    func playAll() -> [Played] {
        let odds = outputs.map { min(max($0.probability, 1e-6), 1 - 1e-6) }.map { LogOdds.of($0) }
        guard let low = odds.min(), let high = odds.max(), low < high else { return [play(0.5)] }
        return (1...200).map { play(LogOdds.probability(low + (high - low) * Double($0) / 200)) }
    }

    /// The middle, in log-odds, of the thresholds around the cheapest that cost no more than one missed failure above it.
    ///
    /// One failure more or less is chance: within it no threshold is better than another, and the middle is the
    /// one that least drift can hurt.
    func best(of all: [Played]) -> Played {
        let affordable = (all.map(\.evaluation.expectedCost).min() ?? 0) + costs.missedFailure
        let cheapest =
            all.indices.min { all[$0].evaluation.expectedCost < all[$1].evaluation.expectedCost } ?? all.startIndex
        var low = cheapest
        while low > 0, all[low - 1].evaluation.expectedCost <= affordable { low -= 1 }
        var high = cheapest
        while high + 1 < all.count, all[high + 1].evaluation.expectedCost <= affordable { high += 1 }
        return all[(low + high) / 2]
    }

    func play(_ threshold: Double) -> Played {
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
        return Played(
            threshold: threshold,
            raises: raises,
            evaluation: EpisodeEvaluation(raises: raises, over: watch, costs: costs)
        )
    }
}
