import Alarms
import Features
import Plant
import Storage

/// Rows that had no answer in time.
extension LaneState {
    /// Whether there is a model to ask at all.
    var mayAsk: Bool { predictionEnabled && serving.map { !$0.isTakenOut } ?? false }

    /// Whether no call would be made now: one at a time, so that a model that hangs holds one thread and no more, and
    /// none that the breaker keeps back.
    func isResting(at now: Instant) -> Bool {
        !(overdue?.hasEnded ?? true) || breaker.probesAt.map { $0 > now } ?? false
    }

    /// Lets a batch's rows take the place of those before them: an asset's newest row is asked again where it has no
    /// answer, and nothing older is.
    ///
    /// Readings at which nothing is due, between two predictions or without a value, take nobody's place.
    mutating func queue(_ answer: BatchAnswer, at now: Instant) {
        for (asset, newest) in answer.newest where waiting[asset]?.instant != newest { waiting[asset] = nil }
        // A late row may have changed one that waited, and that has been answered as it is now.
        for row in answer.predictions.map(\.row) where waiting[row.asset]?.instant == row.instant {
            waiting[row.asset] = nil
        }
        guard let memoryKey = serving?.features.memoryKey else { return }
        for due in answer.unanswered where due.row.instant == answer.newest[due.row.asset] {
            waiting[due.row.asset] = WaitingRow(due, memoryKey: memoryKey, at: now)
        }
    }

    /// Rows whose next try is due; forgets those that nobody can answer any more.
    mutating func dueRows(at now: Instant) -> [DueRow] {
        guard !waiting.isEmpty else { return [] }
        let memoryKey = serving?.features.memoryKey
        let staleAfter = self.staleAfter ?? .zero
        waiting = waiting.filter { _, row in
            predictionEnabled && row.memoryKey == memoryKey && now - row.since < staleAfter
        }
        return waiting.filter { $0.value.retryAt <= now }
            .sorted { $0.key < $1.key }.map { $0.value.row(of: $0.key) }
    }

    /// Late answers: of rows in whose place no newer one has come.
    mutating func conclude(late predictions: [RowPrediction], at now: Instant) throws -> LaneCommit? {
        guard !predictions.isEmpty else { return nil }
        for predicted in predictions { waiting[predicted.row.asset] = nil }
        return try commit(
            cursor: cursor,
            predictions: predictions.map(\.prediction),
            transitions: observe(predictions),
            of: Set(predictions.map(\.row.asset)),
            at: now
        )
    }

    mutating func failed(late rows: [DueRow], at now: Instant) {
        for due in rows { waiting[due.row.asset]?.failed(at: now) }
    }

    // MARK: - Silence

    /// After how long without a reading the source counts as lost.
    var staleAfter: Duration? { (document?.schema.sourceStaleSeconds).map { .seconds($0) } }

    /// How long nothing has come, by the server's time; nil before the first reading ever.
    func silence(at now: Instant) -> Duration? {
        guard let newestInstant, let newestAt else { return nil }
        return now - max(newestAt, newestInstant)
    }
}
