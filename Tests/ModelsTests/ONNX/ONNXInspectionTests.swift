import Foundation
import Testing

@testable import Models

@Suite struct ONNXInspectionTests {
    private let model: ONNXModelProto

    init() throws {
        let graph = try ModelGraph(
            featureCount: 3,
            failure: try BoosterText(BoosterLines().text),
            calibration: .identity,
            component: try BoosterText(BoosterLines.multiclass(2).text)
        )
        model = try ONNXModelProto(bytes: try graph.onnxBytes())
    }

    /// The error's code after a change to the model.
    private func code(
        limits: ONNXInspection.Limits = ONNXInspection.Limits(),
        _ change: (inout ONNXModelProto) throws -> Void
    ) throws -> ONNXError.Code? {
        var changed = model
        try change(&changed)
        let bytes = try changed.bytes()
        do throws(ONNXError) {
            _ = try ONNXInspection(bytes, limits: limits)
            return nil
        } catch {
            return error.code
        }
    }

    private func changeTrees(_ name: String, _ change: @escaping (inout ONNXAttributeProto) -> Void) throws
        -> ONNXError.Code?
    {
        try code { model in
            let node = try #require(model.graph.node.firstIndex { $0.opType == "TreeEnsemble" })
            let place = try #require(model.graph.node[node].attribute.firstIndex { $0.name == name })
            change(&model.graph.node[node].attribute[place])
        }
    }

    @Test func `the unchanged model passes`() throws {
        #expect(try code { _ in } == nil)
    }

