import FoundationEssentials

/// A tree ensemble's attributes, read with their lengths checked.
struct AttributeArrays {
    let node: ONNXNodeProto
    let limits: ONNXInspection.Limits

    func targetCount() throws(ONNXError) -> Int {
        let count = node.attribute("n_targets")?.i ?? 0
        guard count >= 1, count <= limits.widthMax else {
            throw ONNXError(
                .tooLarge,
                "the node '\(node.name)' has \(count) targets; 1 to \(limits.widthMax) are taken"
            )
        }
        return Int(count)
    }

    /// Whole numbers; as many as are due, or any number.
    func integers(_ name: String, count: Int?) throws(ONNXError) -> [Int64] {
        try checked(node.attribute(name)?.ints ?? [], name, count)
    }

    /// Floats, as a list or as a tensor.
    func floats(_ name: String, count: Int? = nil) throws(ONNXError) -> [Float] {
        guard let attribute = node.attribute(name) else { throw node.malformed("has no \(name)") }
        guard attribute.type == .tensor else { return try checked(attribute.floats, name, count) }
        guard let floats = try ConstantTensor(attribute.t, limits: limits).floats else {
            throw node.malformed("has \(name) that are not floats")
        }
        return try checked(floats, name, count)
    }

    private func checked<Value>(_ values: [Value], _ name: String, _ count: Int?) throws(ONNXError) -> [Value] {
        guard let count, values.count != count else { return values }
        throw node.malformed("has \(values.count) \(name) where \(count) are due")
    }

    /// Comparisons with one number only; none with a set.
    func checkModes(count: Int) throws(ONNXError) {
        guard let attribute = node.attribute("nodes_modes"),
            case .bytes(let modes) = try ConstantTensor(attribute.t, limits: limits).values,
            modes.count == count, modes.allSatisfy({ $0 <= 5 })
        else { throw node.malformed("has nodes_modes that are not \(count) comparisons") }
    }

    /// The modes by name, as the older operators have them.
    func modes(count: Int) throws(ONNXError) -> [String] {
        let names = (node.attribute("nodes_modes")?.strings ?? []).map { String(decoding: $0, as: UTF8.self) }
        let known: Set = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "LEAF"]
        guard names.count == count, known.isSuperset(of: names) else {
            throw node.malformed("has nodes_modes that are not \(count) comparisons or leaves")
        }
        return names
    }

    /// Where NaN goes: said for every node or for none.
    func checkMissingTracks(count: Int) throws(ONNXError) {
        let tracks = node.attribute("nodes_missing_value_tracks_true")?.ints ?? []
        guard tracks.isEmpty || tracks.count == count else {
            throw node.malformed("has \(tracks.count) nodes_missing_value_tracks_true where \(count) are due")
        }
    }

    func check(
        features: [Int64],
        width: Int,
        thresholds: [Float],
        weights: [Float],
        targets: [Int64]
    ) throws(ONNXError) {
        func invalid(_ what: String) -> ONNXError { ONNXError(.treeInvalid, "the node '\(node.name)' \(what)") }
        if let feature = features.first(where: { !(0..<Int64(width)).contains($0) }) {
            throw invalid("splits by feature \(feature) of \(width)")
        }
        guard !thresholds.contains(where: \.isNaN) else { throw invalid("splits at NaN") }
        guard weights.allSatisfy(\.isFinite) else { throw invalid("has a leaf that is not finite") }
        let targetCount = Int64(try self.targetCount())
        if let target = targets.first(where: { !(0..<targetCount).contains($0) }) {
            throw invalid("has a leaf of target \(target) of \(targetCount)")
        }
    }
}
