import LightGBM
import Models
import Plant

/// Looks for better parameters of the failure head, by the folds' log-loss: in order of time, no failure in two parts.
struct ParameterSearch {
    let growth: Growth
    let library: LightGBMLibrary
    let progress: TrainingProgressHandler

    /// A set of parameters is taken only if its log-loss is lower by this share, and lower in every fold: less is chance,
    /// and the best of many sets has had more of it than others.
    private static let gainMin = 0.005

    /// The best of the parameters given and as many others as the budget allows.
    ///
    /// The same seed tries the same sets; a budget of time may end it earlier on a slower machine.
    func best(for data: TrainingData, folds: [Fold]) throws -> Growth {
        guard growth.searchTrials > 0, !folds.isEmpty else { return growth }
        var chance = SeededTrials(seed: growth.seed)
        let clock = ContinuousClock()
        let end = clock.now + growth.searchBudget
        var best = (growth: growth, losses: try losses(of: growth, data, folds))
        for trial in 0..<growth.searchTrials where clock.now < end {
            progress(TrainingProgress(.searching, done: trial, total: growth.searchTrials))
            var candidate = growth
            candidate.failureParameters.merge(chance.next()) { $1 }
            let losses = try losses(of: candidate, data, folds)
            let isLower = zip(losses.byFold, best.losses.byFold).allSatisfy { $0 < $1 }
            if isLower, losses.pooled < best.losses.pooled * (1 - Self.gainMin) { best = (candidate, losses) }
        }
        progress(TrainingProgress(.searching, done: growth.searchTrials, total: growth.searchTrials))
        return best.growth
    }

    /// The log-losses, a row, with the number of trees where the pooled one is least.
    private func losses(
        of growth: Growth,
        _ data: TrainingData,
        _ folds: [Fold]
    ) throws -> (pooled: Double, byFold: [Double]) {
        let losses = try folds.map { fold in
            try Heads.failureLosses(of: data, fold: fold, growth: growth, library: library)
        }
        let pooled = OutOfFold.pooled(losses, rows: folds.map(\.judged.count))
        guard let tree = pooled.indices.min(by: { pooled[$0] < pooled[$1] }) else {
            return (.infinity, folds.map { _ in .infinity })
        }
        return (pooled[tree], losses.map { $0.isEmpty ? .infinity : $0[min(tree, $0.count - 1)] })
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
