import Alarms
import Plant
import Web

/// Alarms as a person reads them.
enum AlarmText {
    static func line(_ alarm: Alarm) -> String {
        let silence = alarm.suppression.kind == .none ? "" : " (\(alarm.suppression.kind.rawValue))"
        return "\(alarm.id)  \(alarm.raisedAt)  \(alarm.type.rawValue)  \(alarm.state.rawValue)\(silence)  "
            + "\(alarm.asset): \(alarm.dated(AlarmDocument(alarm).headline))"
    }

    static func line(_ alarm: SystemAlarm) -> String {
        let end = alarm.clearedAt.map { "cleared \($0)" } ?? "open"
        return "\(alarm.raisedAt)  \(alarm.kind.rawValue)  \(end)  \(alarm.message)"
    }

    static func whole(_ alarm: Alarm, history: [Alert], words: [Feedback]) -> String {
        var lines = [
            "\(alarm.type.rawValue) \(alarm.id)", "  asset         \(alarm.asset)",
            "  condition     \(alarm.condition.key)", "  state         \(alarm.state.rawValue)",
            "  raised        \(alarm.raisedAt)",
        ]
        if alarm.suppression.kind != .none {
            lines.append("  silenced      \(alarm.suppression.kind.rawValue)")
        }
        if let at = alarm.acknowledgedAt {
            lines.append("  acknowledged  \(at)\(alarm.acknowledgedBy.map { " by \($0)" } ?? "")")
        }
        if let note = alarm.note { lines.append("  note          \(note)") }
        if let at = alarm.clearedAt { lines.append("  cleared       \(at)") }
        lines.append("  causes")
        for cause in alarm.causes {
            let gone = cause.clearedAt.map { " until \($0)" } ?? ""
            lines.append("    \(cause.source.key)  \(cause.since)\(gone)  \(alarm.dated(cause.message))")
        }
        lines.append("  history")
        for alert in history {
            let by = alert.transition.by.map { " by \($0)" } ?? ""
            lines.append("    \(alert.transition.at)  \(alert.transition.change.rawValue)\(by)")
        }
        if !words.isEmpty { lines.append("  feedback") }
        for word in words { lines.append("    \(word.at)  \(line(word))") }
        return lines.joined(separator: "\n")
    }

    /// What was said, by whom.
    static func line(_ word: Feedback) -> String {
        var line = word.isAccurate ? "was right" : "false alarm"
        if let component = word.component { line += ", it was \(component)" }
        if let reason = word.reason { line += ": \(reason)" }
        return line + ", says \(word.by)"
    }
}
