package import Alarms
import Database
package import Plant

/// What people say of alarms; nothing that was said is ever changed, the last word counts.
package struct FeedbackStore: Sendable {
    let database: any SQLDatabase

    /// Keeps a word on an alarm; the same id again changes nothing.
    ///
    /// - Throws: ``StorageError`` with `.notFound` for an alarm that the organization does not have.
    package func give(_ feedback: Feedback, in scope: OrganizationScope) async throws {
        try await database.transaction { transaction in
            let alarm = try transaction.query(
                "SELECT id FROM alarm WHERE organization_id = \(scope.id) AND id = \(feedback.alarm)"
            )
            guard !alarm.isEmpty else { throw StorageError(.notFound, "there is no alarm \(feedback.alarm)") }
            try transaction.execute(
                """
                INSERT INTO feedback (
                    organization_id, id, alarm_id, is_accurate, reason, component, given_by, given_at
                )
                VALUES (
                    \(scope.id), \(feedback.id), \(feedback.alarm), \(feedback.isAccurate), \(feedback.reason),
                    \(feedback.component), \(feedback.by), \(feedback.at)
                )
                ON CONFLICT (organization_id, id) DO NOTHING
                """
            )
            try transaction.execute(
                """
                UPDATE alarm
                SET is_judged = 1
                WHERE organization_id = \(scope.id) AND id = \(feedback.alarm) AND is_judged = 0
                """
            )
            try TrainingWork.refresh(in: scope, transaction)
        }
    }

    /// All that was said of one alarm, the last word first.
    package func list(of alarm: ID<Alarm>, in scope: OrganizationScope) async throws -> [Feedback] {
        try await database.query(
            """
            SELECT id, alarm_id, is_accurate, reason, component, given_by, given_at
            FROM feedback
            WHERE organization_id = \(scope.id) AND alarm_id = \(alarm)
            ORDER BY given_at DESC, id DESC
            """
        ).map(Feedback.init(row:))
    }

    /// The alarms that a model had a part in, each with the last word on it up to an instant, by when they were raised.
    package func judgedPredictions(
        until: Instant = .distantFuture,
        in scope: OrganizationScope
    ) async throws -> [JudgedAlarm] {
        try await database.query(
            """
            SELECT f.id, f.alarm_id, f.is_accurate, f.reason, f.component, f.given_by, f.given_at,
                a.name, l.condition, l.raised_at, l.cleared_at
            FROM feedback f
            JOIN alarm l ON l.organization_id = f.organization_id AND l.id = f.alarm_id
            JOIN asset a ON a.organization_id = l.organization_id AND a.id = l.asset_id
            JOIN alarm_cause c ON c.organization_id = l.organization_id AND c.alarm_id = l.id
                AND c.source = \(AlarmCause.Source.prediction)
            WHERE f.organization_id = \(scope.id)
                AND f.id = (
                    SELECT n.id
                    FROM feedback n
                    WHERE n.organization_id = f.organization_id AND n.alarm_id = f.alarm_id
                        AND n.given_at <= \(until)
                    ORDER BY n.given_at DESC, n.id DESC
                    LIMIT 1
                )
            ORDER BY l.raised_at, l.id
            """
        ).map { row in
            JudgedAlarm(
                feedback: try Feedback(row: row),
                asset: try row.decode("name"),
                condition: try row.decode("condition"),
                raisedAt: try row.decode("raised_at"),
                clearedAt: try row.decode("cleared_at")
            )
        }
    }
}

extension Feedback {
    init(row: SQLRow) throws {
        self.init(
            id: try row.decode("id"),
            alarm: try row.decode("alarm_id"),
            isAccurate: try row.decode("is_accurate"),
            reason: try row.decode("reason"),
            component: try row.decode("component"),
            by: try row.decode("given_by"),
            at: try row.decode("given_at")
        )
    }
}
