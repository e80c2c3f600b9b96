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
    /// All causes are gone and an operator knows, but a latching cause keeps the alarm until it is reset.
    case latched

    /// Whether a cause is active.
    package var isActive: Bool {
        switch self {
        case .unacknowledged, .acknowledged: true
        case .normal, .returnedUnacknowledged, .latched: false
        }
    }

    /// Open alarms are on the operator's list, and bar a second one for the same condition.
    package var isOpen: Bool {
        switch self {
        case .unacknowledged, .acknowledged, .returnedUnacknowledged, .latched: true
        case .normal: false
        }
    }
}

/// The one way in which an alarm's process state changes.
package enum AlarmLifecycle {
    package enum Event: Hashable, Sendable, CaseIterable {
        /// A cause has become active that is no more urgent than those active before.
        case raise
        /// A cause has become active, or has grown, that is more urgent than all that were active; or the most urgent
        /// one has turned to the opposite limit.
        case escalate
        /// The last active cause is gone.
        case clear
        /// An operator says that he knows.
        case acknowledge
        /// An operator lets a latched alarm go.
        case reset
    }

    /// The state after an event; the same where the event means nothing there.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - state: The state before.
    ///   - isLatching: Whether the alarm stays until it is reset, once its causes are gone and an operator knows.
    /// - Returns: The state afterwards.
    package static func state(
        after event: Event,
        in state: ProcessState,
        isLatching: Bool = false
    ) -> ProcessState {
        switch (state, event) {
        case (.normal, .raise), (.normal, .escalate): .unacknowledged
        case (.normal, .clear), (.normal, .acknowledge), (.normal, .reset): .normal
        case (.unacknowledged, .raise), (.unacknowledged, .escalate): .unacknowledged
        case (.unacknowledged, .clear): .returnedUnacknowledged
        case (.unacknowledged, .acknowledge): .acknowledged
        case (.unacknowledged, .reset): .unacknowledged
        case (.acknowledged, .raise): .acknowledged
        case (.acknowledged, .escalate): .unacknowledged
        case (.acknowledged, .clear): isLatching ? .latched : .normal
        case (.acknowledged, .acknowledge), (.acknowledged, .reset): .acknowledged
        case (.returnedUnacknowledged, .raise), (.returnedUnacknowledged, .escalate): .unacknowledged
        case (.returnedUnacknowledged, .clear), (.returnedUnacknowledged, .reset): .returnedUnacknowledged
        case (.returnedUnacknowledged, .acknowledge): isLatching ? .latched : .normal
        case (.latched, .raise), (.latched, .escalate): .unacknowledged
        case (.latched, .clear), (.latched, .acknowledge): .latched
        case (.latched, .reset): .normal
        }
    }
}
