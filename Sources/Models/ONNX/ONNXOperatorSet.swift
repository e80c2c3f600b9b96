import FoundationEssentials
import SwiftProtobuf

/// The operator sets that we write, and the range that we accept.
enum ONNXOperatorSet {
    static let standard = ""
    static let machineLearning = "ai.onnx.ml"
    static let versions: [String: (written: Int64, accepted: ClosedRange<Int64>)] = [
        standard: (17, 13...21),
        machineLearning: (5, 1...5),
    ]
    static let irVersion: Int64 = 8
    static let irVersionsAccepted: ClosedRange<Int64> = 7...10
}

/// The element types of `TensorProto.DataType` that we write and accept.
enum ONNXElement {
    static let float: Int32 = 1
    static let uint8: Int32 = 2
    static let int64: Int32 = 7
}

extension ONNXModelProto {
    /// A model of our own, of the operator sets that we write.
    init(_ graph: ONNXGraphProto) {
        self.init()
        irVersion = ONNXOperatorSet.irVersion
        producerName = "eagle"
        opsetImport = [ONNXOperatorSet.standard, ONNXOperatorSet.machineLearning].map { domain in
            var set = ONNXOperatorSetIdProto()
            set.domain = domain
            set.version = ONNXOperatorSet.versions[domain]?.written ?? 0
            return set
        }
        self.graph = graph
    }

    init(bytes: [UInt8]) throws(ONNXError) {
        do {
            try self.init(serializedBytes: bytes)
        } catch {
            throw ONNXError(.malformed, "the bytes are not an ONNX model: \(error)")
        }
    }

    /// The same bytes for the same model.
    func bytes() throws(ONNXError) -> [UInt8] {
        do {
            var options = BinaryEncodingOptions()
            options.useDeterministicOrdering = true
            return try serializedBytes(options: options)
        } catch {
            throw ONNXError(.malformed, "the graph can't be written: \(error)")
        }
    }
}

extension ONNXNodeProto {
    init(
        _ operation: String,
        domain: String = ONNXOperatorSet.standard,
        inputs: [String],
        outputs: [String],
        attributes: [ONNXAttributeProto] = []
    ) {
        self.init()
        opType = operation
        name = outputs.first ?? operation
        if domain != ONNXOperatorSet.standard { self.domain = domain }
        input = inputs
        output = outputs
        attribute = attributes
    }
}

extension ONNXAttributeProto {
    init(_ name: String, _ value: Int64) {
        self.init()
        self.name = name
        type = .int
        i = value
    }

    init(_ name: String, _ values: [Int64]) {
        self.init()
        self.name = name
        type = .ints
        ints = values
    }

    init(_ name: String, _ value: ONNXTensorProto) {
        self.init()
        self.name = name
        type = .tensor
        t = value
    }
}

extension ONNXTensorProto {
    /// A vector, or the shape given.
    init(_ name: String, _ values: [Float], shape: [Int]? = nil) {
        self.init(name, ONNXElement.float, count: values.count, shape: shape)
        rawData = Data(
            values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
        )
    }

    init(_ name: String, _ values: [Int64]) {
        self.init(name, ONNXElement.int64, count: values.count, shape: nil)
        rawData = Data(values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } })
    }

    init(_ name: String, _ values: [UInt8]) {
        self.init(name, ONNXElement.uint8, count: values.count, shape: nil)
        rawData = Data(values)
    }

    private init(_ name: String, _ element: Int32, count: Int, shape: [Int]?) {
        self.init()
        self.name = name
        dataType = element
        dims = shape?.map(Int64.init) ?? [Int64(count)]
    }
}

extension ONNXValueInfoProto {
    /// Floats `[rows, width]`, the rows' number left open.
    init(_ name: String, width: Int) {
        self.init()
        self.name = name
        var rows = ONNXTensorShapeProto.Dimension()
        rows.dimParam = "rows"
        var columns = ONNXTensorShapeProto.Dimension()
        columns.dimValue = Int64(width)
        var tensor = ONNXTypeProto.Tensor()
        tensor.elemType = ONNXElement.float
        tensor.shape.dim = [rows, columns]
        type.tensorType = tensor
    }
}
