import Alarms
import Database
import FoundationEssentials
import Models
import Plant

/// Writes one lane's conclusions within one transaction.
struct LaneWriter {
    let scope: OrganizationScope
    let now: Instant
    let transaction: any SQLTransaction

    init(scope: OrganizationScope, at now: Instant, transaction: any SQLTransaction) {
        self.scope = scope
        self.now = now
        self.transaction = transaction
    }

    func flag(tooLate sequences: [Int64]) throws {
        for sequence in sequences {
            try transaction.execute(
                """
                UPDATE reading
                SET is_too_late = \(true)
                WHERE organization_id = \(scope.id) AND sequence = \(sequence)
                """
            )
        }
    }

    /// A further prediction of the same version for the same row is its next revision.
    ///
    /// The sequence is its place among all that the organization's lane has kept.
    func write(_ prediction: Prediction, of asset: ID<Asset>, sequence: Int64) throws {
        if try insert(prediction, of: asset, revision: 1, sequence: sequence) { return }
        let last: Int? =
            try transaction.query(
                """
                SELECT MAX(revision) AS revision
                FROM prediction
                WHERE organization_id = \(scope.id) AND asset_id = \(asset) AND instant = \(prediction.instant)
                    AND model_version = \(prediction.modelVersion)
                """
            ).first?.decode("revision") ?? nil
        if let last {
            try transaction.execute(
                """
                UPDATE prediction
                SET is_current = \(false)
                WHERE organization_id = \(scope.id) AND asset_id = \(asset) AND instant = \(prediction.instant)
                    AND model_version = \(prediction.modelVersion) AND revision = \(last)
                """
            )
        }
        _ = try insert(prediction, of: asset, revision: (last ?? 0) + 1, sequence: sequence)
    }

    /// - Returns: False where the row has that revision already.
    private func insert(
        _ prediction: Prediction,
        of asset: ID<Asset>,
        revision: Int,
        sequence: Int64
    ) throws -> Bool {
        try transaction.execute(
            """
            INSERT INTO prediction (
                organization_id, asset_id, instant, model_version, revision, probability, confidence, component,
                time_to_failure_minutes, p10_minutes, p90_minutes, is_late, is_corrected, is_current, made_at, kind,
                sequence
            )
            VALUES (
                \(scope.id), \(asset), \(prediction.instant), \(prediction.modelVersion), \(revision),
                \(prediction.probability), \(prediction.confidence), \(prediction.component),
                \(prediction.timeToFailureMinutes), \(prediction.p10Minutes), \(prediction.p90Minutes),
                \(prediction.isLate), \(prediction.isCorrected), \(true), \(now), \(prediction.kind),
                \(sequence)
            )
            ON CONFLICT (organization_id, asset_id, instant, model_version, revision) DO NOTHING
            """
        ) == 1
    }

    /// The alarm as it is now, and its causes.
    ///
    /// - Throws: ``StorageError`` with `.duplicate` where another alarm is open for its condition.
    func write(_ alarm: Alarm, of asset: ID<Asset>) throws {
        if alarm.isOpen {
            let rival = try transaction.query(
                """
                SELECT id
                FROM alarm
                WHERE organization_id = \(scope.id) AND asset_id = \(asset) AND condition = \(alarm.condition)
                    AND is_open = 1 AND id <> \(alarm.id)
                """
            )
            guard rival.isEmpty else {
                throw StorageError(
                    .duplicate,
                    "an alarm is open already for \(alarm.condition.key) of \(alarm.asset)"
                )
            }
        }
        try transaction.execute(
            """
            INSERT INTO alarm (
                organization_id, id, asset_id, condition, type, state, suppression, is_open, raised_at,
                acknowledged_at, acknowledged_by, note, cleared_at,
                suppressed_by, suppression_reason, suppressed_since, suppressed_until, is_foretold
            )
            VALUES (
                \(scope.id), \(alarm.id), \(asset), \(alarm.condition), \(alarm.type), \(alarm.state),
                \(alarm.suppression.kind), \(alarm.isOpen), \(alarm.raisedAt), \(alarm.acknowledgedAt),
                \(alarm.acknowledgedBy), \(alarm.note), \(alarm.clearedAt),
                \(alarm.suppression.by), \(alarm.suppression.reason), \(alarm.suppression.since),
                \(alarm.suppression.until), \(alarm.cause(from: .prediction) != nil)
            )
            ON CONFLICT (organization_id, id) DO UPDATE SET
                type = excluded.type, state = excluded.state, suppression = excluded.suppression,
                is_open = excluded.is_open, acknowledged_at = excluded.acknowledged_at,
                acknowledged_by = excluded.acknowledged_by, note = excluded.note, cleared_at = excluded.cleared_at,
                suppressed_by = excluded.suppressed_by, suppression_reason = excluded.suppression_reason,
                suppressed_since = excluded.suppressed_since, suppressed_until = excluded.suppressed_until,
                is_foretold = excluded.is_foretold
            """
        )
        for (position, cause) in alarm.causes.enumerated() {
            try write(cause, at: position, of: alarm)
        }
    }

