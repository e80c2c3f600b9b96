import Features
import TestSupport

@testable import Models

/// A model that answers each row it was recorded with, and says NaN of a pump whose vibration is -1 or less.
enum UnwellModel {
    static let artifact = Result<ModelArtifact, any Error> {
        let whole = try SmallPlant.artifact.get()
        return try ModelArtifact(
            manifest: whole.manifest,
            schemaDocument: whole.schemaDocument,
            onnx: onnx(of: whole),
            boosters: whole.boosters,
            golden: whole.golden,
            report: whole.report
        )
    }

    /// The probability, with the logarithm of 1 added, or of what has none.
    private static func onnx(of whole: ModelArtifact) throws -> [UInt8] {
        var model = try ONNXModelProto(bytes: whole.onnx)
        for node in model.graph.node.indices {
            if model.graph.node[node].name == ModelGraph.probabilityName { model.graph.node[node].name = "well" }
            for output in model.graph.node[node].output.indices
            where model.graph.node[node].output[output] == ModelGraph.probabilityName {
                model.graph.node[node].output[output] = "well"
            }
            for input in model.graph.node[node].input.indices
            where model.graph.node[node].input[input] == ModelGraph.probabilityName {
                model.graph.node[node].input[input] = "well"
            }
        }
        let width = whole.manifest.view.count
        model.graph.initializer += [
            ONNXTensorProto("first parts", [1, Int64(width - 1)]),
            ONNXTensorProto("one", [Float(1)], shape: [1]),
            ONNXTensorProto("minus one", [Float(-1)], shape: [1]),
        ]
        model.graph.node += [
            ONNXNodeProto(
                "Split",
                inputs: [ModelGraph.inputName, "first parts"],
                outputs: ["vibration", "others"],
                attributes: [ONNXAttributeProto("axis", 1)]
            ),
            ONNXNodeProto("LessOrEqual", inputs: ["vibration", "minus one"], outputs: ["is unwell"]),
            ONNXNodeProto("Where", inputs: ["is unwell", "vibration", "one"], outputs: ["logarithm of"]),
            ONNXNodeProto("Log", inputs: ["logarithm of"], outputs: ["nothing or NaN"]),
            ONNXNodeProto("Add", inputs: ["well", "nothing or NaN"], outputs: [ModelGraph.probabilityName]),
        ]
        return try model.bytes()
    }
}
