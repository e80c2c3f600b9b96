package import Plant

/// What a model says of one row, in the words of a ``Prediction``.
package struct ModelOutput: Hashable, Sendable {
    package let kind: ModelKind
    package let probability: Double
    package let confidence: Double?
    package let component: String?
    package let timeToFailureMinutes: Double?
    package let p10Minutes: Double?
    package let p90Minutes: Double?

    package init(
        kind: ModelKind = .failure,
        probability: Double,
        confidence: Double? = nil,
        component: String? = nil,
        timeToFailureMinutes: Double? = nil,
        p10Minutes: Double? = nil,
        p90Minutes: Double? = nil
    ) {
        self.kind = kind
        self.probability = probability
        self.confidence = confidence
        self.component = component
        self.timeToFailureMinutes = timeToFailureMinutes
        self.p10Minutes = p10Minutes
        self.p90Minutes = p90Minutes
    }

    package func prediction(asset: String, instant: Instant, version: ModelVersion) -> Prediction {
        Prediction(
            asset: asset,
            instant: instant,
            kind: kind,
            probability: probability,
            confidence: confidence,
            component: component,
            timeToFailureMinutes: timeToFailureMinutes,
            p10Minutes: p10Minutes,
            p90Minutes: p90Minutes,
            modelVersion: version
        )
    }
}

extension ModelManifest {
    package static let scoreOutput = "score"
    package static let probabilityOutput = "probability"
    package static let anomalyOutput = "anomaly"
    package static let componentsOutput = "components"
    package static let survivalOutput = "survival"

    /// The outputs that this model's graph declares, with the elements each has per row.
    package var outputWidths: [(name: String, width: Int)] {
        var widths = [(Self.scoreOutput, 1), (levelOutput, 1)]
        if components.count > 1 { widths.append((Self.componentsOutput, components.count)) }
        if let bins = survivalBins, bins.count > 1 { widths.append((Self.survivalOutput, bins.count)) }
        return widths
    }

    /// The output that alarms go by.
    private var levelOutput: String {
        switch kind {
        case .failure: Self.probabilityOutput
        case .anomaly: Self.anomalyOutput
        }
    }

    /// Reads a graph's outputs row by row.
    ///
    /// - Parameters:
    ///   - outputs: In the order of ``outputWidths``, row-major, shape `[rowCount, width]`.
    ///   - rowCount: How many rows were asked for.
    /// - Returns: One output per row, in row order.
    package func decode(_ outputs: [[Float]], rowCount: Int) -> [ModelOutput] {
        let widths = outputWidths
        precondition(
            outputs.count == widths.count && zip(outputs, widths).allSatisfy { $0.count == $1.width * rowCount }
        )
        let byName = Dictionary(uniqueKeysWithValues: zip(widths.map(\.name), outputs))
        let scores = byName[Self.scoreOutput] ?? []
        let probabilities = byName[levelOutput] ?? []
        return (0..<rowCount).map { row in
            var component: String?
            if let shares = byName[Self.componentsOutput] {
                component = mostProbable(shares[row * components.count..<(row + 1) * components.count])
            }
            let time = survivalBins.flatMap { bins in
                let curve = byName[Self.survivalOutput].map { survival in
                    survival[row * bins.count..<(row + 1) * bins.count].map { Double($0) }
                }
                return bins.time(survival: curve ?? [Double](repeating: 0, count: bins.count), spread: timeSpread)
            }
            return ModelOutput(
                kind: kind,
                probability: Double(probabilities[row]),
                confidence: (confidence?.confidence(atScore: Double(scores[row]))).flatMap(finite),
                component: component,
                timeToFailureMinutes: (time?.p50).flatMap(finite),
                p10Minutes: (time?.p10).flatMap(finite),
                p90Minutes: (time?.p90).flatMap(finite)
            )
        }
    }

    private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }

    /// The component of the largest share, the first of equal ones; nil where a share is none.
    private func mostProbable(_ shares: ArraySlice<Float>) -> String? {
        guard shares.allSatisfy(\.isFinite) else { return nil }
        return shares.indices.max { shares[$0] < shares[$1] }.map { components[$0 - shares.startIndex] }
    }
}
