extension BoosterText {
    /// Deeper trees are nobody's, and explaining one takes memory with the square of its depth.
    private static let depthMax = 64

    /// A failure head's text anew, with nothing in it but what was read and found sound.
    ///
    /// LightGBM's parser trusts what it is given (offsets, counts, keys that come twice): a text from outside must not
    /// reach it but by this way.
    ///
    /// - Parameters:
    ///   - text: Of a `binary` booster.
    ///   - featureCount: As many as its rows have.
    /// - Returns: The same trees, in LightGBM's text format.
    /// - Throws: ``ONNXError`` with `.boosterMalformed` or `.boosterUnsupported`, naming the line.
    package static func plain(_ text: String, featureCount: Int) throws(ONNXError) -> String {
        let booster = try BoosterText(text)
        let sections = try BoosterSections(text)
        let sigmoid = booster.sigmoid ?? 1
        guard booster.objectiveName == "binary", booster.classCount == 1, sigmoid.isFinite, sigmoid > 0 else {
            throw sections.header.malformed("the objective is '\(booster.objective)', not binary")
        }
        guard booster.featureCount == featureCount else {
            throw sections.header.malformed("\(booster.featureCount) features where rows have \(featureCount)")
        }
        var lines = [
            "tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0",
            "max_feature_idx=\(featureCount - 1)", "objective=binary sigmoid:\(sigmoid)",
            "feature_names=" + (0..<featureCount).map { "f\($0)" }.joined(separator: " "),
            "feature_infos=" + (0..<featureCount).map { _ in "[0:1]" }.joined(separator: " "), "",
        ]
        for (index, tree) in booster.trees.enumerated() {
            guard tree.depth <= depthMax else {
                throw sections.trees[index].malformed("it is deeper than \(depthMax) splits")
            }
            lines.append("Tree=\(index)")
            lines += try sections.trees[index].plain(tree)
            lines += ["", ""]
        }
        return (lines + ["end of trees", ""]).joined(separator: "\n")
    }
}

extension BoosterSection {
    private func plain<Number: LosslessStringConvertible & Comparable & AdditiveArithmetic>(
        _ key: String,
        count: Int,
        as type: Number.Type,
        positive: Bool = false
    ) throws(ONNXError) -> String {
        let numbers = try numbers(key, count: count, as: type)
        guard !positive || numbers.allSatisfy({ $0 > .zero }) else {
            throw malformed("\(key) must be above 0", line: values[key]?.line)
        }
        let text = try text(key)
        // No hexadecimal and no nan, which parsers read differently; the words stay, and with them each bit.
        let isPlain = text.utf8.split(separator: UInt8(ascii: " ")).allSatisfy { word in
            word.elementsEqual("inf".utf8) || word.elementsEqual("-inf".utf8)
                || word.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        }
        guard isPlain else {
            throw malformed("\(key) has a value that is no plain number", line: values[key]?.line)
        }
        return "\(key)=\(text)"
    }

    fileprivate func plain(_ tree: BoosterText.Tree) throws(ONNXError) -> [String] {
        let (leaves, splits) = (tree.leaves.count, tree.splits.count)
        var lines = ["num_leaves=\(leaves)", "num_cat=0"]
        guard splits > 0 else { return try lines + [plain("leaf_value", count: 1, as: Double.self)] }
        for key in ["split_feature", "decision_type", "left_child", "right_child"] {
            lines.append(try plain(key, count: splits, as: Int.self))
        }
        for key in ["split_gain", "threshold", "internal_value", "internal_weight"] {
            lines.append(try plain(key, count: splits, as: Double.self))
        }
        for key in ["leaf_value", "leaf_weight"] { lines.append(try plain(key, count: leaves, as: Double.self)) }
        // Shares are weighed by counts.
        lines.append(try plain("leaf_count", count: leaves, as: Int32.self, positive: true))
        lines.append(try plain("internal_count", count: splits, as: Int32.self, positive: true))
        return try lines + ["is_linear=0", plain("shrinkage", count: 1, as: Double.self)]
    }
}

extension BoosterText.Tree {
    /// Splits on the longest way from the root to a leaf.
    fileprivate var depth: Int {
        var deepest = 0
        var waiting = splits.isEmpty ? [] : [(BoosterText.Child.split(0), 1)]
        while let (child, depth) = waiting.popLast() {
            guard case .split(let index) = child else { continue }
            deepest = max(deepest, depth)
            waiting += [(splits[index].left, depth + 1), (splits[index].right, depth + 1)]
        }
        return deepest
    }
}
