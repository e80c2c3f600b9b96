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
        let ranked = RankedRows(probabilities: probabilities, outcomes: outcomes)
        let figures = ranked.figures()
        (rocAUC, prAUC, brier) = (figures.rocAUC, figures.prAUC, figures.brier)
        ece = Self.expectedCalibrationError(ranked.calibrationBins, rows: outcomes.count)
    }

    /// Naeini, Cooper, Hauskrecht 2015, equation 3.
    private static func expectedCalibrationError(_ bins: [RankedRows.CalibrationBin], rows: Int) -> Double? {
        guard rows > 0 else { return nil }
        return bins.reduce(0) { $0 + abs($1.predicted - $1.observed) * Double($1.rows) } / Double(rows)
    }
}
