import FoundationEssentials

/// A tensor that a model brings along, its size checked against its data.
struct ConstantTensor {
    enum Values {
        case floats([Float])
        case integers([Int64])
        case bytes([UInt8])

        var count: Int {
            switch self {
            case .floats(let values): values.count
            case .integers(let values): values.count
            case .bytes(let values): values.count
            }
        }
    }

    let shape: [Int]
    let values: Values

    init(_ tensor: ONNXTensorProto, limits: ONNXInspection.Limits) throws(ONNXError) {
        var count = 1
        for dimension in tensor.dims {
            guard (0...Int64(limits.byteCountMax)).contains(dimension),
                case (let product, false) = count.multipliedReportingOverflow(by: Int(dimension)),
                product <= limits.byteCountMax
            else { throw ONNXError(.tooLarge, "the tensor '\(tensor.name)' has the shape \(tensor.dims)") }
            count = product
        }
        shape = tensor.dims.map(Int.init)
        let raw = [UInt8](tensor.rawData)
        switch tensor.dataType {
        case ONNXElement.float:
            values = .floats(
                raw.isEmpty ? tensor.floatData : Self.words(raw, size: 4).map { Float(bitPattern: UInt32($0)) }
            )
        case ONNXElement.int64:
            values = .integers(raw.isEmpty ? tensor.int64Data : Self.words(raw, size: 8).map(Int64.init(bitPattern:)))
        case ONNXElement.uint8:
            values = .bytes(raw.isEmpty ? tensor.int32Data.map(UInt8.init(truncatingIfNeeded:)) : raw)
        default:
            throw ONNXError(
                .notAllowed,
                "the tensor '\(tensor.name)' has element type \(tensor.dataType); float, int64 and uint8 are taken"
            )
        }
        guard values.count == count, raw.isEmpty || raw.count == count * Self.size(of: tensor.dataType) else {
            throw ONNXError(
                .malformed,
                "the tensor '\(tensor.name)' of shape \(tensor.dims) has \(values.count) values"
            )
        }
    }

    private static func size(of element: Int32) -> Int {
        switch element {
        case ONNXElement.float: 4
        case ONNXElement.int64: 8
        default: 1
        }
    }

    /// Little-endian, whole words only.
    private static func words(_ bytes: [UInt8], size: Int) -> [UInt64] {
        stride(from: 0, to: bytes.count - bytes.count % size, by: size).map { start in
            (0..<size).reduce(0) { $0 | UInt64(bytes[start + $1]) << ($1 * 8) }
        }
    }

    /// How many values a row has to which it is broadcast; nil where it would add rows or dimensions.
    var broadcastWidth: Int? {
        switch shape.count {
        case 0: 1
        case 1: shape[0]
        case 2 where shape[0] == 1: shape[1]
        default: nil
        }
    }

    var integers: [Int]? {
        guard case .integers(let values) = values else { return nil }
        return values.map { Int(clamping: $0) }
    }

    var floats: [Float]? {
        guard case .floats(let values) = values else { return nil }
        return values
    }
}
