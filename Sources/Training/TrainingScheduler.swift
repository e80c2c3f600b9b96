import FoundationEssentials
package import Plant
package import Serving
package import Storage

/// Queues training runs when their time has come.
package struct TrainingScheduler: Sendable {
    private let plans: TrainingPlanStore
    private let drift: DriftWatch
    private let time: any TimeSource
    private let quotas: QuotaDesk?

    /// - Parameters:
    ///   - stores: Where plans and runs are.
    ///   - registry: What the champions know of their data.
    ///   - quotas: How many runs an organization may have queued in a day; nil for as many as it likes.
    ///   - time: The server's.
    package init(stores: Stores, registry: ModelRegistry, quotas: QuotaDesk? = nil, time: any TimeSource) {
        plans = stores.trainingPlans
        self.quotas = quotas
        drift = DriftWatch(stores: stores, registry: registry, time: time)
        self.time = time
    }

    /// Queues the run that is due, if one is: once, however many times were missed while no server looked.
    ///
    /// - Returns: Whether a run was queued.
    @discardableResult
    package func look(in scope: OrganizationScope) async throws -> Bool {
        guard let schedule = try await plans.schedule(in: scope) else { return false }
        let perDayMax = try await quotas?.trainingRunsPerDayMax(in: scope) ?? .max
        if schedule.feedbackCount != nil,
            try await plans.fireOnFeedback(log(.feedback, in: scope), perDayMax: perDayMax, in: scope)
        {
            return true
        }
        if schedule.onDrift,
            try await drift.look(try await log(.drift, in: scope), perDayMax: perDayMax, in: scope)
        {
            return true
        }
        guard let due = schedule.nextAt, due <= time.now else { return false }
        let log = try await log(.schedule, in: scope)
        return try await plans.fire(
            log,
            dueAt: due,
            nextAt: schedule.next(after: time.now, in: scope),
            perDayMax: perDayMax,
            in: scope
        )
    }

    private func log(_ cause: TrainingLog.Cause, in scope: OrganizationScope) async throws -> TrainingLog {
        var log = TrainingLog(id: ID(UUID()), cause: cause, queuedAt: time.now)
        log.parameters = try await plans.configurationText(in: scope)
        return log
    }
}
