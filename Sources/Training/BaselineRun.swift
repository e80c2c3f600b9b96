package import Alarms
import Features
import FoundationEssentials
package import Models
package import ONNXRuntime
import Plant
import Serving

/// One baseline, from feature rows to a proven artifact: for a plant that has too few failures to learn from.
package struct BaselineRun: Sendable {
    private let document: SchemaDocument
    private let runtime: ONNXRuntimeLibrary
    private let progress: TrainingProgressHandler

    /// ONNX and the formula may differ by so much, in the score that a row gets.
    package static let scoreDifferenceMax = 1e-5

    package init(
        document: SchemaDocument,
        runtime: ONNXRuntimeLibrary,
        progress: @escaping TrainingProgressHandler = { _ in }
    ) {
        self.document = document
        self.runtime = runtime
        self.progress = progress
    }

    /// A baseline of the rows of normal running.
    ///
    /// - Throws: ``TrainingError`` with `.noRows` where they are too few, or `.parityBroken` where ONNX Runtime gives
    ///   other scores than the formula.
    package func artifact(from data: TrainingData) throws -> ModelArtifact {
        progress(TrainingProgress(.judging, done: 0, total: 1))
        let schema = document.schema
        let fit = BaselineFit(view: data.view, components: schema.components)
        let rows = try BaselineRows(of: data, features: fit.features, schema: schema)
        let baseline = try fit.baseline(of: rows)
        progress(TrainingProgress(.exporting, done: 0, total: 1))
        let onnx = try AnomalyGraph(featureCount: data.view.count, baseline: baseline).onnxBytes()
        let session = try Session(onnx: onnx, library: runtime)
        let manifest = try manifest(
            baseline,
            of: rows,
            in: data,
            parity: try parity(session, baseline, data)
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let artifact = try ModelArtifact(
            manifest: manifest,
            schemaDocument: String(decoding: try encoder.encode(document), as: UTF8.self),
            onnx: onnx,
            boosters: [:],
            golden: try GoldenVectors(session, manifest, of: data, count: ModelExport.goldenRowsMax)
        )
        progress(TrainingProgress(.exporting, done: 1, total: 1))
        return artifact
    }

    private func manifest(
        _ baseline: AnomalyBaseline,
        of rows: BaselineRows,
        in data: TrainingData,
        parity: ModelManifest.Parity
    ) throws -> ModelManifest {
        let schema = document.schema
        let learned = rows.indices.map { data.rows[$0] }
        let failures = data.set.history.allEpisodes.count
        return ModelManifest(
            organization: schema.organization,
            view: data.view,
            viewHash: data.view.hash,
            predictEverySeconds: schema.predictEverySeconds,
            horizonMinutes: schema.horizonMinutes,
            anomaly: baseline,
            components: baseline.groups.count > 1 ? baseline.groups.map(\.name) : [],
            survivalBins: nil,
            // The graph's score is the log-odds of the anomaly score.
            calibration: PlattCalibration(slope: 1, intercept: 0),
            confidence: nil,
            threshold: AnomalyBaseline.scoreThreshold,
            raiseAfter: max(AnomalyBaseline.raiseAfterMin, schema.raiseAfter),
            clearBelow: schema.clearBelow,
            quality: .cannotDetermine,
            qualityReason:
                "it learned what is normal, and nothing of the \(failures) recorded failures: its score says "
                + "how unusual a row is, not how likely a failure",
            data: ModelManifest.Data(
                from: learned.map(\.instant).min() ?? .distantPast,
                until: learned.map(\.instant).max() ?? .distantPast,
                observedUntil: data.set.history.observedUntil,
                assets: Set(learned.map(\.asset)).count,
                rows: learned.count,
                positives: 0,
                episodes: failures,
                snapshotHash: try data.snapshotHash()
            ),
            parameters: [:],
            libraries: ["onnxruntime": runtime.version],
            ranking: Ranking(probabilities: [], outcomes: []),
            episodes: EpisodeEvaluation(
                raises: [],
                over: EpisodeEvaluation.Watch(spans: [:], history: data.set.history, horizon: schema.horizon),
                costs: EpisodeEvaluation.Costs(schema)
            ),
            parity: parity,
            contents: [:]
        )
    }

    /// The graph's scores beside those of the formula in double precision.
    private func parity(
        _ session: Session,
        _ baseline: AnomalyBaseline,
        _ data: TrainingData
    ) throws -> ModelManifest.Parity {
        let indices = data.spread(ModelExport.parityRowsMax)
        let width = data.view.count
        let values = try data.features.values(of: indices)
        let outputs = try session.run(
            values,
            rows: indices.count,
            columns: width,
            outputs: [ModelManifest.scoreOutput, ModelManifest.anomalyOutput]
        )
        var (scoreDifference, difference) = (0.0, 0.0)
        for row in indices.indices {
            let squared = baseline.squaredDistances { values[row * width + $0] }.reduce(0, +)
            scoreDifference = max(
                scoreDifference,
                abs(Double(outputs[0][row]) - baseline.logOdds(squaredDistance: squared))
            )
            difference = max(difference, abs(Double(outputs[1][row]) - baseline.score(squaredDistance: squared)))
        }
        guard difference <= Self.scoreDifferenceMax else {
            throw TrainingError(
                .parityBroken,
                "the exported baseline differs from its formula by \(difference) in the anomaly score"
            )
        }
        return ModelManifest.Parity(
            rows: indices.count,
            scoreDifferenceMax: scoreDifference,
            probabilityDifferenceMax: difference
        )
    }
}
