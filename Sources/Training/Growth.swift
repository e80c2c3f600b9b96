package import Models

/// How boosters are grown; the defaults were found on fleets and on machines run to failure alike.
///
/// Small trees over few features each rank better on a few hundred failures than LightGBM's own defaults.
package struct Growth: Hashable, Sendable {
    /// LightGBM's parameters of the failure head; what the organization says takes the place of the defaults.
    package var failureParameters: [String: String] = [:]
    package var seed = 1
    /// The failure head's trees; how many of them, the folds' log-loss decides.
    package var treesMax = 400
    /// Iterations of the component head, each with a tree per component and one for health.
    package var componentRounds = 20
    package var componentLearningRate = 0.15
    package var componentFeatureShare = 0.5
    /// Trees of the survival head.
    package var survivalTrees = 100
    package var survivalLearningRate = 0.05
    package var survivalFeatureShare = 0.5
    /// The survival head learns from the few rows before failures alone.
    package var survivalLeafRowsMin = 5
    package var survivalBinsMax = 25
    /// Into so many parts failures are dealt to find how the survival head's scores are to be read.
    package var survivalFolds = 10
    /// With fewer failures P10 and P90 are the survival curve's own.
    package var spreadEpisodesMin = 20
    /// Threads of LightGBM; one core is left to whoever else works here.
    package var threads = 1
    /// Where forward-chaining folds are cut, as shares of the judged rows' time.
    package var foldCuts = [0.4, 0.55, 0.7, 0.85]
    /// How many folds of whole assets there are.
    package var assetFolds = 5
    /// How many other sets of the failure head's parameters are tried, and for how long.
    package var searchTrials = 0
    package var searchBudget = Duration.seconds(600)
    /// With fewer failures that the very model never saw nothing is said of its quality, nor are costs weighed.
    package var judgedEpisodesMin = 10
    /// The same where folds judge in its place: they learned from less, each from other failures.
    package var foldedEpisodesMin = 20

    package init() {}

    /// As the organization wants it.
    package init(_ configuration: TrainingConfiguration) {
        failureParameters = configuration.parameters.values
        seed = configuration.seed
        treesMax = configuration.treesMax
        searchTrials = configuration.searchTrials
        searchBudget = .seconds(configuration.searchMinutesMax * 60)
    }

    func componentParameters(classes: Int) -> [String: String] {
        defaults.merging([
            "objective": "multiclass",
            "num_class": String(classes),
            "learning_rate": String(componentLearningRate),
            "feature_fraction": String(componentFeatureShare),
        ]) { $1 }
    }

    var survivalParameters: [String: String] {
        defaults.merging([
            "objective": "cross_entropy",
            "learning_rate": String(survivalLearningRate),
            "feature_fraction": String(survivalFeatureShare),
            "min_data_in_leaf": String(survivalLeafRowsMin),
        ]) { $1 }
    }

    /// LightGBM's parameters of the failure head.
    var parameters: [String: String] { defaults.merging(failureParameters) { $1 } }

    /// What all heads have in common.
    private var defaults: [String: String] {
        [
            "objective": "binary",
            "learning_rate": "0.04",
            "num_leaves": "12",
            "min_data_in_leaf": "20",
            "feature_fraction": "0.3",
            "bagging_fraction": "0.8",
            "bagging_freq": "1",
            "lambda_l2": "1.0",
            "seed": String(seed),
            "deterministic": "true",
            "force_row_wise": "true",
            "num_threads": String(threads),
            "verbosity": "-1",
        ]
    }
}
