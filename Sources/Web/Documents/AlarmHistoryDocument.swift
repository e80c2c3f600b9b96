package import Alarms
import Plant
package import Storage

/// An alarm with what became of it last, oldest first, as the API and the commands write it.
package struct AlarmHistoryDocument: Encodable, Sendable {
    let alarm: AlarmDocument
    let history: [Change]
    /// Where what came before begins, to be handed back as `after`; nil where the history begins here.
    let next: String?

    struct Change: Encodable, Sendable {
        let sequence: Int64
        let change: AlarmTransition.Change
        let headline: String
        let at: Instant
        let by: String?
        let source: String?
        let state: ProcessState
        let type: AlarmType

        init(_ alert: Alert) {
            sequence = alert.sequence
            change = alert.transition.change
            headline = alert.headline
            at = alert.transition.at
            by = alert.transition.by
            source = alert.transition.source?.key
            state = alert.transition.alarm.state
            type = alert.transition.alarm.type
        }
    }

    /// - Parameters:
    ///   - alarm: As it is now.
    ///   - history: Its last alerts, oldest first.
    ///   - explanation: Why a model raised it, where that is known.
    package init(_ alarm: Alarm, history: Page<Alert>, explanation: String? = nil) {
        self.alarm = AlarmDocument(alarm, explanation: explanation)
        self.history = history.elements.map { Change($0) }
        next = history.next
    }
}
