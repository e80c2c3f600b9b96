import Alarms
import Connectors
import Features
import Foundation
import Models
import Plant
import Serving
import TestSupport
import Testing

@testable import Web

/// A model of one split, written by hand: below a hundred degrees it says one number, above it another.
///
/// It never raises an alarm, and no two of these need be alike: whoever is told another's number is found out.
struct StumpModel: Sendable {
    let organization: String
    /// Raw scores that `Float32` holds exactly.
    let scores: (below: Double, above: Double)

    private static let split = 100.0

    /// What it says at a temperature.
    func probability(at temperature: Double) -> Double {
        1 / (1 + exp(-(temperature <= Self.split ? scores.below : scores.above)))
    }

    /// The same file each time.
    func bytes() throws -> [UInt8] {
        let schema = TestServer.schema(organization)
        let view = FeatureView(schema: try SchemaFile.parse(json: Data(schema.utf8)).schema)
        let text = text(featureCount: view.count)
        let graph = try ModelGraph(
            featureCount: view.count,
            failure: try BoosterText(text),
            calibration: .identity
        )
        let temperatures = [20.0, 99, 101, 180]
        let artifact = try ModelArtifact(
            manifest: manifest(view),
            schemaDocument: schema,
            onnx: try graph.onnxBytes(),
            boosters: ["failure": text],
            golden: GoldenVectors(
                features: temperatures.flatMap { [Float($0)] + [Float](repeating: 0, count: view.count - 1) },
                columnCount: view.count,
                outputs: [
                    ModelManifest.scoreOutput: temperatures.map {
                        Float($0 <= Self.split ? scores.below : scores.above)
                    },
                    ModelManifest.probabilityOutput: temperatures.map { Float(probability(at: $0)) },
                ]
            )
        )
        return try artifact.bytes()
    }

    private func manifest(_ view: FeatureView) -> ModelManifest {
        ModelManifest(
            organization: organization,
            view: view,
            viewHash: view.hash,
            predictEverySeconds: 0,
            horizonMinutes: 1_440,
            components: [],
            survivalBins: nil,
            calibration: .identity,
            confidence: nil,
            threshold: 1,
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
    private func text(featureCount: Int) -> String {
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
            split_feature=0
            split_gain=1
            threshold=\(Self.split)
            decision_type=10
            left_child=-1
            right_child=-2
            leaf_value=\(scores.below) \(scores.above)
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

    /// Uploads it, deploys it and switches predictions on, as the bearer of a token.
    ///
    /// - Returns: Its version.
    @discardableResult
    func deploy(on server: TestServer, token: String) async throws -> String {
        let uploaded = try await server.ask(
            "POST",
            "/api/v1/models",
            token: token,
            data: Data(try bytes()),
            type: "application/octet-stream"
        )
        let version = try #require(uploaded.json["version"]?.string, "\(uploaded.text)")
        let deployed = try await server.ask(
            "POST",
            "/api/v1/models/\(version)/deploy",
            token: token,
            body: #"{"reason":"a test"}"#
        )
        #expect(deployed.status == 200, "\(deployed.text)")
        let on = #"{"predictionEnabled":true}"#
        let switched = try await server.ask("PUT", "/api/v1/prediction-switch", token: token, body: on)
        #expect(switched.status == 200, "\(switched.text)")
        return version
    }
}

extension TestServer {
    /// Returns once the organization's lane is through with all that came, and its model serves, or does not where it
    /// is not to.
    func settle(predicting isOn: Bool, in scope: OrganizationScope) async throws {
        while true {
            let status = try await context.lanes.status(in: scope)
            let isThere = isOn ? status.predictions == .on : status.predictions != .on
            if status.behind == 0, status.warming == nil, status.waitingRows == 0, isThere { return }
            await Task.yield()
        }
    }
}
