/// A booster's text, made by hand.
struct BoosterLines {
    var header = [
        "tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0", "max_feature_idx=2",
        "objective=binary sigmoid:1", "feature_names=f0 f1 f2",
    ]
    var trees = [BoosterLines.tree]
    var end = "end of trees"

    /// `f0 <= 0.5 ? (f2 <= -1 ? 0.1 : 0.2) : 0.3`, NaN missing, to the left at the first split.
    static let tree = [
        "num_leaves=3", "num_cat=0", "split_feature=0 2", "split_gain=9 1", "threshold=0.5 -1", "decision_type=10 8",
        "left_child=1 -1", "right_child=-3 -2",
        "leaf_value=0.10000000000000001 0.20000000000000001 0.29999999999999999",
        "leaf_weight=1 1 1", "is_linear=0", "shrinkage=0.1",
    ]

    static let leaf = ["num_leaves=1", "num_cat=0", "leaf_value=-2.5", "is_linear=0", "shrinkage=1"]

    /// With one line of the first tree put in the place of another of the same key.
    static func tree(with line: String) -> BoosterLines {
        let key = line.prefix { $0 != "=" }
        var lines = BoosterLines()
        lines.trees[0] = tree.map { $0.prefix { $0 != "=" } == key ? line : $0 }
        return lines
    }

    static func multiclass(_ count: Int) -> BoosterLines {
        var lines = BoosterLines()
        lines.header[2] = "num_class=\(count)"
        lines.header[3] = "num_tree_per_iteration=\(count)"
        lines.header[6] = "objective=multiclass num_class:\(count)"
        lines.trees = (0..<count).map { _ in tree }
        return lines
    }

    var text: String {
        var lines = header + [""]
        for (index, tree) in trees.enumerated() { lines += ["Tree=\(index)"] + tree + ["", ""] }
        return (lines + [end, "", "feature_importances:", "f0=1", "", "parameters:", "[max_bin: 255]"])
            .joined(separator: "\n")
    }
}
