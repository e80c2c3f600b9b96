extension BoosterSection {
    private static let categoricalBit = 1
    private static let defaultLeftBit = 2

    /// The section as a tree.
    func tree(featureCount: Int) throws(ONNXError) -> BoosterText.Tree {
        if try integer("num_cat") != 0 {
            throw unsupported("categorical splits are not exported: train without categorical_feature", key: "num_cat")
        }
        if values["is_linear"] != nil, try integer("is_linear") != 0 {
            throw unsupported("linear leaves are not exported: train with linear_tree=false", key: "is_linear")
        }
        let leafCount = try integer("num_leaves")
        guard leafCount >= 1 else { throw malformed("num_leaves is \(leafCount)", line: values["num_leaves"]?.line) }
        let leaves = try numbers("leaf_value", count: leafCount, as: Double.self)
        guard leaves.allSatisfy(\.isFinite) else {
            throw malformed("a leaf's value is not finite", line: values["leaf_value"]?.line)
        }
        let tree = BoosterText.Tree(
            splits: try splits(leafCount: leafCount, featureCount: featureCount),
            leaves: leaves
        )
        guard tree.isTree else { throw malformed("its children do not form a tree", line: values["left_child"]?.line) }
        return tree
    }

    private func splits(leafCount: Int, featureCount: Int) throws(ONNXError) -> [BoosterText.Split] {
        guard leafCount > 1 else { return [] }
        let count = leafCount - 1
        let features = try numbers("split_feature", count: count, as: Int.self)
        let thresholds = try numbers("threshold", count: count, as: Double.self)
        let decisions = try numbers("decision_type", count: count, as: Int.self)
        let lefts = try numbers("left_child", count: count, as: Int.self)
        let rights = try numbers("right_child", count: count, as: Int.self)
        var splits: [BoosterText.Split] = []
        splits.reserveCapacity(count)
        for index in 0..<count {
            guard (0..<featureCount).contains(features[index]) else {
                throw malformed("feature \(features[index]) of \(featureCount)", line: values["split_feature"]?.line)
            }
            guard !thresholds[index].isNaN else {
                throw malformed("a threshold is not a number", line: values["threshold"]?.line)
            }
            let decision = decisions[index]
            guard decision & Self.categoricalBit == 0 else {
                throw unsupported("categorical splits are not exported", key: "decision_type")
            }
            guard (0..<16).contains(decision), let missing = BoosterText.Missing(rawValue: decision >> 2) else {
                throw malformed("decision_type \(decision) means nothing", line: values["decision_type"]?.line)
            }
            splits.append(
                BoosterText.Split(
                    feature: features[index],
                    threshold: thresholds[index],
                    missing: missing,
                    isMissingLeft: decision & Self.defaultLeftBit != 0,
                    left: try child(lefts[index], leafCount: leafCount),
                    right: try child(rights[index], leafCount: leafCount)
                )
            )
        }
        return splits
    }

    /// A number below 0 is the leaf `~number`.
    private func child(_ number: Int, leafCount: Int) throws(ONNXError) -> BoosterText.Child {
        switch number {
        case 0..<(leafCount - 1): return .split(number)
        case -leafCount..<0: return .leaf(~number)
        default: throw malformed("child \(number) of \(leafCount) leaves", line: values["left_child"]?.line)
        }
    }
}

extension BoosterText.Tree {
    /// Whether each split and each leaf is reached exactly once from the first.
    fileprivate var isTree: Bool {
        guard !splits.isEmpty else { return leaves.count == 1 }
        var isSplitSeen = [Bool](repeating: false, count: splits.count)
        var isLeafSeen = [Bool](repeating: false, count: leaves.count)
        var waiting = [BoosterText.Child.split(0)]
        while let next = waiting.popLast() {
            switch next {
            case .split(let index):
                guard !isSplitSeen[index] else { return false }
                isSplitSeen[index] = true
                waiting += [splits[index].left, splits[index].right]
            case .leaf(let index):
                guard !isLeafSeen[index] else { return false }
                isLeafSeen[index] = true
            }
        }
        return isSplitSeen.allSatisfy(\.self) && isLeafSeen.allSatisfy(\.self)
    }
}
