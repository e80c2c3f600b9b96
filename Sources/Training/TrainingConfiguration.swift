/// How boosters are grown; the defaults were found on fleets and on machines run to failure alike.
///
/// Small trees over few features each rank better on a few hundred failures than LightGBM's own defaults.
package struct TrainingConfiguration: Hashable, Sendable {
    package var learningRate = 0.04
    package var leavesMax = 12
    package var leafRowsMin = 20
    package var featureShare = 0.3
    package var rowShare = 0.8
    package var lambda = 1.0
    package var seed = 1
    /// The failure head's trees; how many of them, the folds' log-loss decides.
    package var treesMax = 400
    /// Iterations of the component head, each with a tree per component and one for health.
    package var componentRounds = 20
    package var componentLearningRate = 0.15
    package var componentFeatureShare = 0.5
    /// Trees of the survival head, over all its bins.
    package var survivalTrees = 80
    package var survivalLearningRate = 0.2
    package var survivalFeatureShare = 0.5
    /// The survival head learns from the few rows before failures alone.
    package var survivalLeafRowsMin = 5
    package var survivalBinsMax = 5
    /// Threads of LightGBM; one core is left to whoever else works here.
    package var threads = 1
    /// Where forward-chaining folds are cut, as shares of the judged rows' time.
    package var foldCuts = [0.4, 0.55, 0.7, 0.85]
    /// How many folds of whole assets there are.
    package var assetFolds = 5
    /// With fewer judged failures nothing is said of a model's quality.
    package var judgedEpisodesMin = 10

    package init() {}

    /// Iterations of the survival head: each grows one tree per bin.
    func survivalRounds(bins: Int) -> Int { max(5, survivalTrees / bins) }

    func componentParameters(classes: Int) -> [String: String] {
        multiclass(classes).merging([
            "learning_rate": String(componentLearningRate),
            "feature_fraction": String(componentFeatureShare),
        ]) { $1 }
    }

    func survivalParameters(bins: Int) -> [String: String] {
        multiclass(bins).merging([
            "learning_rate": String(survivalLearningRate),
            "feature_fraction": String(survivalFeatureShare),
            "min_data_in_leaf": String(survivalLeafRowsMin),
        ]) { $1 }
    }

    private func multiclass(_ classes: Int) -> [String: String] {
        parameters.merging(["objective": "multiclass", "num_class": String(classes)]) { $1 }
    }

    /// LightGBM's parameters, those of the failure head.
    var parameters: [String: String] {
        [
            "objective": "binary",
            "learning_rate": String(learningRate),
            "num_leaves": String(leavesMax),
            "min_data_in_leaf": String(leafRowsMin),
            "feature_fraction": String(featureShare),
            "bagging_fraction": String(rowShare),
            "bagging_freq": "1",
            "lambda_l2": String(lambda),
            "seed": String(seed),
            "deterministic": "true",
            "force_row_wise": "true",
            "num_threads": String(threads),
            "verbosity": "-1",
        ]
    }
}
