/// The arrays of one `ai.onnx.ml` TreeEnsemble node (operator set 5): all trees of all heads, one after the other.
///
/// The runtime adds leaves up in `Float32`, tree after tree, and each addition rounds by the sum so far. Hundreds of
/// trees drift by more than 1e-5 that way. So a class's trees are dealt out to lanes, each a target of its own whose
/// sum stays small, and the lanes are added up afterwards.
struct TreeEnsembleAttributes {
    static let treesPerLane = 32

    private var roots: [Int64] = []
    private var featureIDs: [Int64] = []
    private var thresholds: [Float] = []
    private var missingGoesLeft: [Int64] = []
    private var trueIDs: [Int64] = []
    private var trueIsLeaf: [Int64] = []
    private var falseIDs: [Int64] = []
    private var falseIsLeaf: [Int64] = []
    private var leafTargets: [Int64] = []
    private var leafWeights: [Float] = []
    private var targetCount: Int { classesOfTargets.count }
    /// For each target the class whose lane it is.
    private(set) var classesOfTargets: [Int] = []
    private(set) var classCount = 0

    /// Adds a booster's trees; its classes become the next classes.
    mutating func append(_ booster: BoosterText) {
        for classIndex in 0..<booster.classCount {
            let trees = stride(from: classIndex, to: booster.trees.count, by: booster.classCount)
                .map { booster.trees[$0] }
            // Trees of a single leaf add the same to every row.
            let constant = trees.filter(\.splits.isEmpty).reduce(0) { $0 + $1.leaves[0] }
            let splitting = trees.filter { !$0.splits.isEmpty }
            let laneCount = max(1, (splitting.count + Self.treesPerLane - 1) / Self.treesPerLane)
            for lane in 0..<laneCount {
                if lane == 0, constant != 0 || splitting.isEmpty { append(constant: constant) }
                for tree in stride(from: lane, to: splitting.count, by: laneCount) { append(splitting[tree]) }
                classesOfTargets.append(classCount)
            }
            classCount += 1
        }
    }

    /// The matrix `[targets, classes]` that adds lanes up; nil where each class has one lane.
    func laneSums(_ name: String) -> ONNXTensorProto? {
        guard targetCount > classCount else { return nil }
        let ones = classesOfTargets.flatMap { own in (0..<classCount).map { own == $0 ? Float(1) : 0 } }
        return ONNXTensorProto(name, ones, shape: [targetCount, classCount])
    }

    private mutating func append(_ tree: BoosterText.Tree) {
        let firstNode = Int64(thresholds.count)
        let firstLeaf = Int64(leafWeights.count)
        roots.append(firstNode)
        func place(_ child: BoosterText.Child) -> (id: Int64, isLeaf: Int64) {
            switch child {
            case .split(let index): (firstNode + Int64(index), 0)
            case .leaf(let index): (firstLeaf + Int64(index), 1)
            }
        }
        for split in tree.splits {
            let left = place(split.left)
            let right = place(split.right)
            appendNode(
                feature: Int64(split.feature),
                threshold: SplitThreshold.exported(split.threshold),
                isMissingLeft: SplitThreshold.isMissingLeft(split),
                left: left,
                right: right
            )
        }
        for leaf in tree.leaves { appendLeaf(leaf) }
    }

    /// A node both of whose leaves say the same: the operator has no tree without a node.
    private mutating func append(constant: Double) {
        let firstLeaf = Int64(leafWeights.count)
        roots.append(Int64(thresholds.count))
        appendNode(feature: 0, threshold: 0, isMissingLeft: true, left: (firstLeaf, 1), right: (firstLeaf + 1, 1))
        appendLeaf(constant)
        appendLeaf(constant)
    }

    private mutating func appendNode(
        feature: Int64,
        threshold: Float,
        isMissingLeft: Bool,
        left: (id: Int64, isLeaf: Int64),
        right: (id: Int64, isLeaf: Int64)
    ) {
        featureIDs.append(feature)
        thresholds.append(threshold)
        missingGoesLeft.append(isMissingLeft ? 1 : 0)
        trueIDs.append(left.id)
        trueIsLeaf.append(left.isLeaf)
        falseIDs.append(right.id)
        falseIsLeaf.append(right.isLeaf)
    }

    private mutating func appendLeaf(_ value: Double) {
        leafTargets.append(Int64(targetCount))
        leafWeights.append(Float(value))
    }

    /// The node that sums the trees' leaves by target: `[rows, features]` to `[rows, targets]`.
    func node(input: String, output: String) -> ONNXNodeProto {
        let branchIfAtMost: UInt8 = 0
        let sum: Int64 = 1
        let noTransform: Int64 = 0
        return ONNXNodeProto(
            "TreeEnsemble",
            domain: ONNXOperatorSet.machineLearning,
            inputs: [input],
            outputs: [output],
            attributes: [
                ONNXAttributeProto("aggregate_function", sum),
                ONNXAttributeProto("leaf_targetids", leafTargets),
                ONNXAttributeProto("leaf_weights", ONNXTensorProto("leaf_weights", leafWeights)),
                ONNXAttributeProto("n_targets", Int64(targetCount)),
                ONNXAttributeProto("nodes_falseleafs", falseIsLeaf),
                ONNXAttributeProto("nodes_falsenodeids", falseIDs),
                ONNXAttributeProto("nodes_featureids", featureIDs),
                ONNXAttributeProto("nodes_missing_value_tracks_true", missingGoesLeft),
                ONNXAttributeProto(
                    "nodes_modes",
                    ONNXTensorProto("nodes_modes", [UInt8](repeating: branchIfAtMost, count: thresholds.count))
                ),
                ONNXAttributeProto("nodes_splits", ONNXTensorProto("nodes_splits", thresholds)),
                ONNXAttributeProto("nodes_trueleafs", trueIsLeaf),
                ONNXAttributeProto("nodes_truenodeids", trueIDs),
                ONNXAttributeProto("post_transform", noTransform),
                ONNXAttributeProto("tree_roots", roots),
            ]
        )
    }
}
