package import Models
package import Plant

/// An alarm that a model raised or joined, with all that is needed to judge it.
package struct ForetoldAlarm: Hashable, Sendable {
    /// One time at which its prediction became active.
    package struct Raise: Hashable, Sendable {
        package let at: Instant
        /// The model's, at that time.
        package let version: ModelVersion
        /// The failing component that it named; nil where it named none.
        package let component: String?

        package init(at: Instant, version: ModelVersion, component: String? = nil) {
            self.at = at
            self.version = version
            self.component = component
        }
    }

    package let id: ID<Alarm>
    package let asset: String
    /// In order of time; at least one.
    package let raises: [Raise]
    /// All that people said of it.
    package let words: [Feedback]

    /// - Returns: Nil where its prediction never became active.
    package init?(id: ID<Alarm>, asset: String, raises: [Raise], words: [Feedback]) {
        guard !raises.isEmpty else { return nil }
        self.id = id
        self.asset = asset
        self.raises = raises.sorted { $0.at < $1.at }
        self.words = words
    }

    package var first: Raise { raises[0] }
}

extension ForetoldAlarm.Raise {
    /// The raise that a transition tells of; nil for a transition that is none of a prediction.
    package init?(_ transition: AlarmTransition) {
        guard transition.source == .prediction,
            let cause = transition.alarm.cause(from: .prediction), cause.isActive, let said = cause.metadata
        else { return nil }
        switch transition.change {
        case .raised, .reraised, .escalated, .causeAdded:
            self.init(
                at: transition.at,
                version: said.modelVersion,
                component: transition.alarm.condition.component ?? said.component
            )
        case .deescalated, .causeCleared, .acknowledged, .returned, .closed, .suppressed, .unsuppressed: return nil
        }
    }
}
