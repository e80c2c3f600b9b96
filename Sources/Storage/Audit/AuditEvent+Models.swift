import Models
import Plant
import Trust

/// What the store itself writes down, in the very transaction that does it.
extension AuditEvent {
    /// A move of an alias, as the ledger has it.
    init(_ entry: LedgerEntry) {
        var metadata = [
            "alias": entry.alias.rawValue, "ledger": String(entry.number), "by": entry.by, "reason": entry.reason,
        ]
        metadata["from"] = entry.from?.hash
        metadata["to"] = entry.to?.hash
        metadata["undoes"] = entry.undoes.map { String($0) }
        metadata["run"] = entry.run.map { "\($0)" }
        self.init(.deployment, by: .server, on: "model-aliases/\(entry.alias.rawValue)", metadata)
    }

    /// The state that a training run has come to.
    init(_ log: TrainingLog) {
        var metadata = ["state": log.state.rawValue, "cause": log.cause.rawValue]
        metadata["requestedBy"] = log.requestedBy
        metadata["cancelledBy"] = log.cancelledBy
        metadata["version"] = log.modelVersion?.hash
        metadata["decision"] = log.decision?.rawValue
        metadata["reason"] = log.failureReason ?? log.decisionReason
        self.init(.training, by: .server, on: "training-runs/\(log.id)", metadata)
    }
}
