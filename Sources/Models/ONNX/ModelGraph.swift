/// A model's heads as one ONNX graph, calibration included.
///
/// | tensor | shape | what it holds |
/// |---|---|---|
/// | `features` | `[rows, featureCount]` | the input; NaN is missing |
/// | `score` | `[rows, 1]` | the failure booster's raw score |
/// | `probability` | `[rows, 1]` | of a failure within the horizon, calibrated |
/// | `components` | `[rows, C]` | of each component given a failure; only with such a head |
/// | `survival` | `[rows, K]` | that the failure comes after the end of bin `k`, given that it comes within the horizon; only with such a head |
package struct ModelGraph: Sendable {
    package static let inputName = "features"
    package static let scoreName = "score"
    package static let probabilityName = "probability"
    package static let componentsName = "components"
    package static let survivalName = "survival"

    package let featureCount: Int
    private let failure: BoosterText
    private let calibration: PlattCalibration
    private let component: BoosterText?
    private let survival: SurvivalHead?

    /// A booster whose score grows with the time to failure, and how each bin reads it.
    package struct SurvivalHead: Sendable {
        let booster: BoosterText
        let links: [SurvivalLink]

        /// A head of the objective `cross_entropy`, with a link for each bin but the last.
        package init(_ booster: BoosterText, links: [SurvivalLink]) {
            self.booster = booster
            self.links = links
        }
    }

    /// Puts heads together.
    ///
    /// - Parameters:
    ///   - featureCount: The width of the feature view; every booster's own.
    ///   - failure: Of the objective `binary`.
    ///   - calibration: From its raw score to the probability.
    ///   - component: Of the objective `multiclass`, a class for each component.
    ///   - survival: With a link for each time bin but the last, the soonest first.
    /// - Throws: ``ONNXError`` with `.headMismatch`, or `.boosterUnsupported` where some take 0 for missing and
    ///   others NaN.
    package init(
        featureCount: Int,
        failure: BoosterText,
        calibration: PlattCalibration,
        component: BoosterText? = nil,
        survival: SurvivalHead? = nil
    ) throws(ONNXError) {
        for (head, booster) in [("failure", failure), ("component", component), ("survival", survival?.booster)] {
            guard let booster else { continue }
            guard booster.featureCount == featureCount else {
                throw ONNXError(
                    .headMismatch,
                    "the \(head) head learned from \(booster.featureCount) features, the view has \(featureCount)"
                )
            }
            let objective = Self.objectives[head] ?? ""
            guard booster.objectiveName == objective,
                head == "component" ? booster.classCount > 1 : booster.classCount == 1
            else {
                throw ONNXError(
                    .headMismatch,
                    """
                    the \(head) head has the objective '\(booster.objective)' and \(booster.classCount) classes; \
                    \(objective) is needed
                    """
                )
            }
        }
        guard calibration.slope.isFinite, calibration.slope > 0, calibration.intercept.isFinite else {
            throw ONNXError(
                .headMismatch,
                "a calibration with slope \(calibration.slope) and intercept \(calibration.intercept) is not monotone"
            )
        }
        if let survival {
            let isCurve = survival.links.allSatisfy { $0.slope >= 0 && $0.slope.isFinite && $0.intercept.isFinite }
            guard isCurve, !survival.links.isEmpty else {
                throw ONNXError(.headMismatch, "the survival head has a link that falls with its score, or none at all")
            }
        }
        try BoosterText.refuseMixedMissing(in: [failure, component, survival?.booster].compactMap(\.self))
        self.featureCount = featureCount
        self.failure = failure
        self.calibration = calibration
        self.component = component
        self.survival = survival
    }

    private static let objectives = ["failure": "binary", "component": "multiclass", "survival": "cross_entropy"]

    private var heads: [(booster: BoosterText, scores: String)] {
        [(failure, Self.scoreName)] + [component].compactMap(\.self).map { ($0, "component_scores") }
            + [survival].compactMap(\.self).map { ($0.booster, "survival_score") }
    }

    /// The same bytes for the same heads.
    package func onnxBytes() throws(ONNXError) -> [UInt8] {
        try ONNXModelProto(graph).bytes()
    }

    private var graph: ONNXGraphProto {
        var graph = ONNXGraphProto()
        graph.name = "eagle"
        graph.input = [ONNXValueInfoProto(Self.inputName, width: featureCount)]
        let treesInput = appendMissingZeros(to: &graph)
        appendTrees(reading: treesInput, to: &graph)
        appendProbability(to: &graph)
        if let component { appendComponents(component.classCount, to: &graph) }
        if let survival { appendSurvival(survival.links, to: &graph) }
        return graph
    }

    /// Where splits take 0 for missing, makes NaN of what LightGBM takes as 0.
    private func appendMissingZeros(to graph: inout ONNXGraphProto) -> String {
        guard heads.contains(where: { $0.booster.missing == .zero }) else { return Self.inputName }
        graph.initializer += [
            ONNXTensorProto("zero_max", [SplitThreshold.zeroMax], shape: []),
            ONNXTensorProto("missing", [.nan], shape: []),
        ]
        graph.node += [
            ONNXNodeProto("Abs", inputs: [Self.inputName], outputs: ["magnitude"]),
            ONNXNodeProto("LessOrEqual", inputs: ["magnitude", "zero_max"], outputs: ["is_zero"]),
            ONNXNodeProto("Where", inputs: ["is_zero", "missing", Self.inputName], outputs: ["features_or_missing"]),
        ]
        return "features_or_missing"
    }

    private func appendTrees(reading input: String, to graph: inout ONNXGraphProto) {
        var trees = TreeEnsembleAttributes()
        for (booster, _) in heads { trees.append(booster) }
        let names = heads.map(\.scores)
        let scores = names.count == 1 ? Self.scoreName : "scores"
        if let laneSums = trees.laneSums("lane_sums") {
            graph.initializer.append(laneSums)
            graph.node += [
                trees.node(input: input, output: "lane_scores"),
                ONNXNodeProto("MatMul", inputs: ["lane_scores", "lane_sums"], outputs: [scores]),
            ]
        } else {
            graph.node.append(trees.node(input: input, output: scores))
        }
        if names.count > 1 {
            graph.initializer.append(ONNXTensorProto("head_widths", heads.map { Int64($0.booster.classCount) }))
            graph.node.append(
                ONNXNodeProto(
                    "Split",
                    inputs: [scores, "head_widths"],
                    outputs: names,
                    attributes: [ONNXAttributeProto("axis", 1)]
                )
            )
        }
        graph.output.append(ONNXValueInfoProto(Self.scoreName, width: 1))
    }

    private func appendProbability(to graph: inout ONNXGraphProto) {
        graph.initializer += [
            ONNXTensorProto("slope", [Float(calibration.slope)], shape: []),
            ONNXTensorProto("intercept", [Float(calibration.intercept)], shape: []),
        ]
        graph.node += [
            ONNXNodeProto("Mul", inputs: [Self.scoreName, "slope"], outputs: ["sloped_score"]),
            ONNXNodeProto("Add", inputs: ["sloped_score", "intercept"], outputs: ["log_odds"]),
            ONNXNodeProto("Sigmoid", inputs: ["log_odds"], outputs: [Self.probabilityName]),
        ]
        graph.output.append(ONNXValueInfoProto(Self.probabilityName, width: 1))
    }

    private func appendComponents(_ count: Int, to graph: inout ONNXGraphProto) {
        graph.node.append(softmax("component_scores", Self.componentsName))
        graph.output.append(ONNXValueInfoProto(Self.componentsName, width: count))
    }

    /// Nothing comes after the last bin's end: its log-odds are as low as they can be.
    private func appendSurvival(_ links: [SurvivalLink], to graph: inout ONNXGraphProto) {
        let slopes = links.map { Float($0.slope) } + [0]
        let intercepts = links.map { Float($0.intercept) } + [-100]
        graph.initializer += [
            ONNXTensorProto("survival_slopes", slopes, shape: [slopes.count]),
            ONNXTensorProto("survival_intercepts", intercepts, shape: [intercepts.count]),
        ]
        graph.node += [
            ONNXNodeProto("Mul", inputs: ["survival_score", "survival_slopes"], outputs: ["sloped_survival"]),
            ONNXNodeProto("Add", inputs: ["sloped_survival", "survival_intercepts"], outputs: ["survival_log_odds"]),
            ONNXNodeProto("Sigmoid", inputs: ["survival_log_odds"], outputs: [Self.survivalName]),
        ]
        graph.output.append(ONNXValueInfoProto(Self.survivalName, width: slopes.count))
    }

    private func softmax(_ input: String, _ output: String) -> ONNXNodeProto {
        ONNXNodeProto("Softmax", inputs: [input], outputs: [output], attributes: [ONNXAttributeProto("axis", 1)])
    }
}
