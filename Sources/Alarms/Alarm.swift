package import Plant

/// A condition of an asset that wants an operator, with its ISA-18.2 lifecycle and all that speaks for it.
package struct Alarm: Hashable, Sendable, Codable {
    package let id: ID<Alarm>
    /// The asset's name.
    package let asset: String
    package let condition: AlarmCondition
    /// The highest among the active causes; the last there was when none is active.
    package internal(set) var type: AlarmType
    package internal(set) var state: ProcessState
    package internal(set) var suppression: Suppression
    /// When the alarm was first raised, by the plant's own time; a raise out of `returnedUnacknowledged` keeps it.
    package let raisedAt: Instant
    /// Of the standing acknowledgement, like who and the note; nil again once the alarm has annunciated anew.
    package internal(set) var acknowledgedAt: Instant?
    package internal(set) var acknowledgedBy: String?
    package internal(set) var note: String?
    /// When the last active cause went; nil while one is active.
    package internal(set) var clearedAt: Instant?
    /// In the order in which they first joined; at most one per source, gone ones included.
    package internal(set) var causes: [AlarmCause]

    /// Puts a stored alarm together again; new ones come out of ``AlarmEngine``.
    package init(
        id: ID<Alarm>,
        asset: String,
        condition: AlarmCondition,
        type: AlarmType,
        state: ProcessState,
        suppression: Suppression = .none,
        raisedAt: Instant,
        acknowledgedAt: Instant? = nil,
        acknowledgedBy: String? = nil,
        note: String? = nil,
        clearedAt: Instant? = nil,
        causes: [AlarmCause]
    ) {
        self.id = id
        self.asset = asset
        self.condition = condition
        self.type = type
        self.state = state
        self.suppression = suppression
        self.raisedAt = raisedAt
        self.acknowledgedAt = acknowledgedAt
        self.acknowledgedBy = acknowledgedBy
        self.note = note
        self.clearedAt = clearedAt
        self.causes = causes
    }

    package var isOpen: Bool { state.isOpen }
    package var activeCauses: [AlarmCause] { causes.filter(\.isActive) }

    /// The most urgent active cause, the earliest to join among equals; nil when none is active.
    package var leadingCause: AlarmCause? {
        causes.lazy.filter(\.isActive).reduce(nil) { leading, cause in
            guard let leading, leading.urgency >= cause.urgency else { return cause }
            return leading
        }
    }

    package func cause(from source: AlarmCause.Source) -> AlarmCause? {
        causes.first { $0.source == source }
    }
}
