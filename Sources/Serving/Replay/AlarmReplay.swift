package import Alarms
import Features
import Models
package import Plant
package import Storage

/// Does again what led to an alarm, from what is kept, and holds it against what was decided.
///
/// Readings, feature row, model, the rules' and the predictions' state, decision; it writes nothing.
package struct AlarmReplay: Sendable {
    let stores: Stores
    let registry: ModelRegistry
    let scope: OrganizationScope
    let schemaTags: SchemaTags
    let work = BlockingWork(label: "eagle.replay")

    package init(stores: Stores, registry: ModelRegistry, scope: OrganizationScope) {
        self.stores = stores
        self.registry = registry
        self.scope = scope
        schemaTags = SchemaTags(stores.schemas, scope: scope)
    }

    /// The decision that a prediction joined the alarm, or, where none did, that it was raised.
    ///
    /// - Throws: `DatabaseError`, or `StorageError` with `.notFound` where no alert tells of the decision any more.
    package func report(of alarm: Alarm) async throws -> ReplayReport {
        guard let decision = try await stores.alerts.decision(on: alarm.id, in: scope) else {
            throw StorageError(.notFound, "no alert tells any more how alarm \(alarm.id) came to be")
        }
        // What was told and predicted after the decision has no part in it, and is not read.
        let end = decision.alert.sequence
        let history = try await stores.alerts.history(ofAsset: alarm.asset, upTo: end, in: scope)
        let kept = try await stores.predictions.history(
            asset: alarm.asset,
            madeUpTo: decision.committedAt,
            in: scope
        )
        let told = Set(history.map(\.alert.transition.at))
        let predicted = Set(kept.lazy.map(\.prediction.instant).filter { told.contains($0) })
        let course = KeptCourse(to: decision, in: history, predicted: predicted)
        var report = ReplayReport(
            alarm: alarm.id,
            asset: alarm.asset,
            condition: alarm.condition.key,
            sequence: course.sequence,
            at: course.moment.at
        )
        let oldest = try await stores.readings.firstSequence(in: scope) ?? 0
        let isPruned = oldest != 1
        if isPruned {
            report.add(
                "kept readings",
                kept: "from number 1",
                recomputed: oldest == 0 ? "none" : "from number \(oldest)",
                .notRecomputable,
                note: "older readings are kept no more, so that nobody knows how the rules stood before them"
            )
        }
        var rows: ReplayedRows?
        if let metadata = course.metadata {
            rows = try await self.rows(metadata, kept, asset: alarm.asset, &report)
            if let rows {
                try await compareRow(metadata, course.sequence, rows, &report)
                comparePredictions(metadata, kept, rows, &report)
            }
        }
        try await compareDecision(course, kept, rows, isPruned: isPruned, &report)
        return report
    }
}
