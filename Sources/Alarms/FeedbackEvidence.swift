package import Models
package import Plant

/// What people's words on predicted alarms add to the record of failures.
///
/// A recorded failure is worth more than a word: where one started within the horizon of an alarm, the word adds
/// nothing. Else an accurate alarm is a failure that nobody recorded, found when the alarm was cleared or judged; and
/// while an inaccurate one stood, its asset was sound.
package struct FeedbackEvidence: Hashable, Sendable {
    /// What became of one word.
    package enum Effect: String, Hashable, Sendable, Codable {
        /// A failure that nobody had recorded.
        case failure = "FAILURE"
        /// Its asset was sound while the alarm stood.
        case sound = "SOUND"
        /// The failure it speaks of was recorded already.
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
    ///   - judged: Alarms and the last word on each.
    ///   - recorded: The failures that are known without them.
    ///   - horizon: How far ahead an alarm looks.
    ///   - until: The end of the record; words that came later were not spoken.
    package init(_ judged: [JudgedAlarm], recorded: [FailureEvent], horizon: Duration, until: Instant) {
        let starts = Dictionary(grouping: recorded, by: \.asset).mapValues { $0.map(\.start) }
        for alarm in judged.sorted(by: { ($0.raisedAt, $0.asset) < ($1.raisedAt, $1.asset) })
        where alarm.feedback.at <= until {
            let end = alarm.raisedAt + horizon
            let isRecorded = starts[alarm.asset, default: []].contains { $0 >= alarm.raisedAt && $0 <= end }
            let over = max(alarm.raisedAt, min(alarm.clearedAt ?? alarm.feedback.at, end))
            let effect: Effect =
                switch (alarm.feedback.isAccurate, isRecorded) {
                case (true, true): .known
                case (false, true): .contradicted
                case (true, false): .failure
                case (false, false): .sound
                }
            if effect == .failure {
                let component = alarm.feedback.component ?? alarm.condition.component
                failures.append(FailureEvent(asset: alarm.asset, start: over, component: component))
            }
            if effect == .sound { sound[alarm.asset, default: []].append(alarm.raisedAt...over) }
            words.append(
                Word(feedback: alarm.feedback.id, alarm: alarm.feedback.alarm, asset: alarm.asset, effect: effect)
            )
        }
    }
}
