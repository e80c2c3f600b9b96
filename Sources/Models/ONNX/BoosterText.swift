/// A booster as LightGBM's text format tells it, as far as predictions need it.
package struct BoosterText: Hashable, Sendable {
    /// What a split takes for a missing value.
    package enum Missing: Int, Hashable, Sendable {
        /// Nothing: NaN counts as 0.
        case none = 0
        /// 0 (to within ``SplitThreshold/zeroMax``), and NaN.
        case zero = 1
        case nan = 2
    }

    package enum Child: Hashable, Sendable {
        case split(Int)
        case leaf(Int)
    }

    package struct Split: Hashable, Sendable {
        package let feature: Int
        /// A value at or below it goes left.
        package let threshold: Double
        package let missing: Missing
        package let isMissingLeft: Bool
        package let left: Child
        package let right: Child
    }

    package struct Tree: Hashable, Sendable {
        /// The root first; none where the tree is a single leaf.
        package let splits: [Split]
        package let leaves: [Double]
    }

    /// With its own parameters, such as `binary sigmoid:1`.
    package let objective: String
    /// Values per row's raw score.
    package let classCount: Int
    package let featureCount: Int
    /// Iteration by iteration, one per class in each: tree `i` speaks for class `i % classCount`.
    package let trees: [Tree]

    /// The objective's name alone.
    package var objectiveName: String { objective.split(separator: " ").first.map(String.init) ?? "" }

    /// The factor by which `binary` multiplies the raw score inside its logistic function.
    package var sigmoid: Double? {
        objective.split(separator: " ").first { $0.hasPrefix("sigmoid:") }.flatMap { Double($0.dropFirst(8)) }
    }

    /// What its splits take for missing; nil where all are ``Missing/none``.
    package var missing: Missing? {
        for tree in trees {
            if let split = tree.splits.first(where: { $0.missing != .none }) { return split.missing }
        }
        return nil
    }

    init(objective: String, classCount: Int, featureCount: Int, trees: [Tree]) {
        self.objective = objective
        self.classCount = classCount
        self.featureCount = featureCount
        self.trees = trees
    }

    /// Reads the text.
    ///
    /// - Throws: ``ONNXError`` with `.boosterMalformed` or `.boosterUnsupported`, naming the line, and the tree
    ///   where it lies in one.
    package init(_ text: String) throws(ONNXError) {
        let sections = try BoosterSections(text)
        let header = sections.header
        let perIteration = try header.integer("num_tree_per_iteration")
        let classCount = try header.integer("num_class")
        guard perIteration >= 1, perIteration == classCount else {
            throw header.malformed("num_class is \(classCount), num_tree_per_iteration \(perIteration)")
        }
        guard header.values["average_output"] == nil else {
            throw ONNXError(.boosterUnsupported, "the booster averages its trees; only sums of trees are exported")
        }
        let lastFeature = try header.integer("max_feature_idx")
        guard lastFeature < Int(Int32.max) else { throw header.malformed("max_feature_idx is \(lastFeature)") }
        featureCount = lastFeature + 1
        objective = try header.text("objective")
        self.classCount = classCount
        guard featureCount >= 1, sections.trees.count % classCount == 0, !sections.trees.isEmpty else {
            throw header.malformed(
                "\(sections.trees.count) trees of \(featureCount) features for \(classCount) classes"
            )
        }
        var trees: [Tree] = []
        for section in sections.trees { trees.append(try section.tree(featureCount: featureCount)) }
        self.trees = trees
        try Self.refuseMixedMissing(in: [self])
    }

    /// The booster without its first class: softmax over the others' scores is the probability of each of them, given
    /// that it is not the first.
    package func withoutFirstClass() -> BoosterText {
        BoosterText(
            objective: objective,
            classCount: classCount - 1,
            featureCount: featureCount,
            trees: trees.enumerated().filter { !$0.offset.isMultiple(of: classCount) }.map(\.element)
        )
    }

    /// The graph has one way to tell a missing value: where 0 is one, NaN splits could not see a 0 any more.
    static func refuseMixedMissing(in boosters: [BoosterText]) throws(ONNXError) {
        var seen: Missing?
        for booster in boosters {
            for (index, tree) in booster.trees.enumerated() {
                for split in tree.splits where split.missing != .none {
                    if let seen, seen != split.missing {
                        throw ONNXError(
                            .boosterUnsupported,
                            """
                            tree \(index) of the \(booster.objectiveName) booster takes \(split.missing) for missing, \
                            others \(seen): train all with the same use_missing and zero_as_missing
                            """
                        )
                    }
                    seen = split.missing
                }
            }
        }
    }
}
