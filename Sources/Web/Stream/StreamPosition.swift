/// How far a subscriber has been told: every alert once, in order, none left out.
struct StreamPosition: Sendable {
    /// What to do with an alert that is at hand.
    enum Step: Sendable, Equatable {
        case send
        /// Sent already, from the store.
        case drop
        /// Others come before it, which only the store has.
        case readStore
    }

    private(set) var sent: Int64

    init(after sequence: Int64) { sent = sequence }

    /// Alerts are numbered without gaps, so that the next one is known by its number.
    ///
    /// Where a restore left numbers out nobody goes on from before them: they are more than a stream resumes by.
    mutating func step(to sequence: Int64) -> Step {
        if sequence <= sent { return .drop }
        guard sequence == sent + 1 else { return .readStore }
        sent = sequence
        return .send
    }
}
