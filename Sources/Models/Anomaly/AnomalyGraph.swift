/// A baseline as an ONNX graph.
///
/// | tensor | shape | what it holds |
/// |---|---|---|
/// | `features` | `[rows, featureCount]` | the input; NaN is missing |
/// | `score` | `[rows, 1]` | the log-odds of the anomaly score |
/// | `anomaly` | `[rows, 1]` | the anomaly score, in `0...1` |
/// | `components` | `[rows, C]` | each group's share of the squared distance; only with more than one group |
package struct AnomalyGraph: Sendable {
    private let featureCount: Int
    private let baseline: AnomalyBaseline

    /// A graph for rows of so many features.
    package init(featureCount: Int, baseline: AnomalyBaseline) {
        self.featureCount = featureCount
        self.baseline = baseline
    }

    /// The same bytes for the same baseline.
    package func onnxBytes() throws(ONNXError) -> [UInt8] { try ONNXModelProto(graph).bytes() }

    private var graph: ONNXGraphProto {
        var graph = ONNXGraphProto()
        graph.name = "eagle"
        graph.input = [ONNXValueInfoProto(ModelGraph.inputName, width: featureCount)]
        graph.initializer += scalars + features + matrices
        graph.node += deviations
        graph.node += mean("level", of: "levels") + mean("spread", of: "spreads")
        graph.node += [
            ONNXNodeProto("Max", inputs: ["level", "spread"], outputs: ["tag_distances"]),
            ONNXNodeProto("MatMul", inputs: ["tag_distances", "all_tags"], outputs: ["distance"]),
            ONNXNodeProto("Mul", inputs: ["distance", "inverse_threshold"], outputs: ["ratio"]),
            ONNXNodeProto("Max", inputs: ["ratio", "ratio_min"], outputs: ["positive_ratio"]),
            ONNXNodeProto("Log", inputs: ["positive_ratio"], outputs: ["log_ratio"]),
            ONNXNodeProto("Mul", inputs: ["log_ratio", "steepness"], outputs: [ModelGraph.scoreName]),
            ONNXNodeProto("Sigmoid", inputs: [ModelGraph.scoreName], outputs: [ModelManifest.anomalyOutput]),
        ]
        graph.output += [
            ONNXValueInfoProto(ModelGraph.scoreName, width: 1),
            ONNXValueInfoProto(ModelManifest.anomalyOutput, width: 1),
        ]
        if baseline.groups.count > 1 {
            graph.node += [
                ONNXNodeProto("MatMul", inputs: ["tag_distances", "groups"], outputs: ["group_distances"]),
                ONNXNodeProto("Max", inputs: ["distance", "tiny"], outputs: ["positive_distance"]),
                ONNXNodeProto(
                    "Div",
                    inputs: ["group_distances", "positive_distance"],
                    outputs: [ModelGraph.componentsName]
                ),
            ]
            graph.output.append(ONNXValueInfoProto(ModelGraph.componentsName, width: baseline.groups.count))
        }
        return graph
    }

    /// Each column's squared normal deviation; 0 where it is missing or not watched.
    private var deviations: [ONNXNodeProto] {
        [
            ONNXNodeProto("IsNaN", inputs: [ModelGraph.inputName], outputs: ["is_missing"]),
            ONNXNodeProto("Where", inputs: ["is_missing", "zero", "one"], outputs: ["presence"]),
            ONNXNodeProto("Where", inputs: ["is_missing", "centres", ModelGraph.inputName], outputs: ["filled"]),
            ONNXNodeProto("Sub", inputs: ["filled", "centres"], outputs: ["deviations"]),
            ONNXNodeProto("Mul", inputs: ["deviations", "inverse_scales"], outputs: ["scaled"]),
            ONNXNodeProto("Abs", inputs: ["scaled"], outputs: ["magnitudes"]),
            ONNXNodeProto("Min", inputs: ["magnitudes", "deviation_max"], outputs: ["t"]),
            ONNXNodeProto("Mul", inputs: ["t", "t"], outputs: ["t_squared"]),
            ONNXNodeProto("Div", inputs: ["t_squared", "degrees"], outputs: ["x"]),
        ] + logOfOnePlus + [
            ONNXNodeProto("Mul", inputs: ["log1p", "factors"], outputs: ["squares"])
        ]
    }

    /// `ln(1 + x)`: the logarithm itself where x is large, else `2 artanh(x / (2 + x))` by its series.
    ///
    /// A runtime's logarithm need not be right to the last digit just above 1. Up to x = 0.5 the fifth term is the last
    /// that tells.
    private var logOfOnePlus: [ONNXNodeProto] {
        var nodes = [
            ONNXNodeProto("Add", inputs: ["x", "one"], outputs: ["u"]),
            ONNXNodeProto("Log", inputs: ["u"], outputs: ["log_u"]),
            ONNXNodeProto("Add", inputs: ["x", "two"], outputs: ["x_and_two"]),
            ONNXNodeProto("Div", inputs: ["x", "x_and_two"], outputs: ["s"]),
            ONNXNodeProto("Mul", inputs: ["s", "s"], outputs: ["s_squared"]),
        ]
        var sum = "term_9"
        for odd in [7, 5, 3, 1] {
            nodes += [
                ONNXNodeProto("Mul", inputs: [sum, "s_squared"], outputs: ["above_\(odd)"]),
                ONNXNodeProto("Add", inputs: ["above_\(odd)", "term_\(odd)"], outputs: ["sum_\(odd)"]),
            ]
            sum = "sum_\(odd)"
        }
        return nodes + [
            ONNXNodeProto("Mul", inputs: [sum, "s"], outputs: ["series"]),
            ONNXNodeProto("LessOrEqual", inputs: ["x", "x_small"], outputs: ["is_small"]),
            ONNXNodeProto("Where", inputs: ["is_small", "series", "log_u"], outputs: ["log1p"]),
        ]
    }

    /// The mean over the columns that are there, tag by tag.
    private func mean(_ name: String, of matrix: String) -> [ONNXNodeProto] {
        [
            ONNXNodeProto("MatMul", inputs: ["squares", matrix], outputs: ["\(name)_sum"]),
            ONNXNodeProto("MatMul", inputs: ["presence", matrix], outputs: ["\(name)_count"]),
            ONNXNodeProto("Max", inputs: ["\(name)_count", "one"], outputs: ["\(name)_divisor"]),
            ONNXNodeProto("Div", inputs: ["\(name)_sum", "\(name)_divisor"], outputs: [name]),
        ]
    }

    private var scalars: [ONNXTensorProto] {
        [
            ("zero", 0), ("one", 1), ("two", 2), ("x_small", 0.5), ("tiny", Float.leastNormalMagnitude),
            ("deviation_max", AnomalyBaseline.deviationMax),
            ("inverse_threshold", 1 / (baseline.threshold * baseline.threshold)),
            ("ratio_min", Float(AnomalyBaseline.ratioMin)), ("steepness", Float(AnomalyBaseline.steepness)),
        ].map { ONNXTensorProto($0, [$1], shape: []) }
            + [1, 3, 5, 7, 9].map { ONNXTensorProto("term_\($0)", [2 / Float($0)], shape: []) }
    }

    private var features: [ONNXTensorProto] {
        var centres = [Float](repeating: 0, count: featureCount)
        var inverseScales = centres
        var factors = centres
        var degrees = [Float](repeating: 1, count: featureCount)
        for feature in baseline.tags.flatMap({ $0.levels + $0.spreads }) {
            centres[feature.column] = feature.centre
            inverseScales[feature.column] = 1 / feature.scale
            factors[feature.column] = Float(feature.factor)
            degrees[feature.column] = feature.degrees
        }
        return [
            ONNXTensorProto("centres", centres), ONNXTensorProto("inverse_scales", inverseScales),
            ONNXTensorProto("factors", factors), ONNXTensorProto("degrees", degrees),
        ]
    }

    private var matrices: [ONNXTensorProto] {
        let tagCount = baseline.tags.count
        func columns(_ features: (AnomalyBaseline.WatchedTag) -> [AnomalyBaseline.Feature]) -> [Float] {
            var matrix = [Float](repeating: 0, count: featureCount * tagCount)
            for (place, tag) in baseline.tags.enumerated() {
                for feature in features(tag) { matrix[feature.column * tagCount + place] = 1 }
            }
            return matrix
        }
        var groups = [Float](repeating: 0, count: tagCount * baseline.groups.count)
        for (number, group) in baseline.groups.enumerated() {
            for tag in group.tags { groups[tag * baseline.groups.count + number] = 1 }
        }
        return [
            ONNXTensorProto("levels", columns(\.levels), shape: [featureCount, tagCount]),
            ONNXTensorProto("spreads", columns(\.spreads), shape: [featureCount, tagCount]),
            ONNXTensorProto("all_tags", [Float](repeating: 1, count: tagCount), shape: [tagCount, 1]),
        ]
            + (baseline.groups.count > 1
                ? [ONNXTensorProto("groups", groups, shape: [tagCount, baseline.groups.count])] : [])
    }
}
