import Glibc

/// Turns a booster's raw score into a probability: `1 / (1 + exp(-(slope * score + intercept)))`.
///
/// Monotone and smooth, so that it neither makes ties nor magnifies rounding.
package struct PlattCalibration: Hashable, Sendable, Codable {
    /// More than 0.
    package let slope: Double
    package let intercept: Double

    /// What the booster's own log-loss says.
    package static let identity = PlattCalibration(slope: 1, intercept: 0)

    package init(slope: Double, intercept: Double) {
        self.slope = slope
        self.intercept = intercept
    }

    /// Reads what was written.
    ///
    /// - Throws: `DecodingError` also for a curve that falls or is none.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        slope = try values.decode(Double.self, forKey: .slope)
        intercept = try values.decode(Double.self, forKey: .intercept)
        guard slope > 0, slope.isFinite, intercept.isFinite else {
            throw DecodingError.dataCorruptedError(
                forKey: .slope,
                in: values,
                debugDescription: "a calibration must rise and be finite"
            )
        }
    }

    package func probability(ofScore score: Double) -> Double { 1 / (1 + exp(-(slope * score + intercept))) }

    /// Fits by maximum likelihood with Platt's smoothed targets (Lin, Lin and Weng 2007, algorithm 1).
    ///
    /// The identity where there is only one outcome, or the scores do not rank at all.
    ///
    /// - Parameters:
    ///   - scores: Raw scores of rows that the booster did not learn from.
    ///   - outcomes: One for each score.
    package init(fitting scores: [Double], outcomes: [Bool]) {
        precondition(scores.count == outcomes.count)
        let positives = Double(outcomes.count(where: \.self))
        let negatives = Double(outcomes.count) - positives
        let isRanking = scores.contains { $0 != scores[0] }
        guard positives > 0, negatives > 0, isRanking else {
            self = .identity
            return
        }
        let positiveTarget = (positives + 1) / (positives + 2)
        let negativeTarget = 1 / (negatives + 2)
        let targets = outcomes.map { $0 ? positiveTarget : negativeTarget }
        var slope = 0.0
        var intercept = log((positives + 1) / (negatives + 1))
        var loss = Self.loss(slope, intercept, scores, targets)
        for _ in 0..<100 {
            var gradient = (slope: 0.0, intercept: 0.0)
            var hessian = (ss: 1e-12, si: 0.0, ii: 1e-12)
            for (score, target) in zip(scores, targets) {
                let probability = 1 / (1 + exp(-(slope * score + intercept)))
                let weight = probability * (1 - probability)
                gradient.slope += score * (probability - target)
                gradient.intercept += probability - target
                hessian.ss += score * score * weight
                hessian.si += score * weight
                hessian.ii += weight
            }
            if abs(gradient.slope) < 1e-7, abs(gradient.intercept) < 1e-7 { break }
            let determinant = hessian.ss * hessian.ii - hessian.si * hessian.si
            let slopeStep = -(hessian.ii * gradient.slope - hessian.si * gradient.intercept) / determinant
            let interceptStep = -(hessian.ss * gradient.intercept - hessian.si * gradient.slope) / determinant
            let descent = gradient.slope * slopeStep + gradient.intercept * interceptStep
            var step = 1.0
            while step > 1e-10 {
                let trial = (slope: slope + step * slopeStep, intercept: intercept + step * interceptStep)
                let trialLoss = Self.loss(trial.slope, trial.intercept, scores, targets)
                if trialLoss < loss + 1e-4 * step * descent {
                    (slope, intercept, loss) = (trial.slope, trial.intercept, trialLoss)
                    break
                }
                step /= 2
            }
            if step <= 1e-10 { break }
        }
        guard slope > 1e-6, slope.isFinite, intercept.isFinite else {
            self = .identity
            return
        }
        self.init(slope: slope, intercept: intercept)
    }

    private static func loss(_ slope: Double, _ intercept: Double, _ scores: [Double], _ targets: [Double]) -> Double {
        var loss = 0.0
        for (score, target) in zip(scores, targets) {
            let value = slope * score + intercept
            let isPositive = value >= 0
            loss += log1p(exp(isPositive ? -value : value)) + (isPositive ? 1 - target : -target) * value
        }
        return loss
    }
}