    @Test func `width and outputs are demanded`() throws {
        let bytes = try model.bytes()
        try ONNXInspection.validate(bytes, featureCount: 3, outputs: [("probability", 1), ("components", 2)])
        for (featureCount, outputs) in [
            (4, [("probability", 1)]), (3, [("components", 3)]), (3, [("survival", 2)]),
        ] {
            #expect {
                try ONNXInspection.validate(
                    bytes,
                    featureCount: featureCount,
                    outputs: outputs.map { (name: $0.0, width: $0.1) }
                )
            } throws: { ($0 as? ONNXError)?.code == .signatureMismatch }
        }
    }

    @Test func `bytes that are not ONNX are refused`() throws {
        let bytes = try model.bytes()
        for broken in [
            [], [1, 2, 3], Array("hello".utf8), Array(bytes.dropLast()), Array(bytes.prefix(bytes.count / 2)),
        ] {
            #expect(throws: ONNXError.self) { try ONNXInspection(broken) }
        }
    }

    @Test func `no cut and no flipped byte crashes the inspection`() throws {
        let bytes = try model.bytes()
        var passed = 0
        for place in bytes.indices {
            var broken = bytes
            broken[place] ^= 0xFF
            for bytes in [broken, Array(bytes.prefix(place))] where (try? ONNXInspection(bytes)) != nil { passed += 1 }
        }
        // Names, thresholds and leaves may change and still be a model.
        #expect(passed < bytes.count)
    }

    @Test func `more bytes or nodes than the limits are refused`() throws {
        var limits = ONNXInspection.Limits()
        limits.byteCountMax = 1_000
        #expect(try code(limits: limits) { _ in } == .tooLarge)
        limits = ONNXInspection.Limits()
        limits.nodeCountMax = 3
        #expect(try code(limits: limits) { _ in } == .tooLarge)
        limits = ONNXInspection.Limits()
        limits.treeDepthMax = 1
        #expect(try code(limits: limits) { _ in } == .treeInvalid)
    }

    @Test func `a graph that is small in bytes but makes many values a row is refused`() throws {
        /// Sums of one value and a row of constants, each as wide as that row.
        func widened(to width: Int, times count: Int) throws -> ONNXError.Code? {
            try code { model in
                model.graph.initializer.append(ONNXTensorProto("wide", [Float](repeating: 1, count: width)))
                for number in 0..<count {
                    model.graph.node.append(
                        ONNXNodeProto("Add", inputs: ["probability", "wide"], outputs: ["wide \(number)"])
                    )
                }
                let byteCount = try model.bytes().count
                #expect(byteCount < 1 << 19)
            }
        }
        #expect(try widened(to: 65_536, times: 1) == nil)
        // Each is narrow enough; it is their sum that a row would take.
        #expect(try widened(to: 65_536, times: 7) == nil)
        #expect(try widened(to: 65_536, times: 8) == .tooLarge)
        #expect(try widened(to: 65_537, times: 1) == .tooLarge)
        #expect(try widened(to: 4_096, times: 127) == nil)
        #expect(try widened(to: 4_096, times: 128) == .tooLarge)
    }

    @Test func `versions and domains that are not known are refused`() throws {
        #expect(try code { $0.irVersion = 3 } == .notAllowed)
        #expect(try code { $0.irVersion = 99 } == .notAllowed)
        #expect(try code { $0.opsetImport[0].version = 99 } == .notAllowed)
        #expect(try code { $0.opsetImport[1].domain = "com.microsoft" } == .notAllowed)
        #expect(try code { $0.opsetImport.append($0.opsetImport[0]) } == .notAllowed)
    }

    @Test func `operators that are not on the list are refused`() throws {
        #expect(try code { $0.graph.node[0].opType = "Loop" } == .notAllowed)
        #expect(try code { $0.graph.node[0].domain = "com.microsoft" } == .notAllowed)
        #expect(try code { $0.graph.node[1].domain = "ai.onnx.ml" } == .notAllowed)
        #expect(try code { $0.graph.node[1].attribute.append(ONNXAttributeProto("extra", 1)) } == .notAllowed)
    }

    @Test func `an attribute that stands twice is refused`() throws {
        #expect(try code { $0.graph.node[0].attribute.append($0.graph.node[0].attribute[0]) } == .malformed)
    }

    /// `external_data` (field 13 of a tensor) names a file; `functions` is field 25 of a model.
    @Test func `parts of ONNX that could reach outside are refused`() throws {
        func field(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
        let entry = field(0x0A, Array("location".utf8)) + field(0x12, Array("/etc/passwd".utf8))
        // A model's graph (field 7) with one initializer (field 5) with external data.
        let external = try ONNXModelProto(bytes: field(0x3A, field(0x2A, field(0x6A, entry))))
        #expect(try code { $0.graph.initializer.append(external.graph.initializer[0]) } == .notAllowed)
        let function = try ONNXModelProto(bytes: [0xCA, 0x01, 0x00])
        #expect(try code { $0.unknownFields = function.unknownFields } == .notAllowed)
    }

    @Test func `inputs and outputs of another kind are refused`() throws {
        #expect(try code { $0.graph.input.append($0.graph.input[0]) } == .signatureMismatch)
        #expect(try code { $0.graph.input = [] } == .signatureMismatch)
        #expect(try code { $0.graph.input[0].type.tensorType.elemType = 11 } == .signatureMismatch)
        #expect(try code { $0.graph.input[0].type.tensorType.shape.dim.removeLast() } == .signatureMismatch)
        #expect(try code { $0.graph.input[0].type.tensorType.shape.dim[0].dimValue = 1 } == .signatureMismatch)
        #expect(try code { $0.graph.output[2].type.tensorType.shape.dim[1].dimValue = 3 } == .signatureMismatch)
        #expect(try code { $0.graph.output[0].name = "nowhere" } == .signatureMismatch)
    }

    @Test func `a graph that is not in order is refused`() throws {
        #expect(try code { $0.graph.node.swapAt(0, 1) } == .malformed)
        #expect(try code { $0.graph.node[1].output[0] = "features" } == .malformed)
        #expect(try code { $0.graph.node[1].input.removeLast() } == .malformed)
        #expect(try code { $0.graph.initializer[0].dims = [1 << 40, 1 << 40] } == .tooLarge)
        #expect(try code { $0.graph.initializer[0].dims = [7] } == .malformed)
        #expect(try code { $0.graph.initializer[0].dataType = 8 } == .notAllowed)
    }

    @Test func `indices that leave their trees are refused`() throws {
        #expect(try changeTrees("nodes_truenodeids") { $0.ints[0] = 1_000 } == .treeInvalid)
        #expect(try changeTrees("nodes_truenodeids") { $0.ints[0] = -1 } == .treeInvalid)
        #expect(try changeTrees("nodes_falsenodeids") { $0.ints[0] = 1_000 } == .treeInvalid)
        #expect(try changeTrees("nodes_featureids") { $0.ints[0] = 3 } == .treeInvalid)
        #expect(try changeTrees("nodes_featureids") { $0.ints[0] = -1 } == .treeInvalid)
        #expect(try changeTrees("leaf_targetids") { $0.ints[0] = 3 } == .treeInvalid)
        #expect(try changeTrees("tree_roots") { $0.ints[0] = 1_000 } == .treeInvalid)
        #expect(try changeTrees("tree_roots") { $0.ints = [] } == .treeInvalid)
        #expect(try changeTrees("tree_roots") { $0.ints.removeLast() } == .treeInvalid)
    }

    @Test func `a tree that leads back into itself is refused`() throws {
        #expect(try changeTrees("nodes_truenodeids") { $0.ints[0] = 0 } == .treeInvalid)
        #expect(try changeTrees("nodes_trueleafs") { $0.ints[1] = 0 } == .treeInvalid)
        #expect(try changeTrees("tree_roots") { $0.ints[1] = 0 } == .treeInvalid)
    }

    @Test func `arrays of different lengths are refused`() throws {
        for name in [
            "nodes_featureids", "nodes_truenodeids", "nodes_falseleafs", "nodes_missing_value_tracks_true",
            "leaf_targetids",
        ] {
            #expect(try changeTrees(name) { $0.ints.removeLast() } == .malformed)
        }
        #expect(try changeTrees("nodes_splits") { $0.t.dims = [1] } == .malformed)
        #expect(try changeTrees("nodes_modes") { $0.t.rawData[0] = 6 } == .malformed)
        #expect(try changeTrees("n_targets") { $0.i = 1 << 40 } == .tooLarge)
        #expect(try changeTrees("n_targets") { $0.i = 2 } == .treeInvalid)
    }

    @Test func `numbers that are none are refused`() throws {
        let nan = Data([0, 0, 0xC0, 0x7F])
        #expect(try changeTrees("nodes_splits") { $0.t.rawData.replaceSubrange(0..<4, with: nan) } == .treeInvalid)
        #expect(try changeTrees("leaf_weights") { $0.t.rawData.replaceSubrange(0..<4, with: nan) } == .treeInvalid)
    }
}
