package import Features
package import Models
package import Plant

/// What a model said when it caused an alarm, or since.
///
/// In the lane's memory it is the newest row's prediction while the cause is active, in what is kept that of the alarm's
/// last change; see ``Alarm/telling(_:)`` for whoever reads it later.
package struct AlertMetadata: Hashable, Sendable, Codable {
    package let kind: ModelKind
    /// The anomaly score where that is its kind.
    package let probability: Double
    package let confidence: Double?
    /// As the newest prediction has it, else the one that the alarm was raised for, which its condition keeps.
    package let component: String?
    package let timeToFailureMinutes: Double?
    package let p10Minutes: Double?
    package let p90Minutes: Double?
    package let modelVersion: ModelVersion
    /// The row's own; the times to failure count from it.
    package let instant: Instant
    /// What the row's features were made from; nil where nobody told.
    package let features: FeatureMetadata?
    /// Only of the row that the alarm was raised for; nil where nobody told.
    package let evidence: RowEvidence?
    /// Rows at or above the threshold one after the other, up to and with this one; only of the one raised for.
    package let run: Int?

    package init(
        _ prediction: Prediction,
        features: FeatureMetadata?,
        evidence: RowEvidence? = nil,
        run: Int? = nil
    ) {
        kind = prediction.kind
        probability = prediction.probability
        confidence = prediction.confidence
        component = prediction.component
        timeToFailureMinutes = prediction.timeToFailureMinutes
        p10Minutes = prediction.p10Minutes
        p90Minutes = prediction.p90Minutes
        modelVersion = prediction.modelVersion
        instant = prediction.instant
        self.features = features
        self.evidence = evidence
        self.run = run
    }

    /// Reads what `encode` wrote; what was written before there were kinds is of failures.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        kind = try values.decodeIfPresent(ModelKind.self, forKey: .kind) ?? .failure
        probability = try values.decode(Double.self, forKey: .probability)
        confidence = try values.decodeIfPresent(Double.self, forKey: .confidence)
        component = try values.decodeIfPresent(String.self, forKey: .component)
        timeToFailureMinutes = try values.decodeIfPresent(Double.self, forKey: .timeToFailureMinutes)
        p10Minutes = try values.decodeIfPresent(Double.self, forKey: .p10Minutes)
        p90Minutes = try values.decodeIfPresent(Double.self, forKey: .p90Minutes)
        modelVersion = try values.decode(ModelVersion.self, forKey: .modelVersion)
        instant = try values.decode(Instant.self, forKey: .instant)
        features = try values.decodeIfPresent(FeatureMetadata.self, forKey: .features)
        evidence = try values.decodeIfPresent(RowEvidence.self, forKey: .evidence)
        run = try values.decodeIfPresent(Int.self, forKey: .run)
    }
}
