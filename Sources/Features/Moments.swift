/// What mean, deviation, range and slope of a run of samples are made from.
///
/// Times are microseconds from a start of the caller's choice, exact in a `Double`. Sums are kept about
/// the running mean (Welford 1962) and joined as by Chan, Golub and LeVeque (1983, equations 2.1): nothing
/// large is ever subtracted, so values like 850 +- 0.05 keep their digits.
struct Moments: Sendable {
    private(set) var count = 0.0
    private(set) var mean = 0.0
    /// Sum of squared deviations from the mean.
    private var squares = 0.0
    private var timeMean = 0.0
    private var timeSquares = 0.0
    /// Sum of products of both deviations.
    private var products = 0.0
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity

    @inline(__always)
    mutating func add(_ value: Double, at time: Double) {
        count += 1
        let share = 1 / count
        let step = value - mean
        let timeStep = time - timeMean
        mean += step * share
        timeMean += timeStep * share
        let timeRest = time - timeMean
        squares += step * (value - mean)
        timeSquares += timeStep * timeRest
        products += step * timeRest
        minimum = value < minimum ? value : minimum
        maximum = value > maximum ? value : maximum
    }

    /// The moments of both runs together.
    ///
    /// - Parameters:
    ///   - later: The other run.
    ///   - shift: Microseconds from the start of this run's times to that of the other's.
    /// - Returns: Their times count from this run's start, unless this run is empty.
    @inline(__always)
    func joined(with later: Moments, shift: Double) -> Moments {
        if later.count == 0 { return self }
        if count == 0 { return later }
        var joined = Moments()
        joined.count = count + later.count
        let share = later.count / joined.count
        let step = later.mean - mean
        let timeStep = later.timeMean + shift - timeMean
        let weight = count * share
        joined.mean = mean + step * share
        joined.timeMean = timeMean + timeStep * share
        joined.squares = squares + later.squares + step * step * weight
        joined.timeSquares = timeSquares + later.timeSquares + timeStep * timeStep * weight
        joined.products = products + later.products + step * timeStep * weight
        joined.minimum = later.minimum < minimum ? later.minimum : minimum
        joined.maximum = later.maximum > maximum ? later.maximum : maximum
        return joined
    }

    /// With n-1; NaN for fewer than two samples.
    var standardDeviation: Double { count < 2 ? .nan : (squares / (count - 1)).squareRoot() }

    /// Of the least-squares line, per second; NaN for fewer than two samples.
    var slopePerSecond: Double { count < 2 ? .nan : products / timeSquares * 1_000_000 }
}
