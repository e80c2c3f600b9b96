/// A reading mapped to what may be used: what is missing, not finite or not good is NaN.
package struct Sample: Sendable {
    package let asset: String
    package let instant: Instant
    /// In schema tag order; NaN is missing, and a boolean is 1 or 0.
    package let values: [Double]

    /// A sample of finite numbers or NaN.
    package init(asset: String, instant: Instant, values: [Double]) {
        self.asset = asset
        self.instant = instant
        self.values = values
    }

    package init(_ reading: Reading) {
        var values = reading.values
        for index in values.indices where !values[index].isFinite || reading.notGood.contains(index) {
            values[index] = .nan
        }
        self.init(asset: reading.asset, instant: reading.instant, values: values)
    }
}
