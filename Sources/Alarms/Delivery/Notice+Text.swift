import Models
import Plant

extension Notice {
    /// One line for a subject or a lock screen, at most 80 characters: "CRITICAL furnace-1: heater".
    package var title: String {
        switch reason {
        case .test: return "Test message from Eagle, \(organization.name)".singleLine(countMax: 80)
        case .digest(_, let count): return "\(count.more) at \(organization.name)".singleLine(countMax: 80)
        case .system(let alarm): return alarm.title.singleLine(countMax: 80)
        case .escalation(let alert, _): return "Not acknowledged: \(alert.subject)".singleLine(countMax: 80)
        case .alert(let alert): return (alert.prefix + alert.subject).singleLine(countMax: 80)
        }
    }

    /// What the receiver should know, a fact a line; no line is longer than 500 characters.
    package var text: String { lines.map { $0.singleLine(countMax: 500) }.joined(separator: "\n") }

    /// The lines of the text, the headline first; what is not known has none.
    package var lines: [String] {
        let own =
            switch reason {
            case .alert(let alert): [alert.datedHeadline] + alert.facts
            case .escalation(let alert, let step):
                [alert.datedHeadline, "Step \(step) of the escalation: nobody has acknowledged it yet"] + alert.facts
            case .digest(let digested, let count):
                ["\(count.more), too many at once to tell one by one:"] + digested.map(\.line)
                    + (count > digested.count ? ["and \(count - digested.count) more, in the list of alarms"] : [])
            case .system(let alarm):
                [alarm.message, "Since: \(alarm.raisedAt.minuteText)"]
                    + (alarm.clearedAt.map { ["Over: \($0.minuteText)"] } ?? [])
            case .test(let at, let by):
                [
                    "This is a test: no alarm stands behind it.",
                    "Sent: \(at.minuteText)\(by.map { ", by \($0)" } ?? "")",
                ]
            }
        return own + ["Organization: \(organization.name)"]
    }

    /// How urgent it is; nil for a test and for what is over, known or silenced, which no one must wake up for.
    package var urgency: AlarmType? {
        if case .digest(let digested, _) = reason { return digested.map(\.alert.transition.alarm.type).max() }
        if case .system(let alarm) = reason { return alarm.clearedAt == nil ? .critical : nil }
        guard let alert, let alarm else { return nil }
        switch alert.transition.change {
        case .raised, .reraised, .escalated, .deescalated, .causeAdded, .causeCleared, .unsuppressed: return alarm.type
        case .acknowledged, .returned, .closed, .suppressed: return nil
        }
    }

    /// Whether what it tells of has ended; an alarm that is known or silenced has not.
    package var isOver: Bool {
        if case .system(let alarm) = reason { return alarm.clearedAt != nil }
        guard let alert else { return false }
        switch alert.transition.change {
        case .returned, .closed: return true
        case .raised, .reraised, .escalated, .deescalated, .causeAdded, .causeCleared: return false
        case .acknowledged, .suppressed, .unsuppressed: return false
        }
    }
}

extension SystemAlarm {
    /// "Eagle: no readings from plant-db".
    fileprivate var title: String {
        let trouble =
            switch kind {
            case .modelUnwell: "no model for"
            case .sourceLost: "no readings from"
            case .deliveryFailed: "no notices to"
            }
        return (clearedAt == nil ? "Eagle: " : "Over: Eagle: ") + "\(trouble) \(subject)"
    }
}

extension Notice.Digested {
    /// The headline, and whether nobody has acknowledged it in time.
    fileprivate var line: String { (step > 0 ? "Not acknowledged in time: " : "") + alert.datedHeadline }
}

extension Int {
    /// "17 more alarms".
    fileprivate var more: String { self == 1 ? "1 more alarm" : "\(self) more alarms" }
}

extension Alert {
    /// A notice may be read long after what it tells of was said.
    fileprivate var datedHeadline: String { transition.alarm.dated(headline) }

    /// "CRITICAL furnace-1: heater".
    fileprivate var subject: String {
        let alarm = transition.alarm
        let condition =
            switch alarm.condition {
            case .component(let name): name
            case .rule(let id): id
            case .prediction: "failure expected"
            }
        return "\(alarm.type.rawValue) \(alarm.asset): \(condition)"
    }

    /// What has become of it, where it isn't new.
    fileprivate var prefix: String {
        switch transition.change {
        case .raised: ""
        case .reraised: "Again: "
        case .escalated: "More urgent: "
        case .deescalated: "Less urgent: "
        case .causeAdded: "Also: "
        case .causeCleared: "Still: "
        case .acknowledged: "Acknowledged: "
        case .returned, .closed: "Over: "
        case .suppressed: "Silenced: "
        case .unsuppressed: "Heard again: "
        }
    }

    fileprivate var facts: [String] {
        let alarm = transition.alarm
        var facts = alarm.condition.component.map { ["Component: \($0)"] } ?? []
        if let metadata = alarm.activeCauses.lazy.compactMap(\.metadata).first { facts += metadata.facts(of: alarm) }
        facts.append("Since: \(alarm.raisedAt.minuteText)")
        return facts
    }
}

extension AlertMetadata {
    fileprivate func facts(of alarm: Alarm) -> [String] {
        var facts: [String] = []
        if alarm.condition.component == nil, let component { facts.append("Component: \(component)") }
        let confidence = confidence.map { " (confidence \(OperatorText.percent($0)))" } ?? ""
        switch kind {
        case .failure: facts.append("Probability of a failure: \(OperatorText.percent(probability))\(confidence)")
        case .anomaly: facts.append("Anomaly score: \(OperatorText.number(probability, decimals: 2))\(confidence)")
        }
        guard let timeToFailureMinutes else { return facts }
        var line = "Time to failure: \(OperatorText.span(minutes: timeToFailureMinutes))"
        if let p10Minutes, let p90Minutes {
            line += " (P10 \(OperatorText.span(minutes: p10Minutes)), P90 \(OperatorText.span(minutes: p90Minutes)))"
        }
        return facts + ["\(line), as of \(instant.minuteText)"]
    }
}

extension Instant {
    /// "2026-01-31 06:00 UTC".
    var minuteText: String {
        let text = description
        guard let end = text.lastIndex(of: ":"), let separator = text.firstIndex(of: "T") else { return text }
        return "\(text[..<separator]) \(text[text.index(after: separator)..<end]) UTC"
    }
}

extension String {
    /// On one line, without control characters, and no longer than that: where it was, an ellipsis ends it.
    package func singleLine(countMax: Int) -> String {
        var line = ""
        var count = 0
        for scalar in unicodeScalars.lazy.map({ $0.isVisible ? $0 : " " }) {
            guard count < countMax else { return String(line.unicodeScalars.dropLast()) + "…" }
            line.unicodeScalars.append(scalar)
            count += 1
        }
        return line
    }
}

extension Unicode.Scalar {
    /// Whether it neither breaks a line nor steers how the text around it is shown.
    fileprivate var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        // Of the format characters only those that turn the direction of what follows.
        case .format: !(0x202A...0x202E).contains(value) && !(0x2066...0x2069).contains(value)
        default: true
        }
    }
}
