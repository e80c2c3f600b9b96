package import Models
package import Plant

/// An alarm that a model raised or joined, with all that is needed to judge it.
package struct ForetoldAlarm: Hashable, Sendable {
    /// One time at which its prediction became active.
    package struct Raise: Hashable, Sendable {
        /// The row's time.
        package let at: Instant
        /// When people could know of it: what is made up for later foretells nothing that was there by then.
        package let toldAt: Instant
        /// The same by the server's clock alone, which a source's may be ahead of.
        let keptAt: Instant
        /// The model's, at that time.
        package let version: ModelVersion
        /// The failing component that it named; nil where it named none.
        package let component: String?

        /// Whether it was over a day ago when it was decided, perhaps of days that the model had learned from: whatever
        /// people say of it, it foretold nothing.
        var isHistory: Bool { keptAt - at >= AlarmTransition.historyAge }

        /// - Parameters:
        ///   - at: The row's time.
        ///   - toldAt: When it was told; nil for at once.
        ///   - version: The model's, at that time.
        ///   - component: The failing component that it named; nil where it named none.
        package init(at: Instant, toldAt: Instant? = nil, version: ModelVersion, component: String? = nil) {
            self.at = at
            keptAt = toldAt ?? at
            self.toldAt = max(at, keptAt)
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

    /// The raises, each with the words on it.
    package var judged: [(raise: Raise, words: [Feedback])] {
        let words = Dictionary(grouping: words) { Self.place(of: $0, among: raises) }
        return raises.indices.map { (raises[$0], words[$0] ?? []) }
    }

    /// Which of an alarm's raises a word is on, by its place: the last that had been told by then, or the first where that
    /// had been kept, though by a source's clock its time had not come.
    ///
    /// - Returns: Nil for what was said of a rule's alarm before any prediction joined it: it is on no raise.
    package static func place(of word: Feedback, among raises: [Raise]) -> Int? {
        raises.lastIndex { $0.toldAt <= word.at } ?? raises.firstIndex { $0.keptAt <= word.at }
    }
}

extension ForetoldAlarm.Raise {
    /// The raise that a transition tells of; nil for a transition that is none of a prediction.
    ///
    /// - Parameters:
    ///   - transition: The transition.
    ///   - instant: When it was told.
    package init?(_ transition: AlarmTransition, toldAt instant: Instant) {
        guard transition.source == .prediction,
            let cause = transition.alarm.cause(from: .prediction), cause.isActive, let said = cause.metadata
        else { return nil }
        switch transition.change {
        case .raised, .reraised, .escalated, .causeAdded:
            self.init(
                at: transition.at,
                toldAt: instant,
                version: said.modelVersion,
                component: transition.alarm.condition.component ?? said.component
            )
        case .deescalated, .causeCleared, .acknowledged, .returned, .closed, .suppressed, .unsuppressed: return nil
        }
    }
}
