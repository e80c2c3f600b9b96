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

    /// The raises by a model that people judged, alarm by alarm, each with the last word on it up to an instant.
    package func judgedPredictions(
        until: Instant = .distantFuture,
        in scope: OrganizationScope
    ) async throws -> [JudgedAlarm] {
        // Each word as if it were on the last raise, which the alarm itself remembers.
        let words = try await database.query(
            """
            SELECT f.id, f.alarm_id, f.is_accurate, f.reason, f.component, f.given_by, f.given_at,
                a.name, l.condition, l.cleared_at, c.active_since
            FROM feedback f
            JOIN alarm l ON l.organization_id = f.organization_id AND l.id = f.alarm_id
            JOIN asset a ON a.organization_id = l.organization_id AND a.id = l.asset_id
            JOIN alarm_cause c ON c.organization_id = l.organization_id AND c.alarm_id = l.id
                AND c.source = \(AlarmCause.Source.prediction)
            WHERE f.organization_id = \(scope.id) AND f.given_at <= \(until)
            ORDER BY f.given_at, f.id
            """
        ).map { row in
            JudgedAlarm(
                feedback: try Feedback(row: row),
                asset: try row.decode("name"),
                condition: try row.decode("condition"),
                raisedAt: try row.decode("active_since"),
                clearedAt: try row.decode("cleared_at")
            )
        }
        let byAlarm = Dictionary(grouping: words, by: \.feedback.alarm)
        let alarms = byAlarm.keys.sorted { $0.description < $1.description }
        var judged: [JudgedAlarm] = []
        for start in stride(from: 0, to: alarms.count, by: AccuracyStore.pageCount) {
            let page = Array(alarms[start..<min(start + AccuracyStore.pageCount, alarms.count)])
            judged += try await database.read { reader in
                let raises = try AccuracyStore.raises(of: page, in: scope, reader)
                return try page.flatMap { alarm in
                    try Self.lastWords(byAlarm[alarm] ?? [], on: raises[alarm] ?? [], in: scope, reader)
                }
            }
        }
        return judged
    }

    /// Of one alarm's words, which come in their order, the last on each of its raises.
    private static func lastWords(
        _ words: [JudgedAlarm],
        on raises: [(sequence: Int64, raise: ForetoldAlarm.Raise)],
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> [JudgedAlarm] {
        guard !raises.isEmpty else { return words.suffix(1) }
        let placed = words.compactMap { word in
            ForetoldAlarm.place(of: word.feedback, among: raises.map(\.raise)).map { ($0, word) }
        }
        let last = Dictionary(placed) { $1 }
        return try last.sorted { $0.key < $1.key }.map { place, word in
            let clearedAt = try cleared(word.feedback.alarm, after: raises[place].sequence, in: scope, reader)
            return JudgedAlarm(
                feedback: word.feedback,
                asset: word.asset,
                condition: word.condition,
                raisedAt: raises[place].raise.at,
                clearedAt: clearedAt ?? word.clearedAt
            )
        }
    }

    /// When an alarm's last cause first went after an alert; nil where no later one tells of that.
    private static func cleared(
        _ alarm: ID<Alarm>,
        after sequence: Int64,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> Instant? {
        try reader.query(
            """
            SELECT sequence, transition, committed_at
            FROM alert
            WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) AND sequence > \(sequence)
                AND change IN ('returned', 'closed')
            ORDER BY sequence
            LIMIT 1
            """
        ).first.flatMap { try Alert(row: $0).transition.alarm.clearedAt }
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
