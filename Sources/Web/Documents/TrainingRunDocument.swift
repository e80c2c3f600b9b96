package import Alarms
import FoundationEssentials
package import Models
package import Plant
package import Storage

/// A training run as the API and the commands tell it.
package struct TrainingRunDocument: Encodable, Sendable {
    package let id: ID<TrainingLog>
    package let state: TrainingLog.State
    package let cause: TrainingLog.Cause
    package let requestedBy: String?
    package let queuedAt: Instant
    package let startedAt: Instant?
    package let endedAt: Instant?
    package let progress: Double?
    package let step: String?
    package let dataFrom: Instant?
    package let dataUntil: Instant?
    package let rows: Int?
    package let modelVersion: ModelVersion?
    package let decision: PromotionPolicy.Decision?
    package let decisionReason: String?
    package let failureReason: String?
    package let cancelledBy: String?
    /// Only of a run that is asked for by its id.
    package var configuration: TrainingConfiguration?
    package var gate: GateReport?
    /// Which failures and whose words it learned from.
    package var labels: TrainingLabels?

    package init(_ log: TrainingLog, isWhole: Bool = false) {
        id = log.id
        state = log.state
        cause = log.cause
        requestedBy = log.requestedBy
        queuedAt = log.queuedAt
        startedAt = log.startedAt
        endedAt = log.endedAt
        progress = log.progress
        step = log.step
        dataFrom = log.dataFrom
        dataUntil = log.dataUntil
        rows = log.dataPointCount
        modelVersion = log.modelVersion
        decision = log.decision
        decisionReason = log.decisionReason
        failureReason = log.failureReason
        cancelledBy = log.cancelledBy
        guard isWhole else { return }
        let decoder = JSONDecoder()
        configuration = log.parameters.flatMap {
            try? decoder.decode(TrainingConfiguration.self, from: Data($0.utf8))
        }
        labels = log.labels.flatMap { try? decoder.decode(TrainingLabels.self, from: Data($0.utf8)) }
        gate = log.gate.flatMap { try? decoder.decode(GateReport.self, from: Data($0.utf8)) }
    }
}
