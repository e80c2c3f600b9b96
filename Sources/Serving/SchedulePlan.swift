import Connectors
package import Plant
package import Storage

/// What a person asks of a training schedule, checked.
package enum SchedulePlan {
    private static let jitterMax = 86_400

    /// A schedule whose next time is known.
    ///
    /// Without a cron expression no time does it; without a zone UTC's clocks are meant.
    ///
    /// - Throws: `SchemaProblem` that names what is wrong.
    package static func schedule(
        cron: String?,
        timeZone: String?,
        jitterSeconds: Int = 0,
        onDrift: Bool = false,
        feedbackCount: Int? = nil,
        at now: Instant,
        in scope: OrganizationScope
    ) throws(SchemaProblem) -> TrainingSchedule {
        if let cron {
            do { _ = try CronExpression(cron) } catch {
                throw SchemaProblem(path: ["cron"], message: error.description)
            }
        }
        if let timeZone { _ = try ZoneOffsets.named(timeZone) }
        guard (0...jitterMax).contains(jitterSeconds) else {
            throw SchemaProblem(path: ["jitterSeconds"], message: "must be from 0 to \(jitterMax)")
        }
        guard feedbackCount.map({ (1...100_000).contains($0) }) ?? true else {
            throw SchemaProblem(path: ["feedbackCount"], message: "must be from 1 to 100000")
        }
        var schedule = TrainingSchedule(
            cron: cron,
            timeZone: timeZone ?? "UTC",
            jitterSeconds: jitterSeconds,
            onDrift: onDrift,
            feedbackCount: feedbackCount
        )
        schedule.nextAt = schedule.next(after: now, in: scope)
        if cron != nil, schedule.nextAt == nil {
            throw SchemaProblem(path: ["cron"], message: "never comes")
        }
        return schedule
    }
}
