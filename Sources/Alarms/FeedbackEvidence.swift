package import Models
package import Plant

/// What people's words on predicted alarms add to the record of failures.
///
/// A word speaks of the raise that it was said of, not of all that the alarm went through. A recorded failure is worth
/// more than a word: where one lies within the horizon of that raise, or had begun before it, the word adds nothing, nor
/// does a second word on the same trouble. Else an accurate alarm is a failure that nobody recorded, found when the alarm
/// was cleared or judged; and while an inaccurate one stood, its asset was sound.
package struct FeedbackEvidence: Hashable, Sendable {
    /// What became of one word.
    package enum Effect: String, Hashable, Sendable, Codable {
        /// A failure that nobody had recorded.
        case failure = "FAILURE"
        /// Its asset was sound while the alarm stood.
        case sound = "SOUND"
        /// The failure it speaks of was recorded already, or learned from another alarm.
        case known = "KNOWN"
        /// It says that nothing was wrong, and a failure was recorded.
        case contradicted = "CONTRADICTED"
    }

    package struct Word: Hashable, Sendable, Codable {
        package let feedback: ID<Feedback>
        package let alarm: ID<Alarm>
        package let asset: String
        package let effect: Effect
    }

    package private(set) var words: [Word] = []
    package private(set) var failures: [FailureEvent] = []
    /// When assets were sound for certain, by asset.
    package private(set) var sound: [String: [ClosedRange<Instant>]] = [:]

    /// - Parameters:
    ///   - judged: Raises of alarms, and the last word on each.
    ///   - recorded: The failures that are known without them.
    ///   - horizon: How far ahead an alarm looks.
    ///   - recovery: How long after a failure its asset still recovers.
    ///   - components: The names that failures of components go by; an alarm that names another names none.
    ///   - until: The end of the record; words that came later were not spoken.
    package init(
        _ judged: [JudgedAlarm],
        recorded: [FailureEvent],
        horizon: Duration,
        recovery: Duration,
        components: Set<String>,
        until: Instant
    ) {
        let names = components.union(recorded.compactMap(\.component))
        var known = Dictionary(grouping: recorded, by: \.asset)
        for alarm in judged.sorted(by: { ($0.raisedAt, $0.asset) < ($1.raisedAt, $1.asset) })
        where alarm.feedback.at <= until {
            let end = alarm.raisedAt + horizon
            // One that had begun when the alarm came, or that its asset still recovered from, is the alarm's too.
            let isKnown = known[alarm.asset, default: []].contains { failure in
                failure.start <= end && failure.end + recovery >= alarm.raisedAt
            }
            let over = max(alarm.raisedAt, min(alarm.clearedAt ?? alarm.feedback.at, end))
            let effect: Effect =
                switch (alarm.feedback.isAccurate, isKnown) {
                case (true, true): .known
                case (false, true): .contradicted
                case (true, false): .failure
                case (false, false): .sound
                }
            if effect == .failure {
                let named = alarm.condition.component.flatMap { names.contains($0) ? $0 : nil }
                let failure = FailureEvent(
                    asset: alarm.asset,
                    start: over,
                    component: alarm.feedback.component ?? named
                )
                failures.append(failure)
                known[alarm.asset, default: []].append(failure)
            }
            if effect == .sound { sound[alarm.asset, default: []].append(alarm.raisedAt...over) }
            words.append(
                Word(feedback: alarm.feedback.id, alarm: alarm.feedback.alarm, asset: alarm.asset, effect: effect)
            )
        }
    }
}
