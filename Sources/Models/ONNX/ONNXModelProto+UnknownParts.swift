import SwiftProtobuf

extension ONNXModelProto {
    /// Refuses fields that our `onnx.proto` does not declare: what we can't see, we can't vouch for.
    func refuseUnknownParts() throws(ONNXError) {
        try check(self, "the model")
        for set in opsetImport { try check(set, "an operator set") }
        for entry in metadataProps { try check(entry, "the metadata") }
        try check(graph, "the graph")
        for tensor in graph.initializer { try check(tensor, "the initializer '\(tensor.name)'") }
        for value in graph.input + graph.output + graph.valueInfo {
            let place = "the value '\(value.name)'"
            try check(value, place)
            try check(value.type, place)
            try check(value.type.tensorType, place)
            try check(value.type.tensorType.shape, place)
            for dimension in value.type.tensorType.shape.dim { try check(dimension, place) }
        }
        for node in graph.node {
            let place = "the \(node.opType) node '\(node.name)'"
            try check(node, place)
            for attribute in node.attribute {
                try check(attribute, place)
                try check(attribute.t, place)
            }
        }
    }

    private func check(_ message: some Message, _ place: String) throws(ONNXError) {
        guard message.unknownFields.data.isEmpty else {
            throw ONNXError(.notAllowed, "\(place) uses a part of ONNX that is not allowed")
        }
    }
}
