import Database
import Plant
import Trust

/// How many runs are queued within a day.
extension TrainingLogStore {
    private static let day = Duration.seconds(86_400)

    static func isWaiting(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Bool {
        try !reader.query(
            "SELECT id FROM training_log WHERE organization_id = \(scope.id) AND state = \(TrainingLog.State.queued)"
        ).isEmpty
    }

    /// Those of the 24 hours up to an instant.
    static func queuedCount(at now: Instant, in scope: OrganizationScope, _ reader: any SQLReader) throws -> Int {
        try reader.query(
            """
            SELECT COUNT(*) AS count
            FROM training_log
            WHERE organization_id = \(scope.id) AND queued_at > \(now - day)
            """
        ).first?.decode("count") ?? 0
    }

    /// Whether another may be queued by itself; where not it is left out, as it is where one waits already.
    static func hasRoom(
        _ perDayMax: Int,
        at now: Instant,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> Bool {
        guard perDayMax < .max else { return true }
        return try queuedCount(at: now, in: scope, reader) < perDayMax
    }

    /// - Throws: `QuotaExceeded` that says when the oldest of the 24 hours makes room again.
    static func requireRoom(
        _ perDayMax: Int,
        at now: Instant,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws {
        guard perDayMax < .max else { return }
        let use = try queuedCount(at: now, in: scope, reader)
        guard use >= perDayMax else { return }
        var wait: Duration?
        if perDayMax > 0 {
            let leaving: Instant? =
                try reader.query(
                    """
                    SELECT queued_at
                    FROM training_log
                    WHERE organization_id = \(scope.id) AND queued_at > \(now - day)
                    ORDER BY queued_at DESC, id DESC
                    LIMIT 1 OFFSET \(perDayMax - 1)
                    """
                ).first?.decode("queued_at")
            wait = leaving.map { max(.seconds(1), $0 + day - now) }
        }
        throw QuotaExceeded(.trainingRunsPerDay, use: use, limit: perDayMax, wait: wait)
    }
}
