import Alarms
import Connectors
import Features
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

/// A model of one split, written by hand: it warns as soon as one feature of a pump's pressure is above ten.
struct PressureStump: Sendable {
    let rollingWindows: [Int]
    /// The one that the split is on, by its name in the view.
    let feature: String

    private static let split = 10.0
    private static let scores = (below: -2.0, above: 1.0)

    private var schemaText: String {
        """
        {"organization":"harbor","timestampColumn":"time","timeZone":"UTC","assetColumn":"pump",\
        "continuousColumns":["pressure"],"rollingWindows":\(rollingWindows),"horizonMinutes":600,\
        "allowedLatenessSeconds":7200}
        """
    }

    /// An organization with one pump, whose model it is.
    func organization(_ harness: Harness) async throws -> OrganizationScope {
        let made = try await harness.stores.organizations.create(
            slug: "harbor",
            name: "harbor",
            at: harness.time.now,
            in: SystemScope(for: .test)
        )
        let scope = OrganizationScope(provenFor: made.id)
        let schema = try SchemaText.text(SchemaFile.parse(json: Data(schemaText.utf8)))
        _ = try await harness.stores.schemas.put(schema, by: nil, at: harness.time.now, in: scope)
        let version = try await harness.registry.register(bytes(), in: scope).version
        _ = try await harness.registry.deploy(version, by: "test", reason: "test", in: scope)
        try await harness.stores.organizations.setPredictionEnabled(true, in: scope)
        return scope
    }

    private func bytes() throws -> [UInt8] {
        let view = FeatureView(schema: try SchemaFile.parse(json: Data(schemaText.utf8)).schema)
        let column = try #require(view.featureNames.firstIndex(of: feature))
        let text = text(featureCount: view.count, column: column)
        let graph = try ModelGraph(featureCount: view.count, failure: try BoosterText(text), calibration: .identity)
        let values = [1.0, 9, 11, 50]
        let scores = values.map { $0 <= Self.split ? Self.scores.below : Self.scores.above }
        return try ModelArtifact(
            manifest: Self.manifest(view),
            schemaDocument: schemaText,
            onnx: try graph.onnxBytes(),
            boosters: ["failure": text],
            golden: GoldenVectors(
                features: values.flatMap { value in (0..<view.count).map { $0 == column ? Float(value) : 0 } },
                columnCount: view.count,
                outputs: [
                    ModelManifest.scoreOutput: scores.map { Float($0) },
                    ModelManifest.probabilityOutput: scores.map { Float(1 / (1 + exp(-$0))) },
                ]
            )
        ).bytes()
    }

    static func manifest(_ view: FeatureView) -> ModelManifest {
        ModelManifest(
            organization: "harbor",
            view: view,
            viewHash: view.hash,
            predictEverySeconds: 0,
            horizonMinutes: 600,
            components: [],
            survivalBins: nil,
            calibration: .identity,
            confidence: nil,
            threshold: 0.5,
            raiseAfter: 1,
            clearBelow: 0.5,
            quality: .cannotDetermine,
            qualityReason: "it was written by hand",
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
            parameters: [:],
            libraries: [:],
            ranking: Ranking(probabilities: [], outcomes: []),
            episodes: EpisodeEvaluation(
                raises: [],
                over: EpisodeEvaluation.Watch(
                    spans: [:],
                    history: FailureHistory(failures: [], latestRow: .t0),
                    horizon: .seconds(60)
                ),
                costs: EpisodeEvaluation.Costs(missedFailure: 50, falseAlarm: 1)
            ),
            parity: ModelManifest.Parity(rows: 0, scoreDifferenceMax: 0, probabilityDifferenceMax: 0),
            contents: [:]
        )
    }

    /// As LightGBM writes it.
    private func text(featureCount: Int, column: Int) -> String {
        let features = 0..<featureCount
        return """
            tree
            version=v4
            num_class=1
            num_tree_per_iteration=1
            label_index=0
            max_feature_idx=\(featureCount - 1)
            objective=binary sigmoid:1
            feature_names=\(features.map { "f\($0)" }.joined(separator: " "))
            feature_infos=\(features.map { _ in "[0:1]" }.joined(separator: " "))

            Tree=0
            num_leaves=2
            num_cat=0
            split_feature=\(column)
            split_gain=1
            threshold=\(Self.split)
            decision_type=10
            left_child=-1
            right_child=-2
            leaf_value=\(Self.scores.below) \(Self.scores.above)
            leaf_weight=1 1
            leaf_count=10 10
            internal_value=0
            internal_weight=2
            internal_count=20
            is_linear=0
            shrinkage=1


            end of trees

            """
    }
}
