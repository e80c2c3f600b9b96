import LightGBM
import Models

/// What models said of rows that they did not learn from.
struct OutOfFold {
    /// The failure head's trees with the least log-loss over all folds' judged rows.
    let trees: Int
    /// Ordered by asset, then by time; each row once.
    let indices: [Int]
    /// Raw scores, and the rest, one per index.
    let scores: [Double]
    let components: [String?]
    let timesToFailure: [Double?]

    init(
        of data: TrainingData,
        folds: [Fold],
        configuration: TrainingConfiguration,
        library: LightGBMLibrary,
        grown: () throws -> Void
    ) throws {
        let heads = try folds.map { fold in
            try Heads(
                of: data,
                indices: fold.training,
                validation: fold.judged,
                trees: configuration.treesMax,
                configuration: configuration,
                library: library,
                grown: grown
            )
        }
        let trees = Self.bestTrees(heads.map(\.losses), rows: folds.map(\.judged.count)) ?? configuration.treesMax / 2
        var rows: [(index: Int, score: Double, component: String?, time: Double?)] = []
        for (fold, heads) in zip(folds, heads) {
            let outputs = try heads.outputs(of: data, indices: fold.judged, trees: trees)
            for (position, index) in fold.judged.enumerated() {
                rows.append(
                    (index, outputs.scores[position], outputs.components[position], outputs.timesToFailure[position])
                )
            }
        }
        rows.sort { $0.index < $1.index }
        self.trees = trees
        indices = rows.map(\.index)
        scores = rows.map(\.score)
        components = rows.map(\.component)
        timesToFailure = rows.map(\.time)
    }

    /// The number of trees after which the log-loss, pooled over the folds' rows, is least; nil without folds.
    private static func bestTrees(_ losses: [[Double]], rows: [Int]) -> Int? {
        guard let longest = losses.map(\.count).max(), longest > 0 else { return nil }
        let pooled = (0..<longest).map { tree in
            zip(losses, rows).reduce(0) { sum, fold in
                guard let last = fold.0.last else { return sum }
                return sum + (tree < fold.0.count ? fold.0[tree] : last) * Double(fold.1)
            }
        }
        return pooled.indices.min { pooled[$0] < pooled[$1] }.map { $0 + 1 }
    }
}
