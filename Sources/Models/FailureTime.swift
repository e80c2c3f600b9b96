import Glibc

/// When an asset fails, given that it does within the horizon, in minutes from now.
package struct FailureTime: Hashable, Sendable {
    package let p10: Double
    package let p50: Double
    package let p90: Double
}

extension SurvivalBins {
    /// Reads a survival curve.
    ///
    /// The median is the curve's own. P10 and P90 lie around its mean as far, in its standard deviations, as a tenth of
    /// the failures did on either side that the head had not learned from (conformal, Vovk 2005): where failures fall
    /// on a few hours of the day the curve's own quantiles would cover all of them, or none.
    ///
    /// - Parameters:
    ///   - survival: Per bin, the probability that the failure comes after its end; the last one's is not read.
    ///   - spread: Nil for the curve's own quantiles.
    /// - Returns: Nil where the curve is none.
    package func time(survival: [Double], spread: TimeSpread?) -> FailureTime? {
        let median = quantile(0.5, survival: survival)
        guard median.isFinite, let latest = high.last else { return nil }
        guard let spread else {
            return FailureTime(
                p10: quantile(0.1, survival: survival),
                p50: median,
                p90: quantile(0.9, survival: survival)
            )
        }
        let (mean, deviation) = moments(survival: survival)
        let p10 = min(max(0, mean + spread.low * deviation), latest)
        let p90 = min(max(p10, mean + spread.high * deviation), latest)
        return FailureTime(p10: p10, p50: min(max(median, p10), p90), p90: p90)
    }

    /// Mean and standard deviation of the failure time, even within each bin; the deviation is at least a minute.
    package func moments(survival: [Double]) -> (mean: Double, deviation: Double) {
        var (before, mean, square) = (0.0, 0.0, 0.0)
        for bin in 0..<count {
            let after = bin + 1 == count ? 1 : max(before, 1 - survival[bin])
            let (middle, width) = ((low[bin] + high[bin]) / 2, high[bin] - low[bin])
            mean += (after - before) * middle
            square += (after - before) * (middle * middle + width * width / 12)
            before = after
        }
        return (mean, max(1, max(0, square - mean * mean).squareRoot()))
    }
}

/// How far failures lie from the middle of what the survival head says of them, in its own standard deviations.
package struct TimeSpread: Hashable, Sendable, Codable {
    /// A tenth of the failures come sooner than that, a tenth later.
    package let low: Double
    package let high: Double

    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// Reads it off failures that the head did not learn from; nil where there are too few.
    ///
    /// - Parameter distances: From the mean to the failure, in standard deviations.
    package init?(of distances: [Double]) {
        let sorted = distances.sorted()
        let n = sorted.count
        let first = (n + 1) / 10
        let last = (9 * (n + 1) + 9) / 10
        guard first >= 1, last <= n else { return nil }
        self.init(low: sorted[first - 1], high: sorted[last - 1])
    }
}

/// How the survival head's score becomes the probability that a failure comes after a bin's end.
package struct SurvivalLink: Hashable, Sendable, Codable {
    /// Not below 0.
    package let slope: Double
    package let intercept: Double

    /// Fits by maximum likelihood, as a calibration is; where scores say nothing, all rows get the share that came later.
    ///
    /// - Parameters:
    ///   - scores: Of rows that the head did not learn from.
    ///   - isLater: Whether each row's failure came after the bin's end.
    package init(fitting scores: [Double], isLater: [Bool]) {
        let fitted = PlattCalibration(fitting: scores, outcomes: isLater)
        guard fitted == .identity else {
            slope = fitted.slope
            intercept = fitted.intercept
            return
        }
        let later = Double(isLater.count(where: \.self))
        slope = 0
        intercept = log((later + 1) / (Double(isLater.count) - later + 1))
    }

    package init(slope: Double, intercept: Double) {
        self.slope = slope
        self.intercept = intercept
    }

    package func survival(ofScore score: Double) -> Double { 1 / (1 + exp(-(slope * score + intercept))) }
}
