/// A row as the source gave it, with its quality: one value per tag of the schema it came under.
package struct Reading: Sendable {
    package let asset: String
    package let instant: Instant
    /// In schema tag order; NaN is missing, and a boolean is 1 or 0.
    package let values: [Double]
    /// Indices of the tags for whose value the source does not vouch.
    package let notGood: Set<Int>
    /// What the target column says: the failing component, empty where it names none; nil where nothing fails.
    package let failing: String?

    package init(
        asset: String,
        instant: Instant,
        values: [Double],
        notGood: Set<Int> = [],
        failing: String? = nil
    ) {
        self.asset = asset
        self.instant = instant
        self.values = values
        self.notGood = notGood
        self.failing = failing
    }
}

extension Reading: Hashable {
    /// Bit for bit, so that a missing value equals a missing value.
    package static func == (left: Reading, right: Reading) -> Bool {
        left.asset == right.asset && left.instant == right.instant && left.notGood == right.notGood
            && left.failing == right.failing && left.values.count == right.values.count
            && zip(left.values, right.values).allSatisfy { $0.bitPattern == $1.bitPattern }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(asset)
        hasher.combine(instant)
    }
}
