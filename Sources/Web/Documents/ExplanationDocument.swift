import Alarms
import Models
import Plant
import Storage

/// Why an alarm was raised, as the API writes it.
struct ExplanationDocument: Encodable, Sendable {
    enum State: String, Encodable, Sendable {
        /// The prediction's part is there.
        case ready
        /// It is being made, or is tried again.
        case pending
        /// It could not be made, and is tried no more.
        case failed
        /// No prediction had a part in the alarm.
        case rulesOnly
        /// A prediction had, before explanations were kept.
        case notKept
    }

    let alarm: ID<Alarm>
    let asset: String
    let condition: String
    let state: State
    /// Why it is not there, where a try was in vain.
    let reason: String?
    let retryAt: Instant?
    let madeAt: Instant?
    /// The model's part; what a rule found stands in its own.
    let sentence: String?
    let prediction: PredictionPart?
    let rules: [RulePart]

    init(_ alarm: Alarm, _ stored: StoredExplanation?, rules: [RulePart]) {
        self.alarm = alarm.id
        asset = alarm.asset
        condition = alarm.condition.key
        switch stored {
        case let stored? where stored.explanation != nil: state = .ready
        case let stored? where stored.retryAt != nil: state = .pending
        case .some: state = .failed
        case nil: state = alarm.cause(from: .prediction) == nil ? .rulesOnly : .notKept
        }
        reason = stored?.reason
        retryAt = stored?.reason == nil ? nil : stored?.retryAt
        madeAt = stored?.madeAt
        sentence = stored?.explanation?.sentence
        prediction = stored?.explanation.map { PredictionPart($0) }
        self.rules = rules
    }

    /// What a rule found, from what the alarm keeps.
    struct RulePart: Encodable, Sendable {
        let rule: String
        let message: String
        /// What it compares; nil where the version of the rules that found it was not noted.
        let kind: AlarmRule.Kind?
        /// Nil as `kind` is.
        let tag: String?
        let measured: Double?
        let limit: Double?
        let since: Instant
        let clearedAt: Instant?
        let isActive: Bool
        let trend: TrendDocument?

        /// - Parameters:
        ///   - cause: What the alarm keeps of it.
        ///   - id: The rule's.
        ///   - rule: As it was when it found the cause; nil where that is not known.
        ///   - trend: Of the rule's tag.
        init(_ cause: AlarmCause, rule id: String, as rule: AlarmRule?, trend: Trend?) {
            self.rule = id
            message = cause.message
            kind = rule?.check.kind
            tag = rule?.tag
            measured = cause.measured?.ifFinite
            limit = cause.limit?.ifFinite
            since = cause.since
            clearedAt = cause.clearedAt
            isActive = cause.isActive
            self.trend = trend.map { TrendDocument($0) }
        }
    }

    /// Why a model's prediction was what it was.
    struct PredictionPart: Encodable, Sendable {
        let kind: ModelKind
        let modelVersion: ModelVersion
        let at: Instant
        let probability: Double?
        let anomalyScore: Double?
        let quantity: Explanation.Quantity?
        let baseValue: Double?
        let score: Double?
        let tags: [Explanation.Share]
        let components: [Explanation.Share]
        let features: [FeatureFact]
        let reference: Explanation.Reference?
        let trends: [TrendDocument]
        let survival: SurvivalCurve?
        let evidence: Explanation.Evidence?
        let absences: [Explanation.Absence]

        init(_ explanation: Explanation) {
            kind = explanation.kind
            modelVersion = explanation.modelVersion
            at = explanation.instant
            probability = explanation.kind == .failure ? explanation.probability.ifFinite : nil
            anomalyScore = explanation.kind == .anomaly ? explanation.probability.ifFinite : nil
            quantity = explanation.quantity
            baseValue = explanation.baseValue?.ifFinite
            score = explanation.score?.ifFinite
            tags = explanation.tags.filter { $0.share.isFinite }
            components = explanation.components.filter { $0.share.isFinite }
            features = explanation.features.filter { $0.share.isFinite }
            reference = explanation.reference
            trends = explanation.trends.map { TrendDocument($0) }
            survival = explanation.survival
            evidence = explanation.evidence
            absences = explanation.absences
        }
    }
}

/// How a tag went: instants and values side by side, as a chart takes them.
struct TrendDocument: Encodable, Sendable {
    let tag: String
    let at: [Instant]
    let values: [Double]
    let usual: UsualValue?

    init(_ trend: Trend) {
        tag = trend.tag
        at = trend.points.map(\.at)
        values = trend.points.map(\.value)
        usual = trend.usual
    }
}
