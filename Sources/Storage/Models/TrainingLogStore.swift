import Database
import Models
package import Plant
import Trust

/// An organization's training runs: a queue as well as a log.
///
/// At most one waits and at most one runs, which the store itself sees to, so that any number of servers may look
/// into it for work.
package struct TrainingLogStore: Sendable {
    let database: any SQLDatabase

    /// Adds a run that waits for its turn.
    ///
    /// - Throws: ``StorageError`` with `.duplicate` where one waits already; `QuotaExceeded` where as many were queued
    ///   within 24 hours.
    package func enqueue(
        _ log: TrainingLog,
        perDayMax: Int = .max,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction { transaction in
            if try !Self.isWaiting(in: scope, transaction) {
                try Self.requireRoom(perDayMax, at: log.queuedAt, in: scope, transaction)
            }
            try Self.enqueue(log, in: scope, transaction)
        }
    }

    static func enqueue(_ log: TrainingLog, in scope: OrganizationScope, _ transaction: any SQLTransaction) throws {
        guard try !isWaiting(in: scope, transaction) else {
            throw StorageError(.duplicate, "a training run waits already")
        }
        try transaction.execute(
            """
            INSERT INTO training_log (organization_id, id, state, cause, requested_by, queued_at, parameters)
            VALUES (
                \(scope.id), \(log.id), \(TrainingLog.State.queued), \(log.cause), \(log.requestedBy), \(log.queuedAt),
                \(log.parameters)
            )
            """
        )
        try TrainingWork.refresh(in: scope, transaction)
        try AuditStore.append(AuditEvent(log), at: log.queuedAt, in: scope, transaction)
    }

    /// Takes the run that waits, unless another one runs: it is the runner's from now on.
    package func claim(by runner: String, at now: Instant, in scope: OrganizationScope) async throws -> TrainingLog? {
        try await database.transaction { transaction in
            let running = try transaction.query(
                """
                SELECT id
                FROM training_log
                WHERE organization_id = \(scope.id) AND state = \(TrainingLog.State.started)
                """
            )
            guard running.isEmpty else { return nil }
            let waiting = try transaction.query(
                """
                SELECT \(Self.columns)
                FROM training_log
                WHERE organization_id = \(scope.id) AND state = \(TrainingLog.State.queued)
                ORDER BY queued_at, id
                LIMIT 1
                \(clause: .forUpdate)
                """
            ).first.map(TrainingLog.init(row:))
            guard var log = waiting else { return nil }
            try transaction.execute(
                """
                UPDATE training_log
                SET state = \(TrainingLog.State.started), started_at = \(now), runner = \(runner), seen_at = \(now)
                WHERE organization_id = \(scope.id) AND id = \(log.id)
                """
            )
            try TrainingWork.refresh(in: scope, transaction)
            log.state = .started
            log.startedAt = now
            try AuditStore.append(AuditEvent(log), at: now, in: scope, transaction)
            return log
        }
    }

    /// What whoever runs a run hears when he says how far it is.
    package enum Word: Hashable, Sendable {
        case goOn
        /// Somebody wants it to end.
        case cancelled(by: String)
        /// It is no longer his: he was silent for too long.
        case lost
    }

    /// Says that a run is alive, and how far it has come.
    package func beat(
        _ id: ID<TrainingLog>,
        by runner: String,
        progress: Double?,
        step: String?,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> Word {
        try await database.transaction { transaction in
            let changed = try transaction.execute(
                """
                UPDATE training_log
                SET progress = \(progress), step = \(step), seen_at = \(now)
                WHERE organization_id = \(scope.id) AND id = \(id) AND state = \(TrainingLog.State.started)
                    AND runner = \(runner)
                """
            )
            guard changed == 1 else { return .lost }
            try TrainingWork.refresh(in: scope, transaction)
            let canceller: String? =
                try transaction.query(
                    "SELECT cancelled_by FROM training_log WHERE organization_id = \(scope.id) AND id = \(id)"
                ).first?.decode("cancelled_by", as: String?.self) ?? nil
            return canceller.map { .cancelled(by: $0) } ?? .goOn
        }
    }

    /// Writes down how a run ended, or, with the state QUEUED, that it is to begin anew.
    ///
    /// - Parameters:
    ///   - log: How it ended.
    ///   - runner: Whoever ran it.
    ///   - now: When that is; the run's end where nothing is said.
    ///   - scope: The organization.
    /// - Returns: Whether it was still the runner's to end.
    /// - Throws: `DatabaseError`.
    @discardableResult
    package func finish(
        _ log: TrainingLog,
        by runner: String,
        at now: Instant? = nil,
        in scope: OrganizationScope
    ) async throws -> Bool {
        try await database.transaction { transaction in
            let changed = try transaction.execute(
                """
                UPDATE training_log
                SET state = \(log.state), started_at = \(log.startedAt), ended_at = \(log.endedAt),
                    progress = \(log.progress), step = \(log.step), data_from = \(log.dataFrom),
                    data_until = \(log.dataUntil), data_point_count = \(log.dataPointCount),
                    model_version = \(log.modelVersion), failure_reason = \(log.failureReason),
                    artifacts_path = \(log.artifactsPath), decision = \(log.decision),
                    decision_reason = \(log.decisionReason), gate = \(log.gate), labels = \(log.labels), runner = NULL
                WHERE organization_id = \(scope.id) AND id = \(log.id) AND state = \(TrainingLog.State.started)
                    AND runner = \(runner)
                """
            )
            try TrainingWork.refresh(in: scope, transaction)
            guard changed == 1 else { return false }
            let endedAt = now ?? log.endedAt ?? log.queuedAt
            try AuditStore.append(AuditEvent(log), at: endedAt, in: scope, transaction)
            return true
        }
    }

    /// Ends a run that waits, or has whoever runs it end it.
    ///
    /// - Returns: The run as it is now.
    /// - Throws: ``StorageError`` with `.notFound`, or with `.duplicate` for one that has ended already.
    package func cancel(
        _ id: ID<TrainingLog>,
        by canceller: String,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> TrainingLog {
        try await database.transaction { transaction in
            let ended = try transaction.execute(
                """
                UPDATE training_log
                SET state = \(TrainingLog.State.cancelled), ended_at = \(now), cancelled_by = \(canceller)
                WHERE organization_id = \(scope.id) AND id = \(id) AND state = \(TrainingLog.State.queued)
                """
            )
            try transaction.execute(
                """
                UPDATE training_log
                SET cancelled_by = \(canceller)
                WHERE organization_id = \(scope.id) AND id = \(id) AND state = \(TrainingLog.State.started)
                    AND cancelled_by IS NULL
                """
            )
            try TrainingWork.refresh(in: scope, transaction)
            guard let log = try Self.log(id, in: scope, transaction) else {
                throw StorageError(.notFound, "there is no such training run")
            }
            guard log.cancelledBy != nil else {
                throw StorageError(.duplicate, "the training run is \(log.state.rawValue) already")
            }
            // One that goes on ends with whoever runs it.
            if ended == 1 { try AuditStore.append(AuditEvent(log), at: now, in: scope, transaction) }
            return log
        }
    }

    /// Gives up runs of which nothing was heard since an instant.
    ///
    /// - Returns: Those that are FAILED from now on.
    package func expire(
        notSeenSince limit: Instant,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> [TrainingLog] {
        try await database.transaction { transaction in
            let silent = try transaction.query(
                """
                SELECT \(Self.columns)
                FROM training_log
                WHERE organization_id = \(scope.id) AND state = \(TrainingLog.State.started) AND seen_at < \(limit)
                """
            ).map(TrainingLog.init(row:))
            let given = try silent.map { log in
                var log = log
                log.state = .failed
                log.endedAt = now
                log.failureReason = "the server that ran it ended, or lost the store, before the run did"
                try transaction.execute(
                    """
                    UPDATE training_log
                    SET state = \(log.state), ended_at = \(now), failure_reason = \(log.failureReason), runner = NULL
                    WHERE organization_id = \(scope.id) AND id = \(log.id)
                    """
                )
                try AuditStore.append(AuditEvent(log), at: now, in: scope, transaction)
                return log
            }
            try TrainingWork.refresh(in: scope, transaction)
            return given
        }
    }

    package func byID(_ id: ID<TrainingLog>, in scope: OrganizationScope) async throws -> TrainingLog? {
        try await database.read { try Self.log(id, in: scope, $0) }
    }

    private static func log(
        _ id: ID<TrainingLog>,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> TrainingLog? {
        try reader.query(
            """
            SELECT \(columns)
            FROM training_log
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map(TrainingLog.init(row:))
    }

    /// Newest first, at most ``PageLimit/max``, from where ``Page/next`` of the page before says.
    package func page(
        after key: String? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> Page<TrainingLog> {
        let limit = PageLimit.clamped(limit)
        let older: SQL
        if let key {
            let place = try PageKey(key)
            older = "AND (queued_at, id) < (\(place.instant), \(place.rest))"
        } else {
            older = ""
        }
        let logs = try await database.query(
            """
            SELECT \(Self.columns)
            FROM training_log
            WHERE organization_id = \(scope.id) \(older)
            ORDER BY queued_at DESC, id DESC
            LIMIT \(limit + 1)
            """
        ).map(TrainingLog.init(row:))
        guard logs.count > limit else { return Page(elements: logs, next: nil) }
        let page = Array(logs.prefix(limit))
        return Page(elements: page, next: page.last.map { PageKey($0.queuedAt, "\($0.id)").text })
    }

    /// Whether a run waits or goes on.
    package func isBusy(in scope: OrganizationScope) async throws -> Bool {
        try await database.read { try Self.isBusy(in: scope, $0) }
    }

    static func isBusy(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Bool {
        try !reader.query(
            """
            SELECT id
            FROM training_log
            WHERE organization_id = \(scope.id)
                AND state IN (\(TrainingLog.State.queued), \(TrainingLog.State.started))
            LIMIT 1
            """
        ).isEmpty
    }

    private static let columns: SQL =
        """
        id, state, cause, requested_by, queued_at, started_at, ended_at, progress, step, data_from, data_until,
        data_point_count, parameters, model_version, failure_reason, artifacts_path, cancelled_by, decision,
        decision_reason, gate, labels
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
        cancelledBy = try row.decode("cancelled_by")
        decision = try row.decode("decision", as: String?.self).flatMap(PromotionPolicy.Decision.init(rawValue:))
        decisionReason = try row.decode("decision_reason")
        gate = try row.decode("gate")
        labels = try row.decode("labels")
    }
}
