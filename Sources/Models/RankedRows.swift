/// Probabilities and outcomes in falling order of probability: the base of curves and of weighted figures.
package struct RankedRows: Sendable {
    /// Rows by falling probability.
    private let order: [Int]
    private let probabilities: [Double]
    private let outcomes: [Bool]

    /// One outcome for each probability, all in `0...1`.
    package init(probabilities: [Double], outcomes: [Bool]) {
        precondition(probabilities.count == outcomes.count)
        self.probabilities = probabilities
        self.outcomes = outcomes
        order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    }

    /// Precision and recall where all rows of at least a probability are called failing.
    package struct PrecisionRecall: Hashable, Sendable, Codable {
        package let threshold: Double
        package let precision: Double
        package let recall: Double
    }

    /// What was said of a tenth of the scale, and what came of it.
    package struct CalibrationBin: Hashable, Sendable, Codable {
        package let predicted: Double
        package let observed: Double
        package let rows: Int
    }

    /// Average precision with a weight per row, ties entering together; nil without positives.
    package func prAUC(weights: [Double]? = nil) -> Double? {
        var (positives, total, sum) = (0.0, 0.0, 0.0)
        forEachTie { tie in
            var tied = 0.0
            for row in tie {
                let weight = weights?[row] ?? 1
                total += weight
                if outcomes[row] { tied += weight }
            }
            positives += tied
            if tied > 0 { sum += tied * positives / total }
        }
        return positives > 0 ? sum / positives : nil
    }

    /// Area under the ROC curve with a weight per row; nil without both outcomes.
    package func rocAUC(weights: [Double]? = nil) -> Double? {
        var (positives, negatives, concordant) = (0.0, 0.0, 0.0)
        forEachTie { tie in
            var (tiedPositives, tiedNegatives) = (0.0, 0.0)
            for row in tie {
                let weight = weights?[row] ?? 1
                if outcomes[row] { tiedPositives += weight } else { tiedNegatives += weight }
            }
            concordant += tiedNegatives * (positives + tiedPositives / 2)
            positives += tiedPositives
            negatives += tiedNegatives
        }
        return positives > 0 && negatives > 0 ? concordant / (positives * negatives) : nil
    }

    /// Mean squared difference with a weight per row; nil without weight.
    package func brier(weights: [Double]? = nil) -> Double? {
        var (sum, total) = (0.0, 0.0)
        for row in probabilities.indices {
            let weight = weights?[row] ?? 1
            let difference = probabilities[row] - (outcomes[row] ? 1 : 0)
            sum += weight * difference * difference
            total += weight
        }
        return total > 0 ? sum / total : nil
    }

    /// At most `countMax` points, from the highest probability to the lowest.
    package func precisionRecallCurve(countMax: Int = 100) -> [PrecisionRecall] {
        let all = Double(outcomes.count(where: \.self))
        guard all > 0 else { return [] }
        var points: [PrecisionRecall] = []
        var (positives, total) = (0.0, 0.0)
        forEachTie { tie in
            total += Double(tie.count)
            positives += Double(tie.count { outcomes[$0] })
            points.append(
                PrecisionRecall(
                    threshold: probabilities[tie[tie.startIndex]],
                    precision: positives / total,
                    recall: positives / all
                )
            )
        }
        // Evenly over recall: most points lie where all failures are caught and nothing more happens.
        var kept: [PrecisionRecall] = []
        for point in points {
            guard let last = kept.last else {
                kept.append(point)
                continue
            }
            if point.recall - last.recall >= 1 / Double(countMax) || (point.recall == 1 && last.recall < 1) {
                kept.append(point)
            }
        }
        return kept
    }

    /// Ten bins of equal width, those without rows left out.
    package var calibrationBins: [CalibrationBin] {
        var sums = [(probability: Double, positives: Double, rows: Int)](repeating: (0, 0, 0), count: 10)
        for (probability, outcome) in zip(probabilities, outcomes) {
            let bin = min(9, max(0, Int(probability * 10)))
            sums[bin].probability += probability
            sums[bin].positives += outcome ? 1 : 0
            sums[bin].rows += 1
        }
        return sums.filter { $0.rows > 0 }.map { sum in
            CalibrationBin(
                predicted: sum.probability / Double(sum.rows),
                observed: sum.positives / Double(sum.rows),
                rows: sum.rows
            )
        }
    }

    private func forEachTie(_ body: (ArraySlice<Int>) -> Void) {
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, probabilities[order[end]] == probabilities[order[start]] { end += 1 }
            body(order[start..<end])
            start = end
        }
    }
}
