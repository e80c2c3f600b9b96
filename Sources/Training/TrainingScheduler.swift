import FoundationEssentials
package import Plant
package import Serving
package import Storage

/// Queues training runs when their time has come.
package struct TrainingScheduler: Sendable {
    private let plans: TrainingPlanStore
    private let drift: DriftWatch
    private let time: any TimeSource

    package init(stores: Stores, registry: ModelRegistry, time: any TimeSource) {
        plans = stores.trainingPlans
        drift = DriftWatch(stores: stores, registry: registry, time: time)
        self.time = time
    }

    /// Queues the run that is due, if one is: once, however many times were missed while no server looked.
    ///
    /// - Returns: Whether a run was queued.
    @discardableResult
    package func look(in scope: OrganizationScope) async throws -> Bool {
        guard let schedule = try await plans.schedule(in: scope) else { return false }
        if schedule.feedbackCount != nil, try await plans.fireOnFeedback(log(.feedback, in: scope), in: scope) {
            return true
        }
        if schedule.onDrift, try await drift.look(try await log(.drift, in: scope), in: scope) { return true }
        guard let due = schedule.nextAt, due <= time.now else { return false }
        let log = try await log(.schedule, in: scope)
        return try await plans.fire(log, dueAt: due, nextAt: schedule.next(after: time.now, in: scope), in: scope)
    }

    private func log(_ cause: TrainingLog.Cause, in scope: OrganizationScope) async throws -> TrainingLog {
        var log = TrainingLog(id: ID(UUID()), cause: cause, queuedAt: time.now)
        log.parameters = try await plans.configurationText(in: scope)
        return log
    }
}
