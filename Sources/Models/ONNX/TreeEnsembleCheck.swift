/// Proof that a tree ensemble's indices lead nowhere but down its own trees.
struct TreeEnsembleCheck {
    let treeCount: Int
    let targetCount: Int

    /// A node's children, by position in the ensemble's arrays.
    struct Children {
        var isTrueLeaf, isFalseLeaf: Bool
        var ifTrue, ifFalse: Int
    }

    /// Checks a `TreeEnsemble` (operator set 5).
    ///
    /// - Parameters:
    ///   - node: The graph's node.
    ///   - width: Of the rows that it reads.
    ///   - limits: How deep trees may be, how many targets there may be.
    /// - Throws: ``ONNXError`` with `.treeInvalid`, `.malformed` or `.tooLarge`.
    init(_ node: ONNXNodeProto, width: Int, limits: ONNXInspection.Limits) throws(ONNXError) {
        let arrays = AttributeArrays(node: node, limits: limits)
        targetCount = try arrays.targetCount()
        let thresholds = try arrays.floats("nodes_splits")
        let nodeCount = thresholds.count
        let features = try arrays.integers("nodes_featureids", count: nodeCount)
        let trueIDs = try arrays.integers("nodes_truenodeids", count: nodeCount)
        let falseIDs = try arrays.integers("nodes_falsenodeids", count: nodeCount)
        let trueIsLeaf = try arrays.integers("nodes_trueleafs", count: nodeCount)
        let falseIsLeaf = try arrays.integers("nodes_falseleafs", count: nodeCount)
        let weights = try arrays.floats("leaf_weights")
        let targets = try arrays.integers("leaf_targetids", count: weights.count)
        let roots = try arrays.integers("tree_roots", count: nil)
        try arrays.checkMissingTracks(count: nodeCount)
        try arrays.checkModes(count: nodeCount)
        try arrays.check(features: features, width: width, thresholds: thresholds, weights: weights, targets: targets)
        var children: [Children] = []
        children.reserveCapacity(nodeCount)
        for index in 0..<nodeCount {
            children.append(
                Children(
                    isTrueLeaf: trueIsLeaf[index] != 0,
                    isFalseLeaf: falseIsLeaf[index] != 0,
                    ifTrue: Int(clamping: trueIDs[index]),
                    ifFalse: Int(clamping: falseIDs[index])
                )
            )
        }
        try Self.walk(
            children,
            from: roots.map { Int(clamping: $0) },
            leafCount: weights.count,
            depthMax: limits.treeDepthMax,
            of: node
        )
        treeCount = roots.count
    }

    private init(treeCount: Int, targetCount: Int) {
        self.treeCount = treeCount
        self.targetCount = targetCount
    }

    /// Follows every tree from its root: each index inside the arrays, each node reached once, none too deep.
    static func walk(
        _ children: [Children],
        from roots: [Int],
        leafCount: Int,
        depthMax: Int,
        of node: ONNXNodeProto
    ) throws(ONNXError) {
        func invalid(_ what: String) -> ONNXError {
            ONNXError(.treeInvalid, "the \(node.opType) node '\(node.name)': \(what)")
        }
        guard !roots.isEmpty else { throw invalid("there is no tree") }
        var isSeen = [Bool](repeating: false, count: children.count)
        var waiting: [(index: Int, depth: Int)] = []
        for (tree, root) in roots.enumerated() {
            waiting.append((root, 1))
            while let (index, depth) = waiting.popLast() {
                guard children.indices.contains(index) else { throw invalid("tree \(tree) leads to node \(index)") }
                guard !isSeen[index] else { throw invalid("tree \(tree) reaches node \(index) a second time") }
                guard depth <= depthMax else { throw invalid("tree \(tree) is deeper than \(depthMax)") }
                isSeen[index] = true
                let here = children[index]
                for (isLeaf, next) in [(here.isTrueLeaf, here.ifTrue), (here.isFalseLeaf, here.ifFalse)] {
                    if !isLeaf {
                        waiting.append((next, depth + 1))
                    } else if !(0..<leafCount).contains(next) {
                        throw invalid("tree \(tree) leads to leaf \(next) of \(leafCount)")
                    }
                }
            }
        }
        if let stray = isSeen.firstIndex(of: false) { throw invalid("node \(stray) belongs to no tree") }
    }
}

extension TreeEnsembleCheck {
    private struct NodeName: Hashable {
        let tree: Int64
        let number: Int64
    }

    /// Checks a `TreeEnsembleRegressor` (operator sets 1 to 3), whose nodes are named by tree and number.
    init(regressor node: ONNXNodeProto, width: Int, limits: ONNXInspection.Limits) throws(ONNXError) {
        let arrays = AttributeArrays(node: node, limits: limits)
        let trees = try arrays.integers("nodes_treeids", count: nil)
        let count = trees.count
        let numbers = try arrays.integers("nodes_nodeids", count: count)
        let features = try arrays.integers("nodes_featureids", count: count)
        let trueIDs = try arrays.integers("nodes_truenodeids", count: count)
        let falseIDs = try arrays.integers("nodes_falsenodeids", count: count)
        let thresholds = try arrays.floats("nodes_values", count: count)
        let isLeaf = try arrays.modes(count: count).map { $0 == "LEAF" }
        try arrays.checkMissingTracks(count: count)
        var places: [NodeName: Int] = [:]
        for index in 0..<count {
            let name = NodeName(tree: trees[index], number: numbers[index])
            guard places.updateValue(index, forKey: name) == nil else {
                throw ONNXError(
                    .treeInvalid,
                    "the node '\(node.name)' has node \(name.number) of tree \(name.tree) twice"
                )
            }
        }
        let targets = try arrays.integers("target_ids", count: nil)
        let weights = try arrays.floats("target_weights", count: targets.count)
        let targetTrees = try arrays.integers("target_treeids", count: targets.count)
        let targetNumbers = try arrays.integers("target_nodeids", count: targets.count)
        for (tree, number) in zip(targetTrees, targetNumbers) {
            guard let place = places[NodeName(tree: tree, number: number)], isLeaf[place] else {
                throw ONNXError(.treeInvalid, "the node '\(node.name)' gives a weight to what is not a leaf")
            }
        }
        let inner = isLeaf.indices.filter { !isLeaf[$0] }
        try arrays.check(
            features: inner.map { features[$0] },
            width: width,
            thresholds: inner.map { thresholds[$0] },
            weights: weights,
            targets: targets
        )
        var children: [Children] = []
        var isChild = [Bool](repeating: false, count: count)
        for index in 0..<count {
            guard !isLeaf[index] else {
                children.append(Children(isTrueLeaf: true, isFalseLeaf: true, ifTrue: 0, ifFalse: 0))
                continue
            }
            let ifTrue = places[NodeName(tree: trees[index], number: trueIDs[index])] ?? -1
            let ifFalse = places[NodeName(tree: trees[index], number: falseIDs[index])] ?? -1
            for child in [ifTrue, ifFalse] where child >= 0 { isChild[child] = true }
            children.append(Children(isTrueLeaf: false, isFalseLeaf: false, ifTrue: ifTrue, ifFalse: ifFalse))
        }
        let roots = isChild.indices.filter { !isChild[$0] }
        guard roots.count == Set(trees).count else {
            throw ONNXError(
                .treeInvalid,
                "the node '\(node.name)' has \(roots.count) roots of \(Set(trees).count) trees"
            )
        }
        try Self.walk(children, from: roots, leafCount: 1, depthMax: limits.treeDepthMax, of: node)
        self.init(treeCount: roots.count, targetCount: try arrays.targetCount())
    }
}
