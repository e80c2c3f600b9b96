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

extension AlarmError: CustomStringConvertible {
    package var description: String {
        switch code {
        case .alarmNotOpen: "alarm \(alarm) is not open: it is closed already, or was never raised; load the list again"
        case .alarmNotLatched:
            "alarm \(alarm) does not wait to be reset: its cause is active, or nobody has acknowledged it yet"
        }
    }
}
