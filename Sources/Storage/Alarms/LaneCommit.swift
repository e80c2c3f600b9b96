package import Alarms
package import FoundationEssentials
package import Models
package import Plant

/// How far an organization's lane has come.
package struct LaneRecord: Hashable, Sendable {
    /// The sequence of the last reading it is done with; 0 before the first.
    package let cursor: Int64
    /// Of the last alert it has told; 0 before the first.
    package let alertSequence: Int64
    /// Of the last prediction it has kept; 0 before the first.
    let predictionSequence: Int64
}

/// What a lane concluded from one batch: kept as one, before anything of it is told.
package struct LaneCommit: Sendable {
    /// Where the lane believes to be; another lane has moved on if the store knows better.
    package var expectedCursor: Int64
    /// The last alert that the lane knows of; nil where it makes no difference.
    ///
    /// A tick or an operator's act moves no cursor, and yet another lane may have told of something meanwhile.
    package var expectedAlertSequence: Int64?
    /// Where it is afterwards; the same where no readings were in the batch.
    package var cursor: Int64
    /// Sequences of readings that came later than the schema allows.
    package var tooLate: [Int64]
    package var predictions: [Prediction]
    /// In the order in which they are to be told.
    package var transitions: [AlarmTransition]
    /// By asset: what its part of the lane must remember; those not named keep theirs.
    package var memories: [String: Data]
    /// Orders that were given, and nil for those that ended.
    package var suppressions: [SuppressionBook.Place: Suppression?]
    package var at: Instant

    package init(
        expectedCursor: Int64,
        expectedAlertSequence: Int64? = nil,
        cursor: Int64,
        tooLate: [Int64] = [],
        predictions: [Prediction] = [],
        transitions: [AlarmTransition] = [],
        memories: [String: Data] = [:],
        suppressions: [SuppressionBook.Place: Suppression?] = [:],
        at: Instant
    ) {
        self.expectedCursor = expectedCursor
        self.expectedAlertSequence = expectedAlertSequence
        self.cursor = cursor
        self.tooLate = tooLate
        self.predictions = predictions
        self.transitions = transitions
        self.memories = memories
        self.suppressions = suppressions
        self.at = at
    }
}
