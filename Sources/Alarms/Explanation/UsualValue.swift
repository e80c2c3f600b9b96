/// What a figure usually is: its middle, and the range that it rarely leaves.
package struct UsualValue: Hashable, Sendable, Codable {
    package let median: Double
    /// A standard deviation, estimated so that a few odd values do not matter.
    package let spread: Double
    package let low: Double
    package let high: Double
    /// Whether every value was above 0, so that a ratio means something.
    package let isPositive: Bool
    /// How many values it is of; nil where a model tells it of what it learned.
    package let count: Int?

    /// Fewer values tell nothing.
    package static let countMin = 20

    /// What a model says is usual.
    package init(centre: Double, spread: Double) {
        median = centre
        self.spread = spread
        low = centre - 3 * spread
        high = centre + 3 * spread
        isPositive = low > 0
        count = nil
    }

    /// The middle and spread of values, NaN where missing; nil where there are too few.
    ///
    /// The spread is 1.4826 times the median absolute deviation, a normal distribution's standard deviation (Rousseeuw
    /// and Croux 1993), so that times of wear among the values do not make wear usual. The range is three of them around
    /// the median; where most values are the same, what 95 % of them lie in.
    package init?(of values: some Sequence<Float>) {
        let present = values.filter { $0.isFinite }.map { Double($0) }.sorted()
        guard present.count >= Self.countMin else { return nil }
        let middle = Self.quantile(0.5, of: present)
        let deviations = present.map { abs($0 - middle) }.sorted()
        median = middle
        spread = 1.4826 * Self.quantile(0.5, of: deviations)
        low = spread > 0 ? middle - 3 * spread : Self.quantile(0.025, of: present)
        high = spread > 0 ? middle + 3 * spread : Self.quantile(0.975, of: present)
        isPositive = present[0] > 0
        count = present.count
    }

    package func contains(_ value: Double) -> Bool { value >= low && value <= high }

    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let before = Int(place.rounded(.down))
        let after = min(before + 1, sorted.count - 1)
        return sorted[before] + (place - Double(before)) * (sorted[after] - sorted[before])
    }
}
