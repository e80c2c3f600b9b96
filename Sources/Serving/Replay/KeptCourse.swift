import Alarms
import Plant

/// What an asset's alarms went through up to a decision, as the kept alerts tell it: what was decided, and what people
/// and settings did in between, which no reading tells.
struct KeptCourse: Sendable {
    enum Act: Sendable {
        /// Acknowledged or reset, as the transition says.
        case operators(AlarmTransition)
        /// Predictions were switched off, or their model was taken away.
        case withdrawal(at: Instant)
    }

    /// What was to be found again.
    let moment: AlarmTransition
    let sequence: Int64
    /// What readings, predictions and delays led to before it.
    let before: [AlarmTransition]
    /// By the last reading that they had judged: what rules led to, each after so many of what was decided.
    let ruled: [Int64: [(after: Int, transition: AlarmTransition)]]
    /// By the row's instant: the component that an alarm was given, where its prediction names none.
    let components: [Instant: String]
    /// In order, each after so many of what was decided.
    let acts: [(after: Int, act: Act)]

    /// The course up to a decision.
    ///
    /// - Parameters:
    ///   - found: The alert that told of it.
    ///   - history: Of its asset up to it, oldest first.
    ///   - predicted: The instants of predicted rows, as far as alerts tell of them: a predictive cause that went at
    ///     another was withdrawn.
    init(
        to found: (alert: Alert, committedAt: Instant),
        in history: [(alert: Alert, committedAt: Instant)],
        predicted: Set<Instant>
    ) {
        moment = found.alert.transition
        sequence = found.alert.sequence
        var before: [AlarmTransition] = []
        var acts: [(after: Int, act: Act)] = []
        for (alert, _) in history where alert.sequence < found.alert.sequence {
            let transition = alert.transition
            switch transition.change {
            case .suppressed, .unsuppressed: continue
            case .causeCleared, .returned, .deescalated, .closed:
                if transition.source == .prediction, !predicted.contains(transition.at) {
                    acts.append((before.count, .withdrawal(at: transition.at)))
                }
            case .raised, .reraised, .escalated, .causeAdded, .acknowledged: break
            }
            if transition.source == nil {
                acts.append((before.count, .operators(transition)))
            } else {
                before.append(transition)
            }
        }
        let raised = history.map(\.alert.transition).filter(\.bringsPrediction)
        let metadata = raised.compactMap { $0.alarm.cause(from: .prediction)?.metadata }
        components = Dictionary(metadata.map { ($0.instant, $0.component) }) { first, _ in first }.compactMapValues(
            \.self
        )
        self.before = before
        self.acts = acts
        ruled = Dictionary(grouping: (before + [moment]).enumerated().map { (after: $0, transition: $1) }) {
            $0.transition.readThrough ?? 0
        }
    }

    /// Whether it is noted of all that rules raised which readings they had judged.
    var tellsWhatWasRead: Bool {
        (before + [moment]).allSatisfy { transition in
            guard let source = transition.source, case .rule = source else { return true }
            return transition.readThrough != nil || transition.alarm.cause(from: source)?.isActive != true
        }
    }

    var metadata: AlertMetadata? {
        moment.bringsPrediction ? moment.alarm.cause(from: .prediction)?.metadata : nil
    }
}
