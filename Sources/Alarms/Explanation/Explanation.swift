package import Models
package import Plant

/// Why a model's prediction was what it was, for one alarm: shares, as numbers and as a sentence.
///
/// Whatever could not be computed is absent, and ``absences`` says why.
package struct Explanation: Hashable, Sendable, Codable {
    /// What the shares add up to, besides the base.
    package enum Quantity: String, Hashable, Sendable, Codable {
        /// The failure head's, in log-odds before calibration; shares are TreeSHAP values (Lundberg et al. 2020).
        case rawScore
        /// A baseline's squared distance from normal; shares are its tags' parts.
        case squaredDistance
    }

    /// A part of the score, by its tag or component; above 0 it speaks for the alarm.
    package struct Share: Hashable, Sendable, Codable {
        package let name: String
        package let share: Double

        package init(name: String, share: Double) {
            self.name = name
            self.share = share
        }
    }

    /// What was kept of what the row was made from.
    package struct Evidence: Hashable, Sendable, Codable {
        /// Of the readings from which the row was made, see `ReadingDigest`.
        package let readingDigest: String
        package let readingCount: Int
        package let rowDigest: String
        /// Whether the row is the one that the alarm was raised for; nil where that one's digest was not kept.
        package let isRowUnchanged: Bool?

        package init(readingDigest: String, readingCount: Int, rowDigest: String, isRowUnchanged: Bool?) {
            self.readingDigest = readingDigest
            self.readingCount = readingCount
            self.rowDigest = rowDigest
            self.isRowUnchanged = isRowUnchanged
        }
    }

    /// Against which values "usual" is meant.
    package struct Reference: Hashable, Sendable, Codable {
        package enum Source: String, Hashable, Sendable, Codable {
            /// What the model keeps of the rows it learned from.
            case model
            /// The asset's own rows before the alarm, because the model keeps none of each feature.
            case assetHistory
        }

        package let source: Source
        package let from: Instant?
        package let until: Instant?
        package let rowCount: Int?

        package init(source: Source, from: Instant? = nil, until: Instant? = nil, rowCount: Int? = nil) {
            self.source = source
            self.from = from
            self.until = until
            self.rowCount = rowCount
        }
    }

    /// Something that is not there, and why.
    package struct Absence: Hashable, Sendable, Codable {
        package enum Part: String, Hashable, Sendable, Codable { case shares, survival, reference, features, trends }

        package let part: Part
        package let reason: String

        package init(part: Part, reason: String) {
            self.part = part
            self.reason = reason
        }
    }

    package let kind: ModelKind
    package let modelVersion: ModelVersion
    /// The row's own.
    package let instant: Instant
    /// Of a failure within the horizon; an anomaly score where that is its kind.
    package let probability: Double
    package let quantity: Quantity?
    /// What the score would be without knowing anything of the row: the shares begin here.
    package let baseValue: Double?
    /// The base and all shares.
    package let score: Double?
    /// The largest first, whatever their signs.
    package let tags: [Share]
    /// Likewise; empty where the schema maps no tags to components.
    package let components: [Share]
    /// Those that matter most, the largest share first.
    package let features: [FeatureFact]
    package let reference: Reference?
    package let trends: [Trend]
    package let survival: SurvivalCurve?
    package let sentence: String?
    package let evidence: Evidence?
    package let absences: [Absence]

    package init(
        of prediction: AlertMetadata,
        quantity: Quantity? = nil,
        baseValue: Double? = nil,
        score: Double? = nil,
        tags: [Share] = [],
        components: [Share] = [],
        features: [FeatureFact] = [],
        reference: Reference? = nil,
        trends: [Trend] = [],
        survival: SurvivalCurve? = nil,
        sentence: String? = nil,
        evidence: Evidence? = nil,
        absences: [Absence] = []
    ) {
        kind = prediction.kind
        modelVersion = prediction.modelVersion
        instant = prediction.instant
        probability = prediction.probability
        self.quantity = quantity
        self.baseValue = baseValue
        self.score = score
        self.tags = tags
        self.components = components
        self.features = features
        self.reference = reference
        self.trends = trends
        self.survival = survival
        self.sentence = sentence
        self.evidence = evidence
        self.absences = absences
    }
}
