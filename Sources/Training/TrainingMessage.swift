package import Alarms
package import Models
package import Plant

/// What a training run's process says on its standard output, a line of JSON each.
package enum TrainingMessage: Hashable, Sendable, Codable {
    case progress(step: String, share: Double)
    case finished(TrainingResult)
    /// Why it ends without a model, in words for a person.
    case failed(reason: String)
}

/// What a training run made, beside the files in its folder.
package struct TrainingResult: Hashable, Sendable, Codable {
    package let version: ModelVersion
    package let gate: GateReport
    package let labels: TrainingLabels
    package let dataFrom: Instant
    package let dataUntil: Instant
    package let rows: Int
    package let features: Int
    package let seconds: Double
    /// Whom the gate compared it with; nil where no model served.
    package let champion: ModelVersion?
    package let kind: ModelKind
    package let championKind: ModelKind?
}

extension TrainingMessage {
    /// The files that a run leaves in its folder.
    package static let modelFile = "model.eaglemodel"
    package static let gateFile = "gate.json"
    package static let reportFile = "report.json"
    package static let labelsFile = "labels.json"
}
