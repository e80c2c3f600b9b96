import Database
package import Models
package import Plant

/// One training run, from its being asked for to its end.
package struct TrainingLog: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case queued = "QUEUED"
        case started = "STARTED"
        case completed = "COMPLETED"
        case failed = "FAILED"
        case cancelled = "CANCELLED"
    }

    /// Why it runs.
    package enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        case schedule = "SCHEDULE"
        case request = "REQUEST"
        case drift = "DRIFT"
        /// Enough new feedback and failures.
        case feedback = "FEEDBACK"
    }

    package let id: ID<TrainingLog>
    package var state: State
    package let cause: Cause
    /// Who asked for it; nil where nobody did.
    package let requestedBy: String?
    package let queuedAt: Instant
    package var startedAt: Instant?
    package var endedAt: Instant?
    /// Between 0 and 1, where that is known.
    package var progress: Double?
    /// What it is about at present.
    package var step: String?
    package var dataFrom: Instant?
    package var dataUntil: Instant?
    package var dataPointCount: Int?
    /// The training configuration it runs with, as JSON.
    package var parameters: String?
    /// What came out of it.
    package var modelVersion: ModelVersion?
    package var failureReason: String?
    /// Of report, curves and log, below the server's data directory.
    package var artifactsPath: String?
    package var cancelledBy: String?
    /// What became of the model, and why.
    package var decision: PromotionPolicy.Decision?
    package var decisionReason: String?
    /// What the gate found, as JSON.
    package var gate: String?
    /// Which failures and which feedback it learned from, as JSON.
    package var labels: String?

    package init(id: ID<TrainingLog>, cause: Cause, requestedBy: String? = nil, queuedAt: Instant) {
        self.id = id
        state = .queued
        self.cause = cause
        self.requestedBy = requestedBy
        self.queuedAt = queuedAt
    }
}

extension TrainingLog.State: SQLConvertible {}
extension TrainingLog.Cause: SQLConvertible {}
extension PromotionPolicy.Decision: SQLConvertible {}
