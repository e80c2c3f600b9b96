package import Plant

/// One change of one alarm: what is committed with the organization's next number, and then told.
package struct AlarmTransition: Hashable, Sendable, Codable {
    package enum Change: String, Hashable, Sendable, Codable, CaseIterable {
        /// The alarm is new.
        case raised
        /// A cause became active before the last return had been acknowledged; or the most urgent one has turned from
        /// beyond one limit to beyond the opposite one, and the alarm is unacknowledged whatever it was.
        case reraised
        /// The alarm became more urgent, and is unacknowledged whatever it was.
        case escalated
        /// The alarm became less urgent; that never annunciates.
        case deescalated
        /// A cause became active, or more severe, beneath what is known already; or its rule has other words now.
        case causeAdded
        /// A cause went, or became less severe; others keep the alarm as it is.
        case causeCleared
        case acknowledged
        /// The last active cause went, unacknowledged.
        case returned
        /// Both gone and acknowledged: no longer open.
        case closed
        /// It is kept from annunciating from now on.
        case suppressed
        /// It is kept from that no more.
        case unsuppressed
    }

    /// As it is afterwards.
    package let alarm: Alarm
    package let change: Change
    /// The plant's own time of what caused it (a sample's, or when a delay ran out); of an operator's act, the act's.
    package let at: Instant
    /// The operator, where it was one.
    package let by: String?
    /// The cause that became active, changed or went; nil where an operator acted.
    package let source: AlarmCause.Source?
    /// The sequence of the asset's last reading that the rules had judged; nil where none of them brought it about, and
    /// where it was not noted yet.
    package private(set) var readThrough: Int64?

    package init(
        alarm: Alarm,
        change: Change,
        at: Instant,
        by: String? = nil,
        source: AlarmCause.Source? = nil
    ) {
        self.alarm = alarm
        self.change = change
        self.at = at
        self.by = by
        self.source = source
    }

    /// The same, with what the rules had judged until then.
    package func read(through sequence: Int64?) -> AlarmTransition {
        var transition = self
        if case .rule = source { transition.readThrough = sequence }
        return transition
    }

    /// Whether operators must be made to look: on a raise, a further raise, when it gets more urgent, and when one that
    /// was kept silent is heard again; never while it is silent.
    package var annunciates: Bool {
        switch change {
        case .raised, .reraised, .escalated: !alarm.suppression.isInForce
        case .unsuppressed: alarm.state == .unacknowledged || alarm.state == .returnedUnacknowledged
        case .deescalated, .causeAdded, .causeCleared, .acknowledged, .returned, .closed, .suppressed: false
        }
    }

    /// After how long what happened is history: a plant's past that comes in at once calls nobody.
    package static let historyAge = Duration.seconds(86_400)

    /// Whether it was over a day ago when it was decided, as it is where a source is read from its beginning.
    package func isHistory(committedAt: Instant) -> Bool { committedAt - at >= Self.historyAge }

    /// Whether a model's prediction has just become a cause of the alarm: what there is to explain.
    package var bringsPrediction: Bool {
        guard source == .prediction, alarm.cause(from: .prediction)?.isActive == true else { return false }
        switch change {
        case .raised, .reraised, .escalated, .causeAdded: return true
        case .deescalated, .causeCleared, .acknowledged, .returned, .closed, .suppressed, .unsuppressed: return false
        }
    }
}
