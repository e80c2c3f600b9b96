package import Models
package import Plant
package import Storage

/// When models are trained anew by themselves, as the API and the commands tell it.
package struct ScheduleDocument: Codable, Sendable {
    package let cron: String?
    package let timeZone: String?
    package let jitterSeconds: Int?
    package let onDrift: Bool?
    package let feedbackCount: Int?
    /// Told, never taken, like what follows.
    package let drift: DriftReport?
    package let nextAt: Instant?
    package let lastAt: Instant?

    package init(_ schedule: TrainingSchedule, drift: DriftReport? = nil) {
        self.drift = drift
        cron = schedule.cron
        timeZone = schedule.timeZone
        jitterSeconds = schedule.jitterSeconds
        onDrift = schedule.onDrift
        feedbackCount = schedule.feedbackCount
        nextAt = schedule.nextAt
        lastAt = schedule.lastAt
    }
}
