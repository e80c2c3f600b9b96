import Features
import Foundation
import Models
import Plant
import TestSupport

/// A model of two tags, two components and three survival bins, small enough to be written by hand.
enum SmallModel {
    static let view = FeatureView(
        schema: SignalSchema(organization: "northwind", continuousColumns: ["heat"], booleanColumns: ["fan"])
    )

    static func manifest(
        components: [String] = ["fan", "heater"],
        bins: [Double] = [60, 120, 360]
    ) throws -> ModelManifest {
        ModelManifest(
            organization: "northwind",
            view: view,
            viewHash: view.hash,
            predictEverySeconds: 0,
            horizonMinutes: 1_440,
            components: components,
            survivalBins: bins.isEmpty ? nil : SurvivalBins(dividing: bins, countMax: 8),
            calibration: .identity,
            confidence: VennAbers(fitting: [-1, 0, 1, 2], outcomes: [false, true, false, true]),
            threshold: 0.4,
            raiseAfter: 1,
            clearBelow: 0.5,
            quality: .judged,
            qualityReason: "",
            data: ModelManifest.Data(
                from: .t0,
                until: .t0 + .seconds(86_400),
                observedUntil: .t0 + .seconds(86_400),
                assets: 1,
                rows: 2,
                positives: 1,
                episodes: 1,
                snapshotHash: String(repeating: "0", count: 64)
            ),
            parameters: ["num_leaves": "15"],
            libraries: ["LightGBM": "4"],
            ranking: Ranking(probabilities: [0.1, 0.9], outcomes: [false, true]),
            episodes: EpisodeEvaluation(
                raises: [],
                over: EpisodeEvaluation.Watch(
                    spans: [:],
                    history: FailureHistory(failures: [], latestRow: .t0),
                    horizon: .seconds(60)
                ),
                costs: EpisodeEvaluation.Costs(missedFailure: 50, falseAlarm: 1)
            ),
            parity: ModelManifest.Parity(rows: 2, scoreDifferenceMax: 0, probabilityDifferenceMax: 0),
            contents: [:]
        )
    }

    static func golden(outputs: [String: [Float]]? = nil) -> GoldenVectors {
        GoldenVectors(
            features: (0..<2 * view.count).map { $0 == 1 ? .nan : Float($0) },
            columnCount: view.count,
            outputs: outputs ?? [
                "score": [-1, 1], "probability": [0.25, 0.75], "components": [0.2, 0.8, 0.6, 0.4],
                "survival": [0.9, 0.5, 0, 0.4, 0.1, 0],
            ]
        )
    }

    static func artifact(manifest: ModelManifest? = nil, golden: GoldenVectors = golden()) throws -> ModelArtifact {
        try ModelArtifact(
            manifest: manifest ?? Self.manifest(),
            schemaDocument: #"{"organization":"northwind"}"#,
            onnx: Array(0...255),
            boosters: ["failure": "tree\nversion=v4\n", "component": "tree\n", "survival": "tree\n"],
            golden: golden
        )
    }
}
