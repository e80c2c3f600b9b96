package import Models
package import Plant

/// The message that tells subscribers of an alarm's change.
package struct Alert: Hashable, Sendable {
    /// Counts one organization's alerts in the order in which they were committed; only a restore leaves numbers out.
    package let sequence: Int64
    package let transition: AlarmTransition
    /// When subscribers were first told; nil until then.
    package var toldAt: Instant?
    /// When it was decided, by the server's clock; nil where that was not asked for.
    package private(set) var committedAt: Instant?

    package init(
        sequence: Int64,
        transition: AlarmTransition,
        toldAt: Instant? = nil,
        committedAt: Instant? = nil
    ) {
        self.sequence = sequence
        self.transition = transition
        self.toldAt = toldAt
        self.committedAt = committedAt
    }

    /// Whether operators must be made to look at once: where it is known when it was decided, not for what is history.
    package var annunciates: Bool {
        transition.annunciates && committedAt.map { !transition.isHistory(committedAt: $0) } ?? true
    }

    /// One sentence for a phone's screen: "CRITICAL furnace-1: hz1pv 871.2 is 11.2 above 860".
    package var headline: String { transition.headline }

    /// The same with what a model has said since, where its prediction spoke for the alarm.
    package func telling(_ prediction: Prediction) -> Alert {
        let told = AlarmTransition(
            alarm: transition.alarm.telling(prediction),
            change: transition.change,
            at: transition.at,
            by: transition.by,
            source: transition.source
        )
        return Alert(
            sequence: sequence,
            transition: told.read(through: transition.readThrough),
            toldAt: toldAt,
            committedAt: committedAt
        )
    }
}

extension Alert: Codable {
    enum CodingKeys: String, CodingKey { case sequence, headline, transition, toldAt }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        sequence = try values.decode(Int64.self, forKey: .sequence)
        transition = try values.decode(AlarmTransition.self, forKey: .transition)
        toldAt = try values.decodeIfPresent(Instant.self, forKey: .toldAt)
    }

    /// Carries the headline along, for readers who know nothing of alarms.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(sequence, forKey: .sequence)
        try values.encode(headline, forKey: .headline)
        try values.encode(transition, forKey: .transition)
        try values.encodeIfPresent(toldAt, forKey: .toldAt)
    }
}
