import Testing

@testable import Models

@Suite struct ModelGraphTests {
    private func graph(
        _ failure: BoosterLines = BoosterLines(),
        component: BoosterLines? = nil,
        survival: Int? = nil,
        featureCount: Int = 3,
        calibration: PlattCalibration = .identity
    ) throws -> ModelGraph {
        try ModelGraph(
            featureCount: featureCount,
            failure: try BoosterText(failure.text),
            calibration: calibration,
            component: try component.map { try BoosterText($0.text) },
            survival: try survival.map { count in
                ModelGraph.SurvivalHead(
                    try BoosterText(
                        BoosterLines().text.replacing("objective=binary sigmoid:1", with: "objective=cross_entropy")
                    ),
                    links: (1..<count).map { SurvivalLink(slope: 1, intercept: -Double($0)) }
                )
            }
        )
    }

    private func code(_ body: () throws -> Void) -> ONNXError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ONNXError)?.code
        }
    }

    @Test func `a graph passes its own inspection, with the outputs of its heads`() throws {
        let alone = try ONNXInspection(try graph().onnxBytes())
        #expect(alone.outputs.map(\.name) == ["score", "probability"])
        let all = try ONNXInspection(try graph(component: .multiclass(4), survival: 6).onnxBytes())
        #expect(all.featureCount == 3)
        #expect(all.outputs.map(\.name) == ["score", "probability", "components", "survival"])
        #expect(all.outputs.map(\.width) == [1, 1, 4, 6])
        #expect(all.treeCount == 6)
        let late = try ONNXInspection(try graph(survival: 2).onnxBytes())
        #expect(late.outputs.map(\.name) == ["score", "probability", "survival"])
    }

    @Test func `the same heads give the same bytes, other heads others`() throws {
        let first = try graph(component: .multiclass(3)).onnxBytes()
        #expect(try graph(component: .multiclass(3)).onnxBytes() == first)
        #expect(try graph(.tree(with: "threshold=0.5 -2"), component: .multiclass(3)).onnxBytes() != first)
        #expect(
            try graph(component: .multiclass(3), calibration: PlattCalibration(slope: 1, intercept: 0.1)).onnxBytes()
                != first
        )
    }

    @Test func `zeros become missing values only where they are missing`() throws {
        func operations(_ lines: BoosterLines) throws -> [String] {
            try ONNXModelProto(bytes: try graph(lines).onnxBytes()).graph.node.map(\.opType)
        }
        #expect(try operations(.tree(with: "decision_type=6 4")).starts(with: ["Abs", "LessOrEqual", "Where"]))
        #expect(try operations(BoosterLines()).first == "TreeEnsemble")
    }

    @Test func `many trees are dealt out to lanes`() throws {
        var lines = BoosterLines()
        lines.trees = (0..<65).map { _ in BoosterLines.tree } + [BoosterLines.leaf]
        let model = try ONNXModelProto(bytes: try graph(lines).onnxBytes())
        #expect(model.graph.node.map(\.opType).starts(with: ["TreeEnsemble", "MatMul", "Mul"]))
        #expect(model.graph.node[0].attribute("n_targets")?.i == 3)
        #expect(model.graph.node[0].attribute("tree_roots")?.ints.count == 66)
        #expect(try ONNXInspection(try graph(lines).onnxBytes()).outputs.map(\.width) == [1, 1])
    }

    @Test func `heads that do not fit are refused`() {
        #expect(code { _ = try graph(featureCount: 4) } == .headMismatch)
        #expect(code { _ = try graph(.multiclass(2)) } == .headMismatch)
        #expect(code { _ = try graph(component: BoosterLines()) } == .headMismatch)
        var ova = BoosterLines.multiclass(3)
        ova.header[6] = "objective=multiclassova num_class:3 sigmoid:1"
        #expect(code { _ = try graph(component: ova) } == .headMismatch)
        #expect(
            code { _ = try graph(component: .multiclass(2), calibration: PlattCalibration(slope: 0, intercept: 0)) }
                == .headMismatch
        )
        #expect(code { _ = try graph(calibration: PlattCalibration(slope: .nan, intercept: 0)) } == .headMismatch)
    }

    @Test func `heads that differ in what is missing are refused`() {
        var zero = BoosterLines.multiclass(2)
        zero.trees[1] = BoosterLines.tree(with: "decision_type=4 4").trees[0]
        zero.trees[0] = BoosterLines.tree(with: "decision_type=0 0").trees[0]
        #expect(code { _ = try graph(component: zero) } == .boosterUnsupported)
    }
}
