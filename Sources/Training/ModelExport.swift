import Alarms
import Features
import FoundationEssentials
import LightGBM
import Models
import ONNXRuntime
import Plant
import Serving

/// Makes one ONNX graph of a model's heads, and proves that it says what they say.
struct ModelExport {
    let data: TrainingData
    /// The rows that the heads learned from.
    let learned: [Int]
    let heads: Heads
    let reading: SurvivalReading?
    /// Of the failure head.
    let trees: Int
    let verdict: Verdict
    let runtime: ONNXRuntimeLibrary

    static let parityRowsMax = 2_000
    static let goldenRowsMax = 24
    private static let topFeaturesMax = 20

    /// - Throws: ``TrainingError`` with `.parityBroken` where ONNX Runtime gives other numbers than LightGBM.
    func artifact(document: SchemaDocument, parameters: [String: String], library: LightGBMLibrary) throws
        -> ModelArtifact
    {
        let texts = try heads.texts(trees: trees)
        let onnx = try graph(texts).onnxBytes()
        var manifest = try manifest(document: document, parameters: parameters, library: library)
        let session = try Session(onnx: onnx, library: runtime)
        manifest.parity = try parity(session, manifest)
        let golden = try GoldenVectors(session, manifest, of: data, count: Self.goldenRowsMax)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try ModelArtifact(
            manifest: manifest,
            schemaDocument: String(decoding: try encoder.encode(document), as: UTF8.self),
            onnx: onnx,
            boosters: texts,
            golden: golden,
            report: try report()
        )
    }

    private func graph(_ texts: [String: String]) throws -> ModelGraph {
        try ModelGraph(
            featureCount: data.view.count,
            failure: BoosterText(texts["failure"] ?? ""),
            calibration: verdict.calibration,
            component: texts["component"].map { try BoosterText($0).withoutFirstClass() },
            survival: try survival(texts)
        )
    }

    private func survival(_ texts: [String: String]) throws -> ModelGraph.SurvivalHead? {
        guard let reading, let text = texts["survival"] else { return nil }
        return ModelGraph.SurvivalHead(try BoosterText(text), links: reading.links)
    }

    private func manifest(
        document: SchemaDocument,
        parameters: [String: String],
        library: LightGBMLibrary
    ) throws -> ModelManifest {
        let schema = document.schema
        let learnedRows = learned.map { data.rows[$0] }
        let instants = learnedRows.map(\.instant)
        return ModelManifest(
            organization: schema.organization,
            view: data.view,
            viewHash: data.view.hash,
            predictEverySeconds: schema.predictEverySeconds,
            horizonMinutes: schema.horizonMinutes,
            components: heads.components.count > 1 ? heads.components : [],
            survivalBins: reading?.bins,
            timeSpread: reading?.spread,
            calibration: verdict.calibration,
            confidence: verdict.confidence,
            threshold: verdict.threshold,
            raiseAfter: schema.raiseAfter,
            clearBelow: schema.clearBelow,
            quality: verdict.report.quality,
            qualityReason: verdict.reason,
            data: ModelManifest.Data(
                from: instants.min() ?? .distantPast,
                until: instants.max() ?? .distantPast,
                observedUntil: data.set.history.observedUntil,
                assets: Set(learnedRows.map(\.asset)).count,
                rows: learned.count,
                positives: learnedRows.count(where: \.label.isPositive),
                episodes: data.set.history.allEpisodes.count,
                snapshotHash: try data.snapshotHash(),
                untouchedAssets: untouchedAssets
            ),
            parameters: parameters,
            libraries: ["lightgbm": library.version, "onnxruntime": runtime.version],
            ranking: verdict.report.ranking,
            episodes: verdict.report.episodes,
            parity: ModelManifest.Parity(rows: 0, scoreDifferenceMax: 0, probabilityDifferenceMax: 0),
            contents: [:]
        )
    }

    /// The verdict's, with what the model itself and its data say.
    private func report() throws -> ModelReport {
        let gains = try heads.gains(trees: trees)
        let total = gains.reduce(0, +)
        var report = verdict.report
        report.topFeatures = zip(data.view.featureNames, gains)
            .filter { $1 > 0 }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            .prefix(Self.topFeaturesMax)
            .map { ModelReport.FeatureGain(feature: $0, share: $1 / total) }
        report.tags = try TagColumns(of: data, rows: learned).distributions
        return report
    }

    /// The assets that were kept apart as a whole, where that is how the rows were parted.
    private var untouchedAssets: [String]? {
        let known = Set(learned.map { data.rows[$0].asset })
        let apart = Set(data.set.judged.map { data.rows[$0].asset }).subtracting(known)
        return apart.isEmpty ? nil : apart.sorted()
    }

    private func parity(_ session: Session, _ manifest: ModelManifest) throws -> ModelManifest.Parity {
        let indices = data.spread(Self.parityRowsMax)
        let outputs = try session.run(
            data.features.values(of: indices),
            rows: indices.count,
            columns: data.view.count,
            outputs: [ModelManifest.scoreOutput, ModelManifest.probabilityOutput]
        )
        let expected = try heads.outputs(of: data, indices: indices, trees: trees).scores
        var score = 0.0
        var probability = 0.0
        for (row, raw) in expected.enumerated() {
            score = max(score, abs(Double(outputs[0][row]) - raw))
            probability = max(
                probability,
                abs(Double(outputs[1][row]) - verdict.calibration.probability(ofScore: raw))
            )
        }
        let parity = ModelManifest.Parity(
            rows: indices.count,
            scoreDifferenceMax: score,
            probabilityDifferenceMax: probability
        )
        guard parity.holds else {
            throw TrainingError(
                .parityBroken,
                "the exported graph differs from its boosters by \(score) in score and \(probability) in probability"
            )
        }
        return parity
    }
}

extension GoldenVectors {
    /// What a model says of some rows, for whoever loads it to see that it still does.
    init(_ session: Session, _ manifest: ModelManifest, of data: TrainingData, count: Int) throws {
        let indices = data.spread(count)
        let values = try data.features.values(of: indices)
        let names = manifest.outputWidths.map(\.name)
        let outputs = try session.run(values, rows: indices.count, columns: data.view.count, outputs: names)
        self.init(
            features: values,
            columnCount: data.view.count,
            outputs: Dictionary(uniqueKeysWithValues: zip(names, outputs))
        )
    }
}
