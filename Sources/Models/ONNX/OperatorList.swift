/// The operators that a model may use, each with the attributes that it may have.
enum OperatorList {
    private static let standard: [String: Set<String>] = [
        "Abs": [], "Add": [], "Div": [], "Identity": [], "IsNaN": [], "LessOrEqual": [], "Log": [], "MatMul": [],
        "Max": [], "Min": [], "Mul": [], "Neg": [], "Sigmoid": [], "Softmax": ["axis"], "Split": ["axis"], "Sub": [],
        "Where": [],
    ]

    private static let machineLearning: [String: Set<String>] = [
        "TreeEnsemble": [
            "aggregate_function", "leaf_targetids", "leaf_weights", "n_targets", "nodes_falseleafs",
            "nodes_falsenodeids", "nodes_featureids", "nodes_missing_value_tracks_true", "nodes_modes", "nodes_splits",
            "nodes_trueleafs", "nodes_truenodeids", "post_transform", "tree_roots",
        ],
        "TreeEnsembleRegressor": [
            "aggregate_function", "n_targets", "nodes_falsenodeids", "nodes_featureids",
            "nodes_missing_value_tracks_true", "nodes_modes", "nodes_nodeids", "nodes_treeids", "nodes_truenodeids",
            "nodes_values", "post_transform", "target_ids", "target_nodeids", "target_treeids", "target_weights",
        ],
    ]

    /// Refuses what is not on the list, and attributes that stand twice: readers differ on which one counts.
    static func check(_ node: ONNXNodeProto) throws(ONNXError) {
        let operators: [String: Set<String>]
        switch node.domain {
        case ONNXOperatorSet.standard, "ai.onnx": operators = standard
        case ONNXOperatorSet.machineLearning: operators = machineLearning
        default: operators = [:]
        }
        guard let known = operators[node.opType] else {
            let name = node.domain.isEmpty ? node.opType : node.domain + "." + node.opType
            throw ONNXError(.notAllowed, "the operator \(name) is not on the list of those that may be run")
        }
        var seen: Set<String> = []
        for attribute in node.attribute {
            guard known.contains(attribute.name) else {
                throw ONNXError(
                    .notAllowed,
                    "the \(node.opType) node '\(node.name)' has the attribute '\(attribute.name)'"
                )
            }
            guard seen.insert(attribute.name).inserted else {
                throw node.malformed("has the attribute '\(attribute.name)' twice")
            }
        }
    }
}
