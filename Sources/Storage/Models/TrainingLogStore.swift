import Database
package import Models
package import Plant

/// One training run, from its being asked for to its end.
package struct TrainingLog: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case queued = "QUEUED"
        case started = "STARTED"
        case completed = "COMPLETED"
        case failed = "FAILED"
        case cancelled = "CANCELLED"
    }

    /// Why it runs.
    package enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        case schedule = "SCHEDULE"
        case request = "REQUEST"
        case drift = "DRIFT"
    }

    package let id: ID<TrainingLog>
    package var state: State
    package let cause: Cause
    /// Who asked for it; nil where nobody did.
    package let requestedBy: String?
    package let queuedAt: Instant
    package var startedAt: Instant?
    package var endedAt: Instant?
    /// Between 0 and 1, where that is known.
    package var progress: Double?
    /// What it is about at present.
    package var step: String?
    package var dataFrom: Instant?
    package var dataUntil: Instant?
    package var dataPointCount: Int?
    /// JSON.
    package var parameters: String?
    /// What came out of it.
    package var modelVersion: ModelVersion?
    package var failureReason: String?
    /// Of report, curves and log, below the server's data directory.
    package var artifactsPath: String?

    package init(id: ID<TrainingLog>, cause: Cause, requestedBy: String? = nil, queuedAt: Instant) {
        self.id = id
        state = .queued
        self.cause = cause
        self.requestedBy = requestedBy
        self.queuedAt = queuedAt
    }
}

extension TrainingLog.State: SQLConvertible {}
extension TrainingLog.Cause: SQLConvertible {}

/// An organization's training runs.
package struct TrainingLogStore: Sendable {
    let database: any SQLDatabase

    /// Adds a run, or brings what is known of it up to date.
    package func save(_ log: TrainingLog, in scope: OrganizationScope) async throws {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO training_log (
                    organization_id, id, state, cause, requested_by, queued_at, started_at, ended_at, progress, step,
                    data_from, data_until, data_point_count, parameters, model_version, failure_reason, artifacts_path
                )
                VALUES (
                    \(scope.id), \(log.id), \(log.state), \(log.cause), \(log.requestedBy), \(log.queuedAt),
                    \(log.startedAt), \(log.endedAt), \(log.progress), \(log.step), \(log.dataFrom), \(log.dataUntil),
                    \(log.dataPointCount), \(log.parameters), \(log.modelVersion), \(log.failureReason),
                    \(log.artifactsPath)
                )
                ON CONFLICT (organization_id, id) DO UPDATE SET
                    state = excluded.state, started_at = excluded.started_at, ended_at = excluded.ended_at,
                    progress = excluded.progress, step = excluded.step, data_from = excluded.data_from,
                    data_until = excluded.data_until, data_point_count = excluded.data_point_count,
                    parameters = excluded.parameters, model_version = excluded.model_version,
                    failure_reason = excluded.failure_reason, artifacts_path = excluded.artifacts_path
                """
            )
        }
    }

    package func byID(_ id: ID<TrainingLog>, in scope: OrganizationScope) async throws -> TrainingLog? {
        try await database.query(
            """
            SELECT \(Self.columns)
            FROM training_log
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map(TrainingLog.init(row:))
    }

    /// Newest first.
    package func list(limit: Int = PageLimit.max, in scope: OrganizationScope) async throws -> [TrainingLog] {
        try await database.query(
            """
            SELECT \(Self.columns)
            FROM training_log
            WHERE organization_id = \(scope.id)
            ORDER BY queued_at DESC, id
            LIMIT \(PageLimit.clamped(limit))
            """
        ).map(TrainingLog.init(row:))
    }

    private static let columns: SQL =
        """
        id, state, cause, requested_by, queued_at, started_at, ended_at, progress, step, data_from, data_until,
        data_point_count, parameters, model_version, failure_reason, artifacts_path
        """
}

extension TrainingLog {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.decode("id"),
            cause: try row.decode("cause"),
            requestedBy: try row.decode("requested_by"),
            queuedAt: try row.decode("queued_at")
        )
        state = try row.decode("state")
        startedAt = try row.decode("started_at")
        endedAt = try row.decode("ended_at")
        progress = try row.decode("progress")
        step = try row.decode("step")
        dataFrom = try row.decode("data_from")
        dataUntil = try row.decode("data_until")
        dataPointCount = try row.decode("data_point_count")
        parameters = try row.decode("parameters")
        modelVersion = try row.decode("model_version")
        failureReason = try row.decode("failure_reason")
        artifactsPath = try row.decode("artifacts_path")
    }
}
