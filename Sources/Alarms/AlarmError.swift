package import Plant

/// Why an act on an alarm was refused.
package struct AlarmError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable { case alarmNotOpen, alarmNotLatched }

    package let code: Code
    package let alarm: ID<Alarm>

    package init(_ code: Code, alarm: ID<Alarm>) {
        self.code = code
        self.alarm = alarm
    }
}

/// An order that only an admin takes back.
package struct SuppressionError: Error, Hashable, Sendable {
    package let by: String?

    package init(by: String?) { self.by = by }
}

extension SuppressionError: CustomStringConvertible {
    package var description: String { "\(by ?? "an admin") has taken it out of service: only an admin puts it back" }
}

extension AlarmError: CustomStringConvertible {
    package var description: String {
        switch code {
        case .alarmNotOpen: "alarm \(alarm) is not open: it is closed already, or was never raised; load the list again"
        case .alarmNotLatched:
            "alarm \(alarm) does not wait to be reset: its cause is active, or nobody has acknowledged it yet"
        }
    }
}
