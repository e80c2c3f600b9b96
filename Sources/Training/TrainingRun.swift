package import Alarms
import Features
package import LightGBM
package import Models
package import ONNXRuntime
import Plant
import Serving

/// One model, from labelled rows to a proven artifact: read this from the top down.
///
/// Judged first: folds that never saw the rows they are judged on give the number of trees, the calibration,
/// the threshold and the figures. Then grown on everything, exported to one ONNX graph, and compared with the
/// boosters it came from before anyone gets it.
package struct TrainingRun: Sendable {
    private let document: SchemaDocument
    private let configuration: TrainingConfiguration
    private let lightGBM: LightGBMLibrary
    private let runtime: ONNXRuntimeLibrary
    private let progress: TrainingProgressHandler

    package init(
        document: SchemaDocument,
        configuration: TrainingConfiguration = TrainingConfiguration(),
        lightGBM: LightGBMLibrary,
        runtime: ONNXRuntimeLibrary,
        progress: @escaping TrainingProgressHandler = { _ in }
    ) {
        self.document = document
        self.configuration = configuration
        self.lightGBM = lightGBM
        self.runtime = runtime
        self.progress = progress
    }

    /// Blocks its thread while LightGBM works.
    ///
    /// - Throws: ``TrainingError`` where the rows can't be learned from, or the export differs from its boosters.
    package func artifact(from data: TrainingData) throws -> ModelArtifact {
        let judged = data.set.judged
        try requireBothOutcomes(data.set, judged)
        let folds = folds(of: data.set)
        var counter = TreeCounter(folds: folds.count, configuration: configuration, progress: progress)
        let outOfFold = try OutOfFold(
            of: data,
            folds: folds,
            configuration: configuration,
            library: lightGBM,
            grown: { counter.grown() }
        )
        progress(TrainingProgress(.judging, done: 0, total: 1))
        let verdict = Verdict(outOfFold, set: data.set, schema: document.schema, configuration: configuration)
        let heads = try Heads(
            of: data,
            indices: judged,
            validation: [],
            trees: outOfFold.trees,
            configuration: configuration,
            library: lightGBM,
            grown: { counter.grown() }
        )
        progress(TrainingProgress(.exporting, done: 0, total: 1))
        let export = ModelExport(data: data, heads: heads, trees: outOfFold.trees, verdict: verdict, runtime: runtime)
        let artifact = try export.artifact(
            document: document,
            parameters: parameters(trees: outOfFold.trees),
            library: lightGBM
        )
        progress(TrainingProgress(.exporting, done: 1, total: 1))
        return artifact
    }

    private func requireBothOutcomes(_ set: TrainingSet, _ judged: [Int]) throws(TrainingError) {
        let positives = judged.count { set.rows[$0].label.isPositive }
        if positives == 0 {
            let episodes = set.history.allEpisodes.count
            throw TrainingError(
                .noFailures,
                "no row lies within \(document.schema.horizonMinutes) minutes before a failure (\(episodes) failures are "
                    + "recorded): check that the failures' assets and times match the readings', and the horizon"
            )
        }
        if positives == judged.count {
            throw TrainingError(
                .noHealthyRows,
                "every row lies within the horizon of a failure: give more history, or a shorter horizonMinutes"
            )
        }
    }

    private func folds(of set: TrainingSet) -> [Fold] {
        switch document.schema.split {
        case .time: set.timeFolds(shares: configuration.foldCuts, horizon: document.schema.horizon)
        case .asset: set.assetFolds(count: configuration.assetFolds)
        }
    }

    private func parameters(trees: Int) -> [String: String] {
        var parameters = configuration.parameters
        parameters["trees"] = String(trees)
        parameters["split"] = document.schema.split.rawValue
        return parameters
    }
}

/// Tells progress in trees, over all folds' failure heads, by far the most.
private struct TreeCounter {
    private var done = 0
    private let total: Int
    private let progress: TrainingProgressHandler

    init(folds: Int, configuration: TrainingConfiguration, progress: @escaping TrainingProgressHandler) {
        total = (folds + 1) * configuration.treesMax
        self.progress = progress
    }

    mutating func grown() {
        done += 1
        progress(TrainingProgress(.growingTrees, done: min(done, total), total: total))
    }
}
