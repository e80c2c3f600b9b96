import LightGBM
import Models

/// What models said of rows that they did not learn from.
struct OutOfFold {
    /// The failure head's trees with the least log-loss over all folds' judged rows.
    let trees: Int
    /// That log-loss, a row; nil without folds.
    let logLoss: Double?
    /// Ordered by asset, then by time; each row once.
    let indices: [Int]
    private let said: Heads.Outputs

    init(
        of data: TrainingData,
        folds: [Fold],
        reading: SurvivalReading?,
        growth: Growth,
        library: LightGBMLibrary,
        grown: () throws -> Void
    ) throws {
        let heads = try folds.map { fold in
            try Heads(
                of: data,
                indices: fold.training,
                validation: fold.judged,
                trees: growth.treesMax,
                reading: reading,
                growth: growth,
                library: library,
                grown: grown
            )
        }
        let pooled = Self.pooled(heads.map(\.losses), rows: folds.map(\.judged.count))
        let best = pooled.indices.min { pooled[$0] < pooled[$1] }
        let trees = best.map { $0 + 1 } ?? growth.treesMax / 2
        var judged: [Int] = []
        var said = Heads.Outputs()
        for (fold, heads) in zip(folds, heads) {
            judged += fold.judged
            said.append(try heads.outputs(of: data, indices: fold.judged, trees: trees))
        }
        let order = judged.indices.sorted { judged[$0] < judged[$1] }
        self.trees = trees
        logLoss = best.map { pooled[$0] }
        indices = order.map { judged[$0] }
        self.said = said.reordered(order)
    }

    /// Raw, one per index.
    var scores: [Double] { said.scores }

    /// What the models said of each row, read by a calibration.
    func outputs(_ calibration: PlattCalibration) -> [ModelOutput] { said.outputs(calibration) }

    /// The log-loss after each tree, a row, over all folds' rows; a fold that ended early stays where it was.
    static func pooled(_ losses: [[Double]], rows: [Int]) -> [Double] {
        let total = Double(max(1, rows.reduce(0, +)))
        return (0..<(losses.map(\.count).max() ?? 0)).map { tree in
            zip(losses, rows).reduce(0) { sum, fold in
                guard let last = fold.0.last else { return sum }
                return sum + (tree < fold.0.count ? fold.0[tree] : last) * Double(fold.1) / total
            }
        }
    }
}
