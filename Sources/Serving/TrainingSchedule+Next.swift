import Connectors
package import Plant
package import Storage

extension TrainingSchedule {
    /// When the next run is due: the cron expression's time, and up to the jitter later, the same for each organization
    /// and time on every server; nil where no time does it, or the expression or zone is none.
    package func next(after instant: Instant, in scope: OrganizationScope) -> Instant? {
        guard let cron, let expression = try? CronExpression(cron), let zone = try? ZoneOffsets.named(timeZone),
            let next = expression.next(after: instant, in: zone)
        else { return nil }
        guard jitterSeconds > 0 else { return next }
        let name = "\(scope.id) \(next.microseconds)"
        let mixed = name.utf8.reduce(UInt64(0)) { SplitMix64.mixed($0 &+ SplitMix64.increment &+ UInt64($1)) }
        return next + .seconds(Int(mixed % UInt64(jitterSeconds + 1)))
    }
}
