package import Plant

/// What a model says of one asset at one row.
package struct Prediction: Hashable, Sendable, Codable {
    package let asset: String
    /// The row's own.
    package let instant: Instant
    package let kind: ModelKind
    /// Of a failure of the asset within the model's horizon, calibrated; an anomaly score where that is its kind.
    ///
    /// In `0...1`.
    package let probability: Double
    /// 1 minus the width of the Venn-Abers interval at the score (Vovk and Petej 2014); nil without a table.
    package let confidence: Double?
    /// The most probable component given a failure; nil where the model knows only one.
    package private(set) var component: String?
    /// Median of the failure time given that it lies within the horizon.
    package let timeToFailureMinutes: Double?
    package let p10Minutes: Double?
    package let p90Minutes: Double?
    package let modelVersion: ModelVersion
    /// Made after its deadline.
    package var isLate: Bool
    /// Made again, because a late row changed the features.
    package var isCorrected: Bool

    package init(
        asset: String,
        instant: Instant,
        kind: ModelKind = .failure,
        probability: Double,
        confidence: Double? = nil,
        component: String? = nil,
        timeToFailureMinutes: Double? = nil,
        p10Minutes: Double? = nil,
        p90Minutes: Double? = nil,
        modelVersion: ModelVersion,
        isLate: Bool = false,
        isCorrected: Bool = false
    ) {
        self.asset = asset
        self.instant = instant
        self.kind = kind
        self.probability = probability
        self.confidence = confidence
        self.component = component
        self.timeToFailureMinutes = timeToFailureMinutes
        self.p10Minutes = p10Minutes
        self.p90Minutes = p90Minutes
        self.modelVersion = modelVersion
        self.isLate = isLate
        self.isCorrected = isCorrected
    }

    /// The same with a component that something else than the model named.
    package func naming(_ component: String?) -> Prediction {
        var named = self
        named.component = component
        return named
    }
}
