package import Plant
package import Storage

/// When models are trained anew by themselves, as the API and the commands tell it.
package struct ScheduleDocument: Codable, Sendable {
    package let cron: String?
    package let timeZone: String?
    package let jitterSeconds: Int?
    /// Told, never taken.
    package let nextAt: Instant?
    package let lastAt: Instant?

    package init(_ schedule: TrainingSchedule) {
        cron = schedule.cron
        timeZone = schedule.timeZone
        jitterSeconds = schedule.jitterSeconds
        nextAt = schedule.nextAt
        lastAt = schedule.lastAt
    }
}
