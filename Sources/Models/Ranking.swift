/// How well probabilities rank, and how well they are calibrated, over rows whose outcome is known.
package struct Ranking: Hashable, Sendable, Codable {
    package let rows: Int
    package let positives: Int
    /// Area under the receiver operating characteristic, ties counted half; nil without both outcomes.
    package let rocAUC: Double?
    /// Average precision: the step-wise area under the precision-recall curve; nil without positives.
    package let prAUC: Double?
    /// Mean squared difference of probability and outcome; nil without rows.
    package let brier: Double?
    /// Expected calibration error over ten bins of equal width; nil without rows.
    package let ece: Double?

    /// Judges probabilities by outcomes, one for each; where one is not in `0...1`, nothing can be judged.
    package init(probabilities: [Double], outcomes: [Bool]) {
        precondition(probabilities.count == outcomes.count)
        rows = outcomes.count
        positives = outcomes.count(where: \.self)
        guard probabilities.allSatisfy({ (0...1).contains($0) }) else {
            (rocAUC, prAUC, brier, ece) = (nil, nil, nil, nil)
            return
        }
        let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
        var truePositives = 0.0, falsePositives = 0.0, concordant = 0.0, precisionSum = 0.0
        var index = 0
        while index < order.count {
            // Rows of the same probability enter together: no order within them is better than another.
            var tiedPositives = 0.0, tiedNegatives = 0.0
            let probability = probabilities[order[index]]
            while index < order.count, probabilities[order[index]] == probability {
                if outcomes[order[index]] { tiedPositives += 1 } else { tiedNegatives += 1 }
                index += 1
            }
            concordant += tiedNegatives * (truePositives + tiedPositives / 2)
            truePositives += tiedPositives
            falsePositives += tiedNegatives
            precisionSum += tiedPositives * truePositives / (truePositives + falsePositives)
        }
        rocAUC = truePositives > 0 && falsePositives > 0 ? concordant / (truePositives * falsePositives) : nil
        prAUC = truePositives > 0 ? precisionSum / truePositives : nil
        brier = Self.brier(probabilities, outcomes)
        ece = Self.expectedCalibrationError(probabilities, outcomes)
    }

    private static func brier(_ probabilities: [Double], _ outcomes: [Bool]) -> Double? {
        guard !outcomes.isEmpty else { return nil }
        let squares = zip(probabilities, outcomes).map { probability, outcome in
            (probability - (outcome ? 1 : 0)) * (probability - (outcome ? 1 : 0))
        }
        return squares.reduce(0, +) / Double(outcomes.count)
    }

    /// Naeini, Cooper, Hauskrecht 2015, equation 3.
    private static func expectedCalibrationError(_ probabilities: [Double], _ outcomes: [Bool]) -> Double? {
        guard !outcomes.isEmpty else { return nil }
        var sums = [(probability: Double, positives: Double)](repeating: (0, 0), count: 10)
        for (probability, outcome) in zip(probabilities, outcomes) {
            let bin = min(9, max(0, Int(probability * 10)))
            sums[bin].probability += probability
            sums[bin].positives += outcome ? 1 : 0
        }
        return sums.reduce(0) { $0 + abs($1.probability - $1.positives) } / Double(outcomes.count)
    }
}
