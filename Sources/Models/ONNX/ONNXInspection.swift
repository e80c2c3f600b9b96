/// What ONNX bytes declare, checked before any runtime sees them: a model may come from outside.
///
/// Whatever is not known to be harmless is refused: parts of ONNX that `onnx.proto` beside this file leaves out
/// (files outside, subgraphs, functions, sparse tensors), operators that are not on the list, values whose width
/// can't be told, trees whose indices lead astray.
package struct ONNXInspection: Sendable {
    package struct Limits: Sendable {
        package var byteCountMax = 64 << 20
        package var nodeCountMax = 256
        /// Values per row of any tensor.
        package var widthMax = 65_536
        /// Of all tensors together: what a row may take while the graph runs.
        package var widthSumMax = 1 << 19
        /// The runtime follows trees by recursion.
        package var treeDepthMax = 1_024

        package init() {}
    }

    package let featureCount: Int
    /// In the model's order; floats `[rows, width]`.
    package let outputs: [(name: String, width: Int)]
    package let treeCount: Int

    /// Inspects a model.
    ///
    /// - Throws: ``ONNXError`` with `.tooLarge`, `.malformed`, `.notAllowed`, `.signatureMismatch` or `.treeInvalid`.
    package init(_ bytes: [UInt8], limits: Limits = Limits()) throws(ONNXError) {
        guard bytes.count <= limits.byteCountMax else {
            throw ONNXError(.tooLarge, "the model has \(bytes.count) bytes; at most \(limits.byteCountMax) are taken")
        }
        let model = try ONNXModelProto(bytes: bytes)
        try model.refuseUnknownParts()
        try Self.checkVersions(of: model)
        guard model.graph.input.count == 1, let input = model.graph.input.first else {
            throw ONNXError(.signatureMismatch, "the model has \(model.graph.input.count) inputs; one is needed")
        }
        guard model.graph.node.count <= limits.nodeCountMax else {
            throw ONNXError(.tooLarge, "the graph has \(model.graph.node.count) nodes; at most \(limits.nodeCountMax)")
        }
        featureCount = try input.width(limits)
        var values = GraphValues(limits: limits)
        try values.define(input.name, .rows(width: featureCount))
        for tensor in model.graph.initializer {
            try values.define(tensor.name, .constant(try ConstantTensor(tensor, limits: limits)))
        }
        for node in model.graph.node { try values.define(by: node) }
        treeCount = values.treeCount
        var outputs: [(name: String, width: Int)] = []
        for output in model.graph.output {
            let width = try output.width(limits)
            guard case .rows(width) = values.values[output.name] else {
                throw ONNXError(.signatureMismatch, "the output '\(output.name)' is not what the graph computes")
            }
            outputs.append((output.name, width))
        }
        self.outputs = outputs
    }

    /// Inspects a model and demands a width and outputs; it may have further outputs.
    package static func validate(
        _ bytes: [UInt8],
        featureCount: Int,
        outputs: [(name: String, width: Int)]
    ) throws(ONNXError) {
        let inspection = try ONNXInspection(bytes)
        guard inspection.featureCount == featureCount else {
            throw ONNXError(
                .signatureMismatch,
                "the model takes \(inspection.featureCount) features, \(featureCount) are to be given"
            )
        }
        for (name, width) in outputs {
            guard let found = inspection.outputs.first(where: { $0.name == name }) else {
                throw ONNXError(.signatureMismatch, "the model has no output '\(name)'")
            }
            guard found.width == width else {
                throw ONNXError(
                    .signatureMismatch,
                    "the model's output '\(name)' has \(found.width) values a row, \(width) are needed"
                )
            }
        }
    }

    private static func checkVersions(of model: ONNXModelProto) throws(ONNXError) {
        guard ONNXOperatorSet.irVersionsAccepted.contains(model.irVersion) else {
            throw ONNXError(
                .notAllowed,
                "the model's IR version is \(model.irVersion); \(ONNXOperatorSet.irVersionsAccepted) are taken"
            )
        }
        var seen: Set<String> = []
        for set in model.opsetImport {
            let domain = set.domain == "ai.onnx" ? ONNXOperatorSet.standard : set.domain
            guard let accepted = ONNXOperatorSet.versions[domain]?.accepted, accepted.contains(set.version),
                seen.insert(domain).inserted
            else {
                throw ONNXError(.notAllowed, "operator set '\(set.domain)' version \(set.version) is not taken")
            }
        }
    }
}

extension ONNXValueInfoProto {
    /// The width of floats `[rows, width]` whose rows' number is open.
    fileprivate func width(_ limits: ONNXInspection.Limits) throws(ONNXError) -> Int {
        let tensor = type.tensorType
        let dimensions = tensor.shape.dim
        guard tensor.elemType == ONNXElement.float, dimensions.count == 2 else {
            throw ONNXError(.signatureMismatch, "'\(name)' is not a float tensor [rows, width]")
        }
        if case .dimValue = dimensions[0].value {
            throw ONNXError(.signatureMismatch, "'\(name)' has a fixed number of rows; it must be left open")
        }
        guard case .dimValue(let width) = dimensions[1].value, width >= 1, width <= limits.widthMax else {
            throw ONNXError(.signatureMismatch, "'\(name)' has no width between 1 and \(limits.widthMax)")
        }
        return Int(width)
    }
}
