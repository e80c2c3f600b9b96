import Database
package import Plant

extension TrainingLogStore {
    /// Ends what waits, and has whoever runs a run end it.
    ///
    /// - Parameters:
    ///   - canceller: Who wants that.
    ///   - now: The server's time.
    ///   - silenceMax: Of a run of which nothing was heard for so long nobody ends anything any more.
    ///   - scope: Whose runs.
    /// - Returns: Whether one still runs.
    /// - Throws: `DatabaseError`.
    package func stopAll(
        by canceller: String,
        at now: Instant,
        silenceMax: Duration,
        in scope: OrganizationScope
    ) async throws -> Bool {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE training_log
                SET state = \(TrainingLog.State.cancelled), ended_at = \(now), cancelled_by = \(canceller)
                WHERE organization_id = \(scope.id) AND state = \(TrainingLog.State.queued)
                """
            )
            try transaction.execute(
                """
                UPDATE training_log
                SET cancelled_by = \(canceller)
                WHERE organization_id = \(scope.id) AND state = \(TrainingLog.State.started) AND cancelled_by IS NULL
                """
            )
            try TrainingWork.refresh(in: scope, transaction)
            let running = try transaction.query(
                """
                SELECT id
                FROM training_log
                WHERE organization_id = \(scope.id) AND state = \(TrainingLog.State.started)
                    AND seen_at > \(now - silenceMax)
                """
            )
            return !running.isEmpty
        }
    }
}
