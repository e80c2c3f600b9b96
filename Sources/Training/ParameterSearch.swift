import LightGBM
import Models
import Plant

/// Looks for better parameters of the failure head, by the folds' log-loss: in order of time, no failure in two parts.
struct ParameterSearch {
    let growth: Growth
    let library: LightGBMLibrary
    let progress: TrainingProgressHandler

    /// A set of parameters is taken only if its log-loss is lower by this share: less is chance.
    private static let gainMin = 0.005

    /// The best of the parameters given and as many others as the budget allows.
    ///
    /// The same seed tries the same sets; a budget of time may end it earlier on a slower machine.
    func best(for data: TrainingData, folds: [Fold]) throws -> Growth {
        guard growth.searchTrials > 0, !folds.isEmpty else { return growth }
        var chance = SeededTrials(seed: growth.seed)
        let clock = ContinuousClock()
        let end = clock.now + growth.searchBudget
        var best = (growth: growth, loss: try loss(of: growth, data, folds))
        for trial in 0..<growth.searchTrials where clock.now < end {
            progress(TrainingProgress(.searching, done: trial, total: growth.searchTrials))
            var candidate = growth
            candidate.failureParameters.merge(chance.next()) { $1 }
            let loss = try loss(of: candidate, data, folds)
            if loss < best.loss * (1 - Self.gainMin) { best = (candidate, loss) }
        }
        progress(TrainingProgress(.searching, done: growth.searchTrials, total: growth.searchTrials))
        return best.growth
    }

    /// The least log-loss over the number of trees.
    private func loss(of growth: Growth, _ data: TrainingData, _ folds: [Fold]) throws -> Double {
        let losses = try folds.map { fold in
            try Heads.failureLosses(of: data, fold: fold, growth: growth, library: library)
        }
        return OutOfFold.pooled(losses, rows: folds.map(\.judged.count)).min() ?? .infinity
    }
}

/// Sets of parameters, drawn evenly over ranges that suit a few failures as well as many.
private struct SeededTrials {
    private var chance: SplitMix64

    init(seed: Int) { chance = SplitMix64(seed: UInt64(truncatingIfNeeded: seed)) }

    mutating func next() -> [String: String] {
        [
            "learning_rate": pick(["0.02", "0.03", "0.04", "0.06", "0.1"]),
            "num_leaves": pick(["4", "6", "8", "12", "16", "24", "31", "48"]),
            "min_data_in_leaf": pick(["5", "10", "20", "40", "80", "160"]),
            "feature_fraction": pick(["0.1", "0.2", "0.3", "0.5", "0.8"]),
            "bagging_fraction": pick(["0.5", "0.65", "0.8", "0.95"]),
            "lambda_l2": pick(["0", "1", "5", "20"]),
            "min_gain_to_split": pick(["0", "0", "0.05", "0.2"]),
        ]
    }

    private mutating func pick(_ values: [String]) -> String { values.randomElement(using: &chance) ?? values[0] }
}
