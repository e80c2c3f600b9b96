package import Models
import Plant

/// The hybrid decision: rules and predictions about one condition are causes of one alarm, which is as urgent as the
/// most urgent of them.
extension Alarm {
    /// Raises a new alarm.
    init(id: ID<Alarm>, asset: String, condition: AlarmCondition, raisedBy cause: AlarmCause) {
        self.init(
            id: id,
            asset: asset,
            condition: condition,
            type: cause.type,
            state: AlarmLifecycle.state(after: .raise, in: .normal),
            raisedAt: cause.since,
            causes: [cause]
        )
    }

    /// The earliest that anything further may be said to have happened to it: a source that lags behind a tick
    /// can't clear an alarm before it was raised.
    var processChangedAt: Instant {
        causes.reduce(max(raisedAt, clearedAt ?? raisedAt)) { max($0, $1.since, $1.clearedAt ?? $1.since) }
    }

    /// Takes in a cause that became active, or whose severity changed while it was, or that has turned to the opposite
    /// limit: a low alarm and a high one are two to an operator (ISA-18.2-2016, clause 10), and he knows of the first.
    mutating func activate(_ cause: AlarmCause, hasTurned: Bool = false) -> AlarmTransition.Change {
        let urgencyBefore = leadingCause?.urgency
        let former = put(cause)
        guard let urgency = leadingCause?.urgency else { preconditionFailure("an active cause leads, or another does") }
        type = urgency.type
        clearedAt = nil
        guard let urgencyBefore else {
            apply(.raise)
            return .reraised
        }
        if urgency > urgencyBefore {
            apply(.escalate)
            return .escalated
        }
        if urgency < urgencyBefore { return .deescalated }
        if hasTurned, leadingCause?.source == cause.source {
            apply(.escalate)
            return .reraised
        }
        if let former, former.isActive, former.urgency > cause.urgency { return .causeCleared }
        apply(.raise)
        return .causeAdded
    }

    /// Lets a cause go; nil where it was not active.
    mutating func deactivate(_ source: AlarmCause.Source, at instant: Instant) -> AlarmTransition.Change? {
        guard let index = causes.firstIndex(where: { $0.source == source && $0.isActive }) else { return nil }
        let urgencyBefore = leadingCause?.urgency
        causes[index].clearedAt = instant
        guard let urgency = leadingCause?.urgency else {
            clearedAt = instant
            apply(.clear)
            return state.isOpen ? .returned : .closed
        }
        type = urgency.type
        return urgency == urgencyBefore ? .causeCleared : .deescalated
    }

    /// Notes that an operator knows; nil where one did already, whose word stands.
    mutating func acknowledge(by operatorName: String, note: String?, at instant: Instant) -> AlarmTransition.Change? {
        let stateBefore = state
        apply(.acknowledge)
        guard state != stateBefore else { return nil }
        acknowledgedAt = instant
        acknowledgedBy = operatorName
        self.note = note
        return state.isOpen ? .acknowledged : .closed
    }

    /// Lets a latched alarm go; nil for any other.
    mutating func reset() -> AlarmTransition.Change? {
        guard state == .latched else { return nil }
        apply(.reset)
        return .closed
    }

    /// Brings an active prediction's figures up to date; that is no transition.
    mutating func refresh(_ metadata: AlertMetadata) {
        guard let index = causes.firstIndex(where: { $0.source == .prediction && $0.isActive }) else { return }
        causes[index].metadata = metadata
        // Nobody is sent to the bearing by what is said of the seal.
        let named = metadata.component.flatMap { $0.isEmpty ? nil : AlarmCondition.component($0) }
        causes[index].message = OperatorText.message(of: metadata, condition: named ?? condition)
    }

    /// Whether a model's prediction speaks for it now.
    package var isForetold: Bool { cause(from: .prediction)?.isActive == true }

    /// The same with what a model has said of the asset since, for whoever reads it now.
    ///
    /// What is kept says what it did at the alarm's last change; of an older prediction, or where none speaks for the
    /// alarm, nothing is taken.
    package func telling(_ prediction: Prediction) -> Alarm {
        guard isForetold, let said = cause(from: .prediction)?.metadata, said.instant <= prediction.instant,
            !prediction.probability.isNaN
        else { return self }
        let named = prediction.naming(prediction.component ?? condition.component)
        // Nobody keeps what a newer row was made from.
        let features = said.instant == prediction.instant ? said.features : nil
        var alarm = self
        alarm.refresh(AlertMetadata(named, features: features))
        return alarm
    }

    /// A sentence about it; where that ends in what a model said, the instant from which its times count is added.
    package func dated(_ sentence: String) -> String {
        let said = causes.lazy.filter { sentence.hasSuffix($0.message) }.compactMap(\.metadata).first
        return said.map { "\(sentence), as of \($0.instant.minuteText)" } ?? sentence
    }

    /// Puts a cause in its place; one that stays active keeps the instant since when it has been.
    private mutating func put(_ cause: AlarmCause) -> AlarmCause? {
        guard let index = causes.firstIndex(where: { $0.source == cause.source }) else {
            causes.append(cause)
            return nil
        }
        let former = causes[index]
        causes[index] = cause
        if former.isActive { causes[index].since = former.since }
        return former
    }

    private mutating func apply(_ event: AlarmLifecycle.Event) {
        let stateBefore = state
        state = AlarmLifecycle.state(after: event, in: stateBefore, isLatching: causes.contains(where: \.isLatching))
        guard stateBefore == .acknowledged || stateBefore == .latched, state == .unacknowledged else { return }
        acknowledgedAt = nil
        acknowledgedBy = nil
        note = nil
    }
}
