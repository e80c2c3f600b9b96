/// Probabilities and outcomes in falling order of probability: the base of curves and of weighted figures.
package struct RankedRows: Sendable {
    /// Rows by falling probability, and what became of each.
    private let order: [Int]
    private let outcomes: [Bool]
    private let probabilities: [Double]
    /// Where rows of equal probability end, in `order`.
    private let tieEnds: [Int]

    /// One outcome for each probability, all in `0...1`.
    package init(probabilities: [Double], outcomes: [Bool]) {
        precondition(probabilities.count == outcomes.count)
        let order = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
        self.order = order
        self.outcomes = order.map { outcomes[$0] }
        self.probabilities = order.map { probabilities[$0] }
        var ends: [Int] = []
        for place in order.indices
        where place + 1 == order.count || probabilities[order[place + 1]] != probabilities[order[place]] {
            ends.append(place + 1)
        }
        tieEnds = ends
    }

    /// How well probabilities rank and fit.
    package struct Figures: Hashable, Sendable {
        /// Average precision, ties entering together; nil without positives.
        package let prAUC: Double?
        /// Area under the receiver operating characteristic, ties counted half; nil without both outcomes.
        package let rocAUC: Double?
        /// Mean squared difference of probability and outcome; nil without rows.
        package let brier: Double?
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

    /// The figures where each row counts as often as its weight says; nil counts each once.
    package func figures(weights: [Double]? = nil) -> Figures {
        var (positives, negatives, precisions, concordant, squares) = (0.0, 0.0, 0.0, 0.0, 0.0)
        var start = 0
        for end in tieEnds {
            // Rows of the same probability enter together: no order within them is better than another.
            var (tiedPositives, tiedNegatives) = (0.0, 0.0)
            for place in start..<end {
                let weight = weights.map { $0[order[place]] } ?? 1
                if outcomes[place] { tiedPositives += weight } else { tiedNegatives += weight }
            }
            let probability = probabilities[start]
            squares += tiedPositives * (1 - probability) * (1 - probability) + tiedNegatives * probability * probability
            concordant += tiedNegatives * (positives + tiedPositives / 2)
            positives += tiedPositives
            negatives += tiedNegatives
            if tiedPositives > 0 { precisions += tiedPositives * positives / (positives + negatives) }
            start = end
        }
        return Figures(
            prAUC: positives > 0 ? precisions / positives : nil,
            rocAUC: positives > 0 && negatives > 0 ? concordant / (positives * negatives) : nil,
            brier: positives + negatives > 0 ? squares / (positives + negatives) : nil
        )
    }

    /// At most about `countMax` points, from the highest probability to the lowest, evenly over recall.
    package func precisionRecallCurve(countMax: Int = 100) -> [PrecisionRecall] {
        let all = Double(outcomes.count(where: \.self))
        guard all > 0 else { return [] }
        var curve: [PrecisionRecall] = []
        var (positives, start) = (0, 0)
        for end in tieEnds {
            positives += outcomes[start..<end].count(where: \.self)
            let point = PrecisionRecall(
                threshold: probabilities[start],
                precision: Double(positives) / Double(end),
                recall: Double(positives) / all
            )
            let last = curve.last?.recall ?? -1
            if point.recall - last >= 1 / Double(countMax) || (point.recall == 1 && last < 1) { curve.append(point) }
            start = end
        }
        return curve
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
}
