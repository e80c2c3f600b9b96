extension AlarmTransition {
    /// One sentence for the operator, its type and asset first.
    package var headline: String {
        let subject = "\(alarm.type.rawValue) \(alarm.asset)"
        let leading = alarm.leadingCause?.message ?? returnPhrase
        switch change {
        case .raised: return "\(subject): \(leading)"
        case .reraised: return "\(subject), again: \(leading)"
        case .escalated: return "\(subject), more urgent now: \(leading)"
        case .deescalated: return "\(subject), less urgent now: \(leading)"
        case .causeAdded: return "\(subject), also: \(ownMessage ?? leading)"
        case .causeCleared: return "\(subject), a cause less, still: \(leading)"
        case .acknowledged where alarm.state == .latched:
            return "\(subject): \(returnPhrase), acknowledged by \(by ?? "an operator"), waits to be reset"
        case .acknowledged: return "\(subject), acknowledged by \(by ?? "an operator"): \(leading)"
        case .returned where alarm.state == .latched: return "\(subject): \(returnPhrase), waits to be reset"
        case .returned: return "\(subject): \(returnPhrase), not acknowledged yet"
        case .suppressed: return "\(subject), \(silence): \(leading)"
        case .unsuppressed: return "\(subject), heard again: \(leading)"
        case .closed:
            guard let by else { return "\(subject): \(returnPhrase)" }
            return "\(subject): \(returnPhrase), acknowledged by \(by)"
        }
    }

    private var silence: String {
        let by = alarm.suppression.by.map { " by \($0)" } ?? ""
        switch alarm.suppression.kind {
        case .shelved: return "shelved\(by)"
        case .outOfService: return "out of service\(by)"
        case .suppressedByDesign: return "a consequence of \(alarm.suppression.reason ?? "its parent's")"
        case .none: return "heard"
        }
    }

    /// The message of the cause that became active or changed.
    private var ownMessage: String? { source.flatMap { alarm.cause(from: $0) }?.message }

    private var returnPhrase: String {
        switch alarm.condition {
        case .component(let name) where alarm.type == .predictive: "\(name) no longer expected to fail"
        case .component(let name): "\(name) back to normal"
        case .rule(let id): "\(id) back to normal"
        case .prediction: "no failure expected any more"
        }
    }
}
