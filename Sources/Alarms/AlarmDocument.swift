import Features
import Models
import Plant

/// An alarm as the API, the stream, webhooks and the commands write it.
package struct AlarmDocument: Encodable, Sendable {
    let id: ID<Alarm>
    let asset: String
    let condition: String
    let component: String?
    let type: AlarmType
    let state: ProcessState
    let suppression: Suppression
    let isOpen: Bool
    /// What is wrong, as a sentence; what was wrong, and says so, where no cause is active.
    package let headline: String
    let raisedAt: Instant
    let acknowledgedAt: Instant?
    let acknowledgedBy: String?
    let note: String?
    let clearedAt: Instant?
    let causes: [CauseDocument]
    /// Why a model raised it, as a sentence, where that is known already.
    let explanation: String?

    package init(_ alarm: Alarm, explanation: String? = nil) {
        id = alarm.id
        asset = alarm.asset
        condition = alarm.condition.key
        component = alarm.condition.component
        type = alarm.type
        state = alarm.state
        suppression = alarm.suppression
        isOpen = alarm.isOpen
        let last = alarm.causes.max { ($0.clearedAt ?? $0.since) < ($1.clearedAt ?? $1.since) }
        headline =
            alarm.leadingCause?.message ?? last.map { "No longer: \($0.message)" } ?? alarm.condition.component
            ?? alarm.condition.key
        raisedAt = alarm.raisedAt
        acknowledgedAt = alarm.acknowledgedAt
        acknowledgedBy = alarm.acknowledgedBy
        note = alarm.note
        clearedAt = alarm.clearedAt
        causes = alarm.causes.map { CauseDocument($0) }
        self.explanation = explanation
    }
}

/// One reason for an alarm as its document writes it.
struct CauseDocument: Encodable, Sendable {
    let source: String
    let type: AlarmType
    let priority: Int?
    let since: Instant
    let clearedAt: Instant?
    let isActive: Bool
    let message: String
    let measured: Double?
    let limit: Double?
    /// The version of the organization's rules that found it.
    let ruleVersion: Int?
    let prediction: Share?

    /// What the model said, where it was the model.
    struct Share: Encodable, Sendable {
        let kind: ModelKind
        let probability: Double?
        let anomalyScore: Double?
        let confidence: Double?
        let component: String?
        let timeToFailureMinutes: Double?
        let p10Minutes: Double?
        let p90Minutes: Double?
        let modelVersion: ModelVersion
        let at: Instant
        let features: FeatureMetadata?
    }

    init(_ cause: AlarmCause) {
        source = cause.source.key
        type = cause.type
        priority = cause.priority
        since = cause.since
        clearedAt = cause.clearedAt
        isActive = cause.isActive
        message = cause.message
        measured = cause.measured?.ifFinite
        limit = cause.limit?.ifFinite
        ruleVersion = cause.ruleVersion
        prediction = cause.metadata.map {
            Share(
                kind: $0.kind,
                probability: $0.kind == .failure ? $0.probability : nil,
                anomalyScore: $0.kind == .anomaly ? $0.probability : nil,
                confidence: $0.confidence?.ifFinite,
                component: $0.component,
                timeToFailureMinutes: $0.timeToFailureMinutes?.ifFinite,
                p10Minutes: $0.p10Minutes?.ifFinite,
                p90Minutes: $0.p90Minutes?.ifFinite,
                modelVersion: $0.modelVersion,
                at: $0.instant,
                features: $0.features
            )
        }
    }
}

extension Double {
    /// JSON has no NaN and no infinity.
    package var ifFinite: Double? { isFinite ? self : nil }
}