    private func write(_ cause: AlarmCause, at position: Int, of alarm: Alarm) throws {
        let metadata = try cause.metadata.map { try JSONText.encoded($0) }
        try transaction.execute(
            """
            INSERT INTO alarm_cause (
                organization_id, alarm_id, position, source, type, priority, active_since, cleared_at, message,
                measured, limit_value, metadata, is_latching, rule_version
            )
            VALUES (
                \(scope.id), \(alarm.id), \(position), \(cause.source), \(cause.type), \(cause.priority),
                \(cause.since), \(cause.clearedAt), \(cause.message), \(cause.measured), \(cause.limit), \(metadata),
                \(cause.isLatching), \(cause.ruleVersion)
            )
            ON CONFLICT (organization_id, alarm_id, source) DO UPDATE SET
                position = excluded.position, type = excluded.type, priority = excluded.priority,
                active_since = excluded.active_since, cleared_at = excluded.cleared_at,
                message = excluded.message, measured = excluded.measured, limit_value = excluded.limit_value,
                metadata = excluded.metadata, is_latching = excluded.is_latching,
                rule_version = excluded.rule_version
            """
        )
    }

    /// Nil ends the order.
    func write(_ suppression: Suppression?, at place: SuppressionBook.Place) throws {
        let (asset, condition) = (place.asset ?? "", place.condition?.key ?? "")
        guard let suppression else {
            try transaction.execute(
                """
                DELETE FROM suppression
                WHERE organization_id = \(scope.id) AND asset = \(asset) AND condition = \(condition)
                """
            )
            return
        }
        try transaction.execute(
            """
            INSERT INTO suppression (organization_id, asset, condition, kind, set_by, reason, set_at, until)
            VALUES (
                \(scope.id), \(asset), \(condition), \(suppression.kind), \(suppression.by), \(suppression.reason),
                \(suppression.since), \(suppression.until)
            )
            ON CONFLICT (organization_id, asset, condition) DO UPDATE SET
                kind = excluded.kind, set_by = excluded.set_by, reason = excluded.reason, set_at = excluded.set_at,
                until = excluded.until
            """
        )
    }

    func write(_ alert: Alert, transition json: String) throws {
        try transaction.execute(
            """
            INSERT INTO alert (organization_id, sequence, alarm_id, change, transition, committed_at)
            VALUES (
                \(scope.id), \(alert.sequence), \(alert.transition.alarm.id), \(alert.transition.change), \(json),
                \(now)
            )
            """
        )
        if alert.transition.bringsPrediction { try order(explanationOf: alert) }
    }

    /// Written with the alert, so that nothing which a model raised stays unexplained.
    private func order(explanationOf alert: Alert) throws {
        try transaction.execute(
            """
            INSERT INTO alarm_explanation (organization_id, alarm_id, sequence, try_count, retry_at)
            VALUES (\(scope.id), \(alert.transition.alarm.id), \(alert.sequence), 0, \(now))
            """
        )
    }

    func write(memory: Data, of asset: ID<Asset>) throws {
        try transaction.execute(
            """
            INSERT INTO lane_memory (organization_id, asset_id, memory)
            VALUES (\(scope.id), \(asset), \(memory))
            ON CONFLICT (organization_id, asset_id) DO UPDATE SET memory = excluded.memory
            """
        )
    }

    func move(to cursor: Int64, alertSequence: Int64, predictionSequence: Int64) throws {
        try transaction.execute(
            """
            INSERT INTO lane (organization_id, read_sequence, alert_sequence, prediction_sequence, committed_at)
            VALUES (\(scope.id), \(cursor), \(alertSequence), \(predictionSequence), \(now))
            ON CONFLICT (organization_id) DO UPDATE SET
                read_sequence = excluded.read_sequence, alert_sequence = excluded.alert_sequence,
                prediction_sequence = excluded.prediction_sequence, committed_at = excluded.committed_at
            """
        )
    }
}
