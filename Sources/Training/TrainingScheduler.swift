import FoundationEssentials
package import Plant
package import Serving
package import Storage

/// Queues training runs when their time has come.
package struct TrainingScheduler: Sendable {
    private let plans: TrainingPlanStore
    private let time: any TimeSource

    package init(plans: TrainingPlanStore, time: any TimeSource) {
        self.plans = plans
        self.time = time
    }

    /// Queues the run that is due, if one is: once, however many times were missed while no server looked.
    ///
    /// - Returns: Whether a run was queued.
    @discardableResult
    package func look(in scope: OrganizationScope) async throws -> Bool {
        guard let schedule = try await plans.schedule(in: scope), let due = schedule.nextAt, due <= time.now else {
            return false
        }
        var log = TrainingLog(id: ID(UUID()), cause: .schedule, queuedAt: time.now)
        log.parameters = try await plans.configurationText(in: scope)
        return try await plans.fire(log, dueAt: due, nextAt: schedule.next(after: time.now, in: scope), in: scope)
    }
}
