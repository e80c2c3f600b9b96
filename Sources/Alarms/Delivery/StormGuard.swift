package import Plant

/// Keeps a flood of alarms from becoming a flood of notices at one target.
///
/// The last notice that a minute has room for stands for all that wait. What is CRITICAL is counted, and never waits.
package struct StormGuard: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        /// So many of those that wait, one by one.
        case each(Int)
        /// All that wait as one.
        case digest
        case wait(until: Instant)
    }

    private static let window = Duration.seconds(60)
    private var sentAt: [Instant] = []

    package init() {}

    /// A notice is on its way.
    package mutating func sent(at now: Instant) {
        sentAt.removeAll { !Self.counts($0, at: now) }
        sentAt.append(now)
    }

    /// What to do with those that wait.
    ///
    /// - Parameters:
    ///   - waitingCount: At least 1.
    ///   - perMinuteMax: At least 1.
    ///   - now: The time.
    /// - Returns: Never more than there is room for.
    package func action(waitingCount: Int, perMinuteMax: Int, at now: Instant) -> Action {
        let recent = sentAt.filter { Self.counts($0, at: now) }
        let room = perMinuteMax - recent.count
        if waitingCount <= room { return .each(waitingCount) }
        if room > 1 { return .each(room - 1) }
        if room == 1 { return .digest }
        // Room comes when as many are a minute old as are too many.
        return .wait(until: recent.sorted()[recent.count - perMinuteMax] + Self.window)
    }

    /// Whether it was within the last minute; what a clock that was set back has left in the future was not.
    private static func counts(_ sentAt: Instant, at now: Instant) -> Bool { sentAt <= now && now - sentAt < window }
}
