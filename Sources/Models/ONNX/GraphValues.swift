/// The values of a graph by name, with the width that each has, followed node by node.
struct GraphValues {
    enum Value {
        /// As many rows as the input has.
        case rows(width: Int)
        case constant(ConstantTensor)
    }

    let limits: ONNXInspection.Limits
    private(set) var values: [String: Value] = [:]
    private(set) var treeCount = 0
    private var widthSum = 0

    init(limits: ONNXInspection.Limits) { self.limits = limits }

    mutating func define(_ name: String, _ value: Value) throws(ONNXError) {
        guard !name.isEmpty, values[name] == nil else {
            throw ONNXError(.malformed, "the graph defines '\(name)' twice, or without a name")
        }
        if case .rows(let width) = value, !(1...limits.widthMax).contains(width) {
            throw ONNXError(.tooLarge, "'\(name)' has \(width) values a row; 1 to \(limits.widthMax) are taken")
        }
        if case .rows(let width) = value {
            widthSum += width
            guard widthSum <= limits.widthSumMax else {
                throw ONNXError(
                    .tooLarge,
                    "up to '\(name)' the graph makes \(widthSum) values a row; \(limits.widthSumMax) are taken"
                )
            }
        }
        values[name] = value
    }

    /// Checks a node and defines its outputs.
    mutating func define(by node: ONNXNodeProto) throws(ONNXError) {
        let widths = try outputWidths(of: node)
        guard widths.count == node.output.count else {
            throw node.malformed("has \(node.output.count) outputs where \(widths.count) are due")
        }
        for (name, width) in zip(node.output, widths) { try define(name, .rows(width: width)) }
    }

    private mutating func outputWidths(of node: ONNXNodeProto) throws(ONNXError) -> [Int] {
        try OperatorList.check(node)
        switch node.opType {
        case "Abs", "Neg", "Identity", "IsNaN", "Log", "Sigmoid": return [try width(of: node, input: 0, inputCount: 1)]
        case "Softmax":
            let axis = node.attribute("axis")?.i ?? -1
            guard axis == 1 || axis == -1 else { throw node.malformed("works along axis \(axis), not along the row") }
            return [try width(of: node, input: 0, inputCount: 1)]
        case "Add", "Sub", "Mul", "Div", "Max", "Min", "LessOrEqual":
            return [try broadcastWidth(of: node, inputCount: 2)]
        case "Where": return [try broadcastWidth(of: node, inputCount: 3)]
        case "MatMul": return [try productWidth(of: node)]
        case "Split": return try splitWidths(of: node)
        case "TreeEnsemble", "TreeEnsembleRegressor":
            let width = try width(of: node, input: 0, inputCount: 1)
            let check =
                node.opType == "TreeEnsemble"
                ? try TreeEnsembleCheck(node, width: width, limits: limits)
                : try TreeEnsembleCheck(regressor: node, width: width, limits: limits)
            treeCount += check.treeCount
            return [check.targetCount]
        default: throw node.malformed("has no rule for its width")
        }
    }

    private func value(of node: ONNXNodeProto, input: Int, inputCount: Int) throws(ONNXError) -> Value {
        guard node.input.count == inputCount else {
            throw node.malformed("has \(node.input.count) inputs where \(inputCount) are due")
        }
        guard let value = values[node.input[input]] else {
            throw node.malformed("reads '\(node.input[input])', which nothing before it defines")
        }
        return value
    }

    private func width(of node: ONNXNodeProto, input: Int, inputCount: Int) throws(ONNXError) -> Int {
        guard case .rows(let width) = try value(of: node, input: input, inputCount: inputCount) else {
            throw node.malformed("reads the constant '\(node.input[input])' where rows are due")
        }
        return width
    }

    private func constant(of node: ONNXNodeProto, input: Int, inputCount: Int) throws(ONNXError) -> ConstantTensor {
        guard case .constant(let tensor) = try value(of: node, input: input, inputCount: inputCount) else {
            throw node.malformed("reads '\(node.input[input])' where a constant is due")
        }
        return tensor
    }

    /// The width of an operator that works value by value; a width of 1 serves all.
    private func broadcastWidth(of node: ONNXNodeProto, inputCount: Int) throws(ONNXError) -> Int {
        var widths: [Int] = []
        var hasRows = false
        for input in 0..<inputCount {
            switch try value(of: node, input: input, inputCount: inputCount) {
            case .rows(let width):
                hasRows = true
                widths.append(width)
            case .constant(let tensor):
                guard let width = tensor.broadcastWidth else {
                    throw node.malformed("reads the constant '\(node.input[input])' of shape \(tensor.shape)")
                }
                widths.append(width)
            }
        }
        let width = widths.max() ?? 0
        guard hasRows, widths.allSatisfy({ $0 == 1 || $0 == width }) else {
            throw node.malformed("can't work on widths \(widths)")
        }
        return width
    }

    private func productWidth(of node: ONNXNodeProto) throws(ONNXError) -> Int {
        let width = try width(of: node, input: 0, inputCount: 2)
        let matrix = try constant(of: node, input: 1, inputCount: 2)
        guard matrix.floats != nil, matrix.shape.count == 2, matrix.shape[0] == width else {
            throw node.malformed("multiplies rows of \(width) by a constant of shape \(matrix.shape)")
        }
        return matrix.shape[1]
    }

    private func splitWidths(of node: ONNXNodeProto) throws(ONNXError) -> [Int] {
        let width = try width(of: node, input: 0, inputCount: 2)
        let parts = try constant(of: node, input: 1, inputCount: 2).integers ?? []
        let axis = node.attribute("axis")?.i ?? 0
        guard axis == 1 || axis == -1, parts.allSatisfy({ (1...width).contains($0) }), parts.reduce(0, +) == width
        else {
            throw node.malformed("splits rows of \(width) into \(parts) along axis \(axis)")
        }
        return parts
    }
}

extension ONNXNodeProto {
    func attribute(_ name: String) -> ONNXAttributeProto? { attribute.first { $0.name == name } }

    func malformed(_ what: String) -> ONNXError { ONNXError(.malformed, "the \(opType) node '\(name)' \(what)") }
}
