/// Where an alarm stands with its process and its operator (ISA-18.2-2016 and IEC 62682,
/// clause 5, alarm states).
package enum ProcessState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing is active and nothing waits for an operator: the alarm is closed.
    case normal
    /// A cause is active, and no operator has said that he knows.
    case unacknowledged
    /// A cause is active, and an operator knows.
    case acknowledged
    /// All causes are gone, but no operator has said that he knows.
    case returnedUnacknowledged

    /// Whether a cause is active.
    package var isActive: Bool {
        switch self {
        case .unacknowledged, .acknowledged: true
        case .normal, .returnedUnacknowledged: false
        }
    }

    /// Open alarms are on the operator's list, and bar a second one for the same condition.
    package var isOpen: Bool {
        switch self {
        case .unacknowledged, .acknowledged, .returnedUnacknowledged: true
        case .normal: false
        }
    }
}

/// Whether an alarm is kept from annunciating; it never touches the process state.
package enum Suppression: String, Hashable, Sendable, Codable, CaseIterable { case none }

/// The one way in which an alarm's process state changes.
package enum AlarmLifecycle {
    package enum Event: Hashable, Sendable, CaseIterable {
        /// A cause has become active that is no more urgent than those active before.
        case raise
        /// A cause has become active, or has grown, that is more urgent than all that were active.
        case escalate
        /// The last active cause is gone.
        case clear
        /// An operator says that he knows.
        case acknowledge
    }

    /// The state after an event; the same where the event means nothing there.
    package static func state(after event: Event, in state: ProcessState) -> ProcessState {
        switch (state, event) {
        case (.normal, .raise), (.normal, .escalate): .unacknowledged
        case (.normal, .clear), (.normal, .acknowledge): .normal
        case (.unacknowledged, .raise), (.unacknowledged, .escalate): .unacknowledged
        case (.unacknowledged, .clear): .returnedUnacknowledged
        case (.unacknowledged, .acknowledge): .acknowledged
        case (.acknowledged, .raise): .acknowledged
        case (.acknowledged, .escalate): .unacknowledged
        case (.acknowledged, .clear): .normal
        case (.acknowledged, .acknowledge): .acknowledged
        case (.returnedUnacknowledged, .raise), (.returnedUnacknowledged, .escalate): .unacknowledged
        case (.returnedUnacknowledged, .clear): .returnedUnacknowledged
        case (.returnedUnacknowledged, .acknowledge): .normal
        }
    }
}
