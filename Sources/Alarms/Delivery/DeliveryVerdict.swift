package import Plant

/// What becomes of a planned delivery whose time has come, now that the alarm may have moved on.
package enum DeliveryVerdict: Hashable, Sendable {
    case send
    /// A few words for those who look why nothing came.
    case cancel(reason: String)

    /// Why nobody hears of the end of what he never heard of.
    package static let untold = "the target was not told of the alarm"

    /// Judges one delivery.
    ///
    /// A first notice that nothing held back is sent whatever became of the alarm: each alert reaches its targets, but
    /// where a later one has come before it, a more urgent one or what followed a dead letter. One that quiet hours held
    /// back is not if meanwhile somebody knows, and an escalation never is; nor is history, but for what still stands.
    ///
    /// - Parameters:
    ///   - step: 0 for a first notice.
    ///   - isHeld: Whether quiet hours put it off.
    ///   - transition: What the delivery tells.
    ///   - committedAt: When that was decided.
    ///   - alarm: As it is now; nil where it is gone.
    ///   - isOvertaken: Whether the target was told since how the alarm went on.
    ///   - wasTold: Whether the target was told that the alarm is there.
    package init(
        step: Int,
        isHeld: Bool,
        transition: AlarmTransition,
        committedAt: Instant,
        alarm: Alarm?,
        isOvertaken: Bool = false,
        wasTold: @autoclosure () -> Bool
    ) {
        // It would look as if the alarm had become what it was before.
        guard !isOvertaken else {
            self = .cancel(reason: "the target was told since how the alarm went on")
            return
        }
        let isFirst = step == 0
        if isFirst, !transition.asksForOperator {
            self = wasTold() ? .send : .cancel(reason: Self.untold)
            return
        }
        guard !isFirst || isHeld else {
            self = .send
            return
        }
        guard let alarm, alarm.isOpen else {
            self = .cancel(reason: "over before it was due")
            return
        }
        if transition.isHistory(committedAt: committedAt), !alarm.state.isActive {
            self = .cancel(reason: "over long before it was known")
        } else if alarm.suppression.isInForce {
            self = .cancel(reason: "\(alarm.suppression.kind.rawValue) before it was due")
        } else if !alarm.waitsForOperator {
            self = .cancel(reason: "acknowledged by \(alarm.acknowledgedBy ?? "an operator") before it was due")
        } else if !isFirst, alarm.type < transition.alarm.type {
            self = .cancel(reason: "less urgent before it was due")
        } else {
            self = .send
        }
    }
}

extension AlarmTransition {
    /// Whether it says that something is there, and not that it is known, less or over.
    var asksForOperator: Bool {
        switch change {
        case .raised, .reraised, .escalated, .causeAdded, .unsuppressed: true
        case .deescalated, .causeCleared, .acknowledged, .returned, .closed, .suppressed: false
        }
    }
}
