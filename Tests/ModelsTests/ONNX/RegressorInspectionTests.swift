import Foundation
import Testing

@testable import Models

/// Models made elsewhere bring the older operator.
@Suite struct RegressorInspectionTests {
    /// Two trees: one of a split and two leaves, one of a leaf.
    private func code(_ change: (inout [String: ONNXAttributeProto]) -> Void = { _ in }) throws -> ONNXError.Code? {
        func integers(_ name: String, _ values: [Int64]) -> (String, ONNXAttributeProto) {
            (name, ONNXAttributeProto(name, values))
        }
        func floats(_ name: String, _ values: [Float]) -> (String, ONNXAttributeProto) {
            var attribute = ONNXAttributeProto(name, [])
            attribute.type = .floats
            attribute.floats = values
            return (name, attribute)
        }
        var modes = ONNXAttributeProto("nodes_modes", [])
        modes.type = .strings
        modes.strings = ["BRANCH_LEQ", "LEAF", "LEAF", "LEAF"].map { .init($0.utf8) }
        var attributes = Dictionary(uniqueKeysWithValues: [
            integers("nodes_treeids", [0, 0, 0, 1]), integers("nodes_nodeids", [0, 1, 2, 0]),
            integers("nodes_featureids", [1, 0, 0, 0]), integers("nodes_truenodeids", [1, 0, 0, 0]),
            integers("nodes_falsenodeids", [2, 0, 0, 0]), floats("nodes_values", [0.5, 0, 0, 0]),
            ("nodes_modes", modes), integers("target_treeids", [0, 0, 1]), integers("target_nodeids", [1, 2, 0]),
            integers("target_ids", [0, 0, 0]), floats("target_weights", [1, 2, 3]),
            ("n_targets", ONNXAttributeProto("n_targets", 1)),
        ])
        change(&attributes)
        var model = ONNXModelProto()
        model.irVersion = 8
        model.opsetImport = [ONNXOperatorSetIdProto()]
        model.opsetImport[0].domain = "ai.onnx.ml"
        model.opsetImport[0].version = 3
        model.graph.input = [ONNXValueInfoProto("x", width: 2)]
        model.graph.output = [ONNXValueInfoProto("y", width: 1)]
        model.graph.node = [
            ONNXNodeProto(
                "TreeEnsembleRegressor",
                domain: "ai.onnx.ml",
                inputs: ["x"],
                outputs: ["y"],
                attributes: attributes.sorted { $0.key < $1.key }.map(\.value)
            )
        ]
        let bytes = try model.bytes()
        do throws(ONNXError) {
            let inspection = try ONNXInspection(bytes)
            #expect(inspection.treeCount == 2)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `sound trees pass`() throws {
        #expect(try code() == nil)
    }

    @Test func `indices that leave their trees, and trees that lead back, are refused`() throws {
        #expect(try code { $0["nodes_truenodeids"]?.ints[0] = 9 } == .treeInvalid)
        #expect(try code { $0["nodes_truenodeids"]?.ints[0] = 0 } == .treeInvalid)
        #expect(try code { $0["nodes_falsenodeids"]?.ints[0] = 1 } == .treeInvalid)
        #expect(try code { $0["nodes_featureids"]?.ints[0] = 2 } == .treeInvalid)
        #expect(try code { $0["nodes_nodeids"]?.ints[2] = 1 } == .treeInvalid)
        #expect(try code { $0["target_nodeids"]?.ints[0] = 0 } == .treeInvalid)
        #expect(try code { $0["target_ids"]?.ints[0] = 1 } == .treeInvalid)
    }

    @Test func `arrays of different lengths and other modes are refused`() throws {
        #expect(try code { $0["nodes_values"]?.floats.removeLast() } == .malformed)
        #expect(try code { $0["target_weights"]?.floats.removeLast() } == .malformed)
        #expect(try code { $0["nodes_modes"]?.strings[0] = .init("BRANCH_MEMBER".utf8) } == .malformed)
        #expect(try code { $0["nodes_modes"] = nil } == .malformed)
        #expect(
            try code { $0["nodes_values_as_tensor"] = ONNXAttributeProto("nodes_values_as_tensor", []) } == .notAllowed
        )
    }
}
