package import Alarms
import Features
package import LightGBM
package import Models
package import ONNXRuntime
import Plant
import Serving

/// One model, from labelled rows to a proven artifact: read this from the top down.
///
/// Judged first: folds that never saw the rows they are judged on give the number of trees, the calibration, the
/// threshold and the figures. Then grown on everything that may be learned, exported to one ONNX graph, and compared
/// with the boosters it came from before anyone gets it.
package struct TrainingRun: Sendable {
    private let document: SchemaDocument
    private let growth: Growth
    private let lightGBM: LightGBMLibrary
    private let runtime: ONNXRuntimeLibrary
    private let progress: TrainingProgressHandler

    package init(
        document: SchemaDocument,
        growth: Growth = Growth(),
        lightGBM: LightGBMLibrary,
        runtime: ONNXRuntimeLibrary,
        progress: @escaping TrainingProgressHandler = { _ in }
    ) {
        self.document = document
        self.growth = growth
        self.lightGBM = lightGBM
        self.runtime = runtime
        self.progress = progress
    }

    /// A model of all rows, with the figures of its folds.
    ///
    /// Blocks its thread while LightGBM works.
    ///
    /// - Throws: ``TrainingError`` where the rows can't be learned from, or the export differs from its boosters.
    package func artifact(from data: TrainingData) throws -> ModelArtifact {
        try grown(from: data, learning: data.set.judged, untouched: [])
    }

    /// A model of the earlier part of the rows, judged on the last part, which it never saw.
    ///
    /// Where that leaves nothing to learn from, it learns from all rows, and the folds' figures are all there is.
    /// Blocks its thread while LightGBM works.
    ///
    /// - Parameters:
    ///   - data: The rows.
    ///   - judgedShare: How much of them is kept apart.
    /// - Returns: The model, and the rows that it was judged on; none where it learned from all.
    /// - Throws: As ``artifact(from:)``.
    package func candidate(
        from data: TrainingData,
        judgedShare: Double
    ) throws -> (artifact: ModelArtifact, untouched: [Int]) {
        let parted = parted(data.set, judgedShare)
        let fold = parted.flatMap { problem(with: data.set, learning: $0.training) == nil ? $0 : nil }
        let untouched = fold?.judged ?? []
        let learning = fold?.training ?? data.set.judged
        return (try grown(from: data, learning: learning, untouched: untouched), untouched)
    }

    /// Whether the part that is kept apart holds failures enough to say how good a model is.
    package func canJudge(_ data: TrainingData, judgedShare: Double) -> Bool {
        guard let fold = parted(data.set, judgedShare), problem(with: data.set, learning: fold.training) == nil else {
            return false
        }
        return Judgement.episodeCount(of: fold.judged, in: data.set, schema: document.schema)
            >= growth.judgedEpisodesMin
    }

    private func parted(_ set: TrainingSet, _ share: Double) -> Fold? {
        switch document.schema.split {
        case .time: set.timeHoldout(share: share, horizon: document.schema.horizon)
        case .asset: set.assetHoldout(share: share)
        }
    }

    private func grown(from data: TrainingData, learning: [Int], untouched: [Int]) throws -> ModelArtifact {
        if let problem = problem(with: data.set, learning: learning) { throw problem }
        let folds = folds(of: data.set, among: learning)
        let growth = try ParameterSearch(growth: growth, library: lightGBM, progress: progress)
            .best(for: data, folds: folds)
        var counter = TreeCounter(folds: folds.count, growth: growth, progress: progress)
        let reading = try SurvivalReading(
            of: data,
            learning: learning,
            split: document.schema.split,
            growth: growth,
            library: lightGBM
        )
        let outOfFold = try OutOfFold(
            of: data,
            folds: folds,
            reading: reading,
            growth: growth,
            library: lightGBM,
            grown: { counter.grown() }
        )
        progress(TrainingProgress(.judging, done: 0, total: 1))
        var verdict = Verdict(outOfFold, set: data.set, schema: document.schema, growth: growth)
        let heads = try Heads(
            of: data,
            indices: learning,
            validation: [],
            trees: outOfFold.trees,
            reading: reading,
            growth: growth,
            library: lightGBM,
            grown: { counter.grown() }
        )
        if !untouched.isEmpty {
            let outputs = try heads.outputs(of: data, indices: untouched, trees: outOfFold.trees)
            verdict.report = Judgement(
                outputs.outputs(verdict.calibration),
                of: untouched,
                in: data.set,
                schema: document.schema
            ).report(.untouched, threshold: verdict.threshold, needed: growth.judgedEpisodesMin)
        }
        progress(TrainingProgress(.exporting, done: 0, total: 1))
        let export = ModelExport(
            data: data,
            learned: learning,
            heads: heads,
            reading: reading,
            trees: outOfFold.trees,
            verdict: verdict,
            runtime: runtime
        )
        let artifact = try export.artifact(
            document: document,
            parameters: parameters(growth, trees: outOfFold.trees),
            library: lightGBM
        )
        progress(TrainingProgress(.exporting, done: 1, total: 1))
        return artifact
    }

    /// Why the rows teach nothing; nil where they do.
    private func problem(with set: TrainingSet, learning: [Int]) -> TrainingError? {
        let positives = learning.count { set.rows[$0].label.isPositive }
        if positives == 0 {
            let episodes = set.history.allEpisodes.count
            return TrainingError(
                .noFailures,
                "no row lies within \(document.schema.horizonMinutes) minutes before a failure (\(episodes) failures are "
                    + "recorded): check that the failures' assets and times match the readings', and the "
                    + "horizon; a baseline needs no failures (kind: anomaly)"
            )
        }
        if positives == learning.count {
            return TrainingError(
                .noHealthyRows,
                "every row lies within the horizon of a failure: give more history, or a shorter horizonMinutes"
            )
        }
        return nil
    }

    private func folds(of set: TrainingSet, among learning: [Int]) -> [Fold] {
        switch document.schema.split {
        case .time: set.timeFolds(shares: growth.foldCuts, horizon: document.schema.horizon, among: learning)
        case .asset: set.assetFolds(count: growth.assetFolds, among: learning)
        }
    }

    private func parameters(_ growth: Growth, trees: Int) -> [String: String] {
        var parameters = growth.parameters
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

    init(folds: Int, growth: Growth, progress: @escaping TrainingProgressHandler) {
        total = (folds + 1) * growth.treesMax
        self.progress = progress
    }

    mutating func grown() {
        done += 1
        progress(TrainingProgress(.growingTrees, done: min(done, total), total: total))
    }
}
