import Foundation
import LightGBM
import ONNXRuntime
import Testing

@testable import Models

/// The exported graph on ONNX Runtime against LightGBM itself.
@Suite struct ParityTests {
    static let rows = 20_000
    let lightGBM: LightGBMLibrary
    let runtime: ONNXRuntimeLibrary

    init() throws {
        lightGBM = try LightGBMLibrary.load()
        runtime = try ONNXRuntimeLibrary.load()
    }

    @Test(arguments: ModelKind.allCases)
    func `all heads give LightGBM's numbers`(kind: ModelKind) throws {
        let model = try TrainedModel(lightGBM, kind)
        let rows = AdversarialRows(count: Self.rows, against: model.texts, seed: 5)
        let bytes = try model.graph().onnxBytes()
        try ONNXInspection.validate(
            bytes,
            featureCount: PlantRows.columns,
            outputs: [("score", 1), ("probability", 1), ("components", 3), ("survival", 5)]
        )
        let session = try Session(onnx: bytes, library: runtime)
        let outputs = try session.run(
            rows.values,
            rows: rows.count,
            columns: PlantRows.columns,
            outputs: ["score", "probability", "components", "survival"]
        )
        func predict(_ booster: borrowing Booster, _ output: Booster.Output) throws -> [Double] {
            try booster.predict(output, values: rows.values, rows: rows.count, columns: PlantRows.columns)
        }
        let scores = try predict(model.failure, .rawScore)
        #expect(largestDifference(outputs[0], scores) < 1e-5)
        #expect(largestDifference(outputs[1], calibrated(scores)) < 1e-6)
        #expect(largestDifference(outputs[2], try predict(model.component, .response)) < 1e-6)
        let survival = try predict(model.survival, .rawScore).flatMap { (score: Double) -> [Double] in
            TrainedModel.links.map { $0.survival(ofScore: score) } + [0]
        }
        #expect(largestDifference(outputs[3], survival) < 1e-6)
        #expect(Set(scores).count > 100)
    }

    /// The trees with their leaves' numbers for values: each tree is a target of its own, so that its sum is the
    /// number of the leaf that was reached.
    @Test(arguments: ModelKind.allCases)
    func `no row differs in a split`(kind: ModelKind) throws {
        let failure = try TrainedModel.failure(lightGBM, kind, iterations: 24)
        let text = try BoosterText(try failure.modelText())
        let rows = AdversarialRows(count: Self.rows, against: [text], seed: 6)
        let session = try Session(onnx: try Self.leafNumbers(text), library: runtime)
        let actual = try session.run(rows.values, rows: rows.count, columns: PlantRows.columns, outputs: ["leaves"])[0]
        let expected = try failure.predict(
            .leafIndices,
            values: rows.values,
            rows: rows.count,
            columns: PlantRows.columns
        )
        try #require(actual.count == expected.count)
        #expect(zip(actual, expected).count { Double($0) != $1 } == 0)
    }

    private static func leafNumbers(_ booster: BoosterText) throws -> [UInt8] {
        let numbered = BoosterText(
            objective: booster.objective,
            classCount: booster.trees.count,
            featureCount: booster.featureCount,
            trees: booster.trees.map {
                BoosterText.Tree(splits: $0.splits, leaves: $0.leaves.indices.map(Double.init))
            }
        )
        var attributes = TreeEnsembleAttributes()
        attributes.append(numbered)
        var model = try ONNXModelProto(
            bytes: try ModelGraph(
                featureCount: booster.featureCount,
                failure: booster,
                calibration: .identity
            ).onnxBytes()
        )
        guard let place = model.graph.node.firstIndex(where: { $0.opType == "TreeEnsemble" }) else { return [] }
        model.graph.node =
            Array(model.graph.node[..<place]) + [
                attributes.node(input: model.graph.node[place].input[0], output: "leaves")
            ]
        model.graph.output = [ONNXValueInfoProto("leaves", width: booster.trees.count)]
        return try model.bytes()
    }

    /// Scores from -17 to 15: summed up one by one, they drift by 1.6e-5.
    @Test func `hundreds of trees keep the tolerance`() throws {
        let failure = try TrainedModel.failure(lightGBM, .missingNaN, rows: 3_000, iterations: 400)
        let text = try BoosterText(try failure.modelText())
        let rows = AdversarialRows(count: 4_000, against: [text], seed: 7)
        let graph = try ModelGraph(
            featureCount: PlantRows.columns,
            failure: text,
            calibration: TrainedModel.calibration
        )
        let outputs = try Session(onnx: try graph.onnxBytes(), library: runtime).run(
            rows.values,
            rows: rows.count,
            columns: PlantRows.columns,
            outputs: ["score", "probability"]
        )
        let scores = try failure.predict(.rawScore, values: rows.values, rows: rows.count, columns: PlantRows.columns)
        #expect(largestDifference(outputs[0], scores) < 1e-5)
        #expect(largestDifference(outputs[1], calibrated(scores)) < 1e-6)
    }

    @Test func `a booster that could not split says the same of every row`() throws {
        let parameters: Parameters = ["objective": "binary", "num_threads": "1", "min_data_in_leaf": "1000"]
        let plant = PlantRows(count: 300, seed: 4)
        var dataset = try Dataset(
            lightGBM,
            values: plant.values,
            rows: 300,
            columns: PlantRows.columns,
            parameters: parameters
        )
        try dataset.setLabels(plant.failures)
        var booster = try Booster(training: dataset, parameters: parameters)
        _ = try booster.update()
        let graph = try ModelGraph(
            featureCount: PlantRows.columns,
            failure: try BoosterText(try booster.modelText()),
            calibration: .identity
        )
        let session = try Session(onnx: try graph.onnxBytes(), library: runtime)
        let actual = try session.run(plant.values, rows: 300, columns: PlantRows.columns, outputs: ["score"])[0]
        let expected = try booster.predict(.rawScore, values: plant.values, rows: 300, columns: PlantRows.columns)
        #expect(largestDifference(actual, expected) < 1e-6)
        #expect(Set(actual).count == 1 && actual[0] < 0)
    }
}

private func calibrated(_ scores: [Double]) -> [Double] {
    let calibration = TrainedModel.calibration
    return scores.map { 1 / (1 + exp(-(calibration.slope * $0 + calibration.intercept))) }
}

private func largestDifference(_ actual: [Float], _ expected: [Double]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    var largest = 0.0
    for (actual, expected) in zip(actual, expected) {
        let difference = abs(Double(actual) - expected)
        // NaN is a difference too.
        if !(difference <= largest) { largest = difference.isNaN ? .infinity : difference }
    }
    return largest
}
