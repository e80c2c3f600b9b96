import Database
package import Models
package import Plant

/// When an organization's models are trained anew by themselves.
package struct TrainingSchedule: Hashable, Sendable {
    /// Nil where no time does it.
    package var cron: String?
    /// IANA name: whose clocks the cron expression means.
    package var timeZone: String
    /// Up to so much later, so that not all organizations begin at once.
    package var jitterSeconds: Int
    /// Whether a run begins once the plant's readings have drifted away from what the champion learned.
    package var onDrift: Bool
    /// A run begins after so many new words on alarms and recorded failures; nil where they begin none.
    package var feedbackCount: Int?
    /// When the next run is due, jitter included.
    package var nextAt: Instant?
    package var lastAt: Instant?

    package init(
        cron: String?,
        timeZone: String = "UTC",
        jitterSeconds: Int = 0,
        onDrift: Bool = false,
        feedbackCount: Int? = nil,
        nextAt: Instant? = nil,
        lastAt: Instant? = nil
    ) {
        self.cron = cron
        self.timeZone = timeZone
        self.jitterSeconds = jitterSeconds
        self.onDrift = onDrift
        self.feedbackCount = feedbackCount
        self.nextAt = nextAt
        self.lastAt = lastAt
    }
}

/// How and when an organization's models are trained.
package struct TrainingPlanStore: Sendable {
    let database: any SQLDatabase

    /// The configuration; the default one where nobody put another.
    package func configuration(in scope: OrganizationScope) async throws -> TrainingConfiguration {
        guard let text = try await configurationText(in: scope) else { return TrainingConfiguration() }
        return try JSONText.decoded(TrainingConfiguration.self, text, from: "training configuration")
    }

    /// The configuration as JSON, which a run takes with it; nil for the default one.
    package func configurationText(in scope: OrganizationScope) async throws -> String? {
        try await database.query(
            "SELECT configuration FROM training_configuration WHERE organization_id = \(scope.id)"
        ).first?.decode("configuration", as: String.self)
    }

    package func put(
        _ configuration: TrainingConfiguration,
        by author: String,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        let text = try JSONText.encoded(configuration)
        try await database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO training_configuration (organization_id, configuration, changed_by, changed_at)
                VALUES (\(scope.id), \(text), \(author), \(now))
                ON CONFLICT (organization_id) DO UPDATE SET
                    configuration = excluded.configuration, changed_by = excluded.changed_by,
                    changed_at = excluded.changed_at
                """
            )
        }
    }

    /// Nil where nothing is scheduled.
    package func schedule(in scope: OrganizationScope) async throws -> TrainingSchedule? {
        try await database.query(
            """
            SELECT cron, time_zone, jitter_seconds, on_drift, feedback_count, next_at, last_at
            FROM training_schedule
            WHERE organization_id = \(scope.id)
            """
        ).first.map(TrainingSchedule.init(row:))
    }

    /// Replaces the schedule, or with nil ends it; when it last ran stays known.
    package func put(
        _ schedule: TrainingSchedule?,
        by author: String,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction { transaction in
            guard let schedule else {
                try transaction.execute("DELETE FROM training_schedule WHERE organization_id = \(scope.id)")
                return try TrainingWork.refresh(in: scope, transaction)
            }
            try transaction.execute(
                """
                INSERT INTO training_schedule (
                    organization_id, cron, time_zone, jitter_seconds, on_drift, feedback_count, drift_due_at, next_at,
                    changed_by, changed_at
                )
                VALUES (
                    \(scope.id), \(schedule.cron), \(schedule.timeZone), \(schedule.jitterSeconds),
                    \(schedule.onDrift), \(schedule.feedbackCount), \(schedule.onDrift ? now : nil),
                    \(schedule.nextAt), \(author), \(now)
                )
                ON CONFLICT (organization_id) DO UPDATE SET
                    cron = excluded.cron, time_zone = excluded.time_zone, jitter_seconds = excluded.jitter_seconds,
                    on_drift = excluded.on_drift, feedback_count = excluded.feedback_count,
                    drift_due_at = excluded.drift_due_at, next_at = excluded.next_at, changed_by = excluded.changed_by, changed_at = excluded.changed_at
                """
            )
            try TrainingWork.refresh(in: scope, transaction)
        }
    }

    /// When it is next to be looked whether readings have drifted; nil where nobody wants to know.
    package func driftDue(in scope: OrganizationScope) async throws -> Instant? {
        try await database.query(
            "SELECT drift_due_at FROM training_schedule WHERE organization_id = \(scope.id)"
        ).first?.decode("drift_due_at", as: Instant?.self) ?? nil
    }

    /// What the last look for drift came to.
    package func drift(in scope: OrganizationScope) async throws -> DriftReport? {
        let text: String? =
            try await database.query(
                "SELECT drift FROM training_schedule WHERE organization_id = \(scope.id)"
            ).first?.decode("drift", as: String?.self) ?? nil
        return try text.map { try JSONText.decoded(DriftReport.self, $0, from: "drift report") }
    }

    /// Keeps what a look for drift came to, and queues the run that it wants; one of several servers gets to do it.
    ///
    /// Where a run waits or goes on already, or there were as many in 24 hours, none is queued, and it is looked again at
    /// `elseAt`: nobody knows yet what that run will come to.
    ///
    /// - Returns: Whether a run was queued, which the report then says.
    package func keep(
        _ report: DriftReport?,
        queueing log: TrainingLog?,
        dueAt due: Instant,
        nextAt next: Instant,
        elseAt later: Instant? = nil,
        perDayMax: Int = .max,
        in scope: OrganizationScope
    ) async throws -> Bool {
        try await database.transaction { transaction in
            let isBusy =
                try log.map {
                    try TrainingLogStore.isBusy(in: scope, transaction)
                        || !TrainingLogStore.hasRoom(perDayMax, at: $0.queuedAt, in: scope, transaction)
                } ?? false
            let queues = log != nil && !isBusy
            let kept = queues ? report?.queueing : report
            let isMine =
                try transaction.execute(
                    """
                    UPDATE training_schedule
                    SET drift_due_at = \(isBusy ? later ?? next : next),
                        drift = COALESCE(\(try kept.map { try JSONText.encoded($0) }), drift)
                    WHERE organization_id = \(scope.id) AND drift_due_at = \(due)
                    """
                ) == 1
            guard isMine, queues, let log else {
                try TrainingWork.refresh(in: scope, transaction)
                return false
            }
            try TrainingLogStore.enqueue(log, in: scope, transaction)
            return true
        }
    }

    /// Queues the run for which enough new words on alarms and recorded failures have come, if they have.
    ///
    /// - Returns: Whether a run was queued; none is while one waits or goes on, or where there were as many in 24 hours.
    package func fireOnFeedback(
        _ log: TrainingLog,
        perDayMax: Int = .max,
        in scope: OrganizationScope
    ) async throws -> Bool {
        try await database.transaction { transaction in
            guard try !TrainingLogStore.isBusy(in: scope, transaction),
                try TrainingLogStore.hasRoom(perDayMax, at: log.queuedAt, in: scope, transaction),
                try TrainingWork.feedbackDue(in: scope, transaction) != nil
            else { return false }
            try TrainingLogStore.enqueue(log, in: scope, transaction)
            return true
        }
    }

    /// Queues the run that was due at an instant, and sets when the next is; one of several servers gets to do it.
    ///
    /// Where a run waits or goes on already, or there were as many in 24 hours, the due one is left out: the next one
    /// sees the same data.
    ///
    /// - Returns: Whether a run was queued.
    package func fire(
        _ log: TrainingLog,
        dueAt due: Instant,
        nextAt next: Instant?,
        perDayMax: Int = .max,
        in scope: OrganizationScope
    ) async throws -> Bool {
        try await database.transaction { transaction in
            let isMine =
                try transaction.execute(
                    """
                    UPDATE training_schedule
                    SET next_at = \(next), last_at = \(log.queuedAt)
                    WHERE organization_id = \(scope.id) AND next_at = \(due)
                    """
                ) == 1
            guard isMine, try !TrainingLogStore.isBusy(in: scope, transaction),
                try TrainingLogStore.hasRoom(perDayMax, at: log.queuedAt, in: scope, transaction)
            else {
                try TrainingWork.refresh(in: scope, transaction)
                return false
            }
            try TrainingLogStore.enqueue(log, in: scope, transaction)
            return true
        }
    }
}

extension TrainingSchedule {
    fileprivate init(row: SQLRow) throws {
        self.init(
            cron: try row.decode("cron"),
            timeZone: try row.decode("time_zone"),
            jitterSeconds: try row.decode("jitter_seconds"),
            onDrift: try row.decode("on_drift"),
            feedbackCount: try row.decode("feedback_count"),
            nextAt: try row.decode("next_at"),
            lastAt: try row.decode("last_at")
        )
    }
}
