package import Alarms
import Database
package import Plant

/// A predictive cause that became active, and has yet to be explained.
package struct ExplanationOrder: Hashable, Sendable {
    package let alarm: ID<Alarm>
    /// Of the alert that told of it.
    package let sequence: Int64
    /// How often it was tried in vain.
    package let tryCount: Int
    package let retryAt: Instant
    /// The alarm as it was then.
    package let transition: AlarmTransition
}

/// What is known of why a model raised an alarm.
package struct StoredExplanation: Hashable, Sendable {
    /// Of the alert that told of the prediction.
    package let sequence: Int64
    /// Nil while it is not there.
    package let explanation: Explanation?
    package let madeAt: Instant?
    /// Why it is not there, after a try in vain.
    package let reason: String?
    /// When it is tried again; nil once it is there, or was given up.
    package let retryAt: Instant?
}

/// Why models raised an organization's alarms; ``LaneStore`` asks for it with the alert that tells of one.
package struct ExplanationStore: Sendable {
    let database: any SQLDatabase

    /// What has waited longest, whether or not it is due yet; nil where nothing waits.
    package func next(in scope: OrganizationScope) async throws -> ExplanationOrder? {
        try await order("ORDER BY e.retry_at, e.sequence", in: scope)
    }

    /// Of what is due the newest: an alarm that was raised just now is looked at sooner than one of yesterday.
    ///
    /// - Parameters:
    ///   - now: When this is.
    ///   - scope: The organization.
    /// - Returns: Nil where nothing is due.
    /// - Throws: `DatabaseError`, or `StorageError` where what is kept can't be read.
    package func due(at now: Instant, in scope: OrganizationScope) async throws -> ExplanationOrder? {
        try await order("AND e.retry_at <= \(now) ORDER BY e.retry_at DESC, e.sequence DESC", in: scope)
    }

    private func order(_ selection: SQL, in scope: OrganizationScope) async throws -> ExplanationOrder? {
        try await database.query(
            """
            SELECT e.alarm_id, e.sequence, e.try_count, e.retry_at, t.transition
            FROM alarm_explanation e
            JOIN alert t ON t.organization_id = e.organization_id AND t.sequence = e.sequence
            WHERE e.organization_id = \(scope.id) AND e.retry_at IS NOT NULL \(selection)
            LIMIT 1
            """
        ).first.map { row in
            let json: String = try row.decode("transition")
            return ExplanationOrder(
                alarm: try row.decode("alarm_id"),
                sequence: try row.decode("sequence"),
                tryCount: try row.decode("try_count"),
                retryAt: try row.decode("retry_at"),
                transition: try JSONText.decoded(AlarmTransition.self, json, from: "alert")
            )
        }
    }

    /// Keeps an explanation; again it changes nothing.
    ///
    /// - Returns: Whether it is new: to be told now.
    package func keep(
        _ explanation: Explanation,
        of alarm: ID<Alarm>,
        sequence: Int64,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> Bool {
        let json = try JSONText.encoded(explanation)
        return try await database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE alarm_explanation
                SET document = \(json), sentence = \(explanation.sentence), made_at = \(now), retry_at = NULL,
                    reason = NULL
                WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) AND sequence = \(sequence)
                    AND document IS NULL
                """
            ) == 1
        }
    }

    /// Notes that a try was in vain, and when the next one is due; nil gives it up.
    package func failed(
        _ order: ExplanationOrder,
        because reason: String,
        retryAt: Instant?,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction { transaction in
            _ = try transaction.execute(
                """
                UPDATE alarm_explanation
                SET try_count = \(order.tryCount + 1), retry_at = \(retryAt), reason = \(reason)
                WHERE organization_id = \(scope.id) AND alarm_id = \(order.alarm) AND sequence = \(order.sequence)
                    AND document IS NULL
                """
            )
        }
    }

    /// Gives up what waits of an alarm's predictions before another one, but for the first, which a replay goes by.
    ///
    /// - Parameters:
    ///   - alarm: The alarm's id.
    ///   - sequence: Of the alert that told of the later prediction.
    ///   - scope: The organization.
    /// - Throws: `DatabaseError`.
    package func supersede(of alarm: ID<Alarm>, before sequence: Int64, in scope: OrganizationScope) async throws {
        let reason = "a later prediction joined the alarm before this one was explained"
        try await database.transaction { transaction in
            _ = try transaction.execute(
                """
                UPDATE alarm_explanation
                SET retry_at = NULL, reason = \(reason)
                WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) AND sequence < \(sequence)
                    AND retry_at IS NOT NULL AND document IS NULL
                    AND sequence > (
                        SELECT MIN(f.sequence)
                        FROM alarm_explanation f
                        WHERE f.organization_id = \(scope.id) AND f.alarm_id = \(alarm)
                    )
                """
            )
        }
    }

    /// Of the last prediction that joined an alarm; nil where none did since explanations are kept.
    package func latest(of alarm: ID<Alarm>, in scope: OrganizationScope) async throws -> StoredExplanation? {
        try await explanations(of: alarm, "ORDER BY sequence DESC LIMIT 1", in: scope).first
    }

    /// Of the prediction that one alert told of.
    package func explanation(
        of alarm: ID<Alarm>,
        sequence: Int64,
        in scope: OrganizationScope
    ) async throws -> StoredExplanation? {
        try await explanations(of: alarm, "AND sequence = \(sequence)", in: scope).first
    }

    private func explanations(
        of alarm: ID<Alarm>,
        _ selection: SQL,
        in scope: OrganizationScope
    ) async throws -> [StoredExplanation] {
        try await database.query(
            """
            SELECT sequence, document, made_at, reason, retry_at
            FROM alarm_explanation
            WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) \(selection)
            """
        ).map { row in
            let json: String? = try row.decode("document")
            return StoredExplanation(
                sequence: try row.decode("sequence"),
                explanation: try json.map { try JSONText.decoded(Explanation.self, $0, from: "explanation") },
                madeAt: try row.decode("made_at"),
                reason: try row.decode("reason"),
                retryAt: try row.decode("retry_at")
            )
        }
    }

    /// The sentences of alarms whose last prediction has one; of an earlier one it would be told as that of the last.
    package func sentences(of alarms: [ID<Alarm>], in scope: OrganizationScope) async throws -> [ID<Alarm>: String] {
        var sentences: [ID<Alarm>: String] = [:]
        for start in stride(from: 0, to: alarms.count, by: PageLimit.max) {
            let part = alarms[start..<min(start + PageLimit.max, alarms.count)]
            let rows = try await database.query(
                """
                SELECT a.id, (
                    SELECT e.sentence
                    FROM alarm_explanation e
                    WHERE e.organization_id = a.organization_id AND e.alarm_id = a.id
                    ORDER BY e.sequence DESC
                    LIMIT 1
                ) AS sentence
                FROM alarm a
                WHERE a.organization_id = \(scope.id)
                    AND a.id IN (\(SQL.joined(part.map { "\($0)" }, by: ", ")))
                ORDER BY a.id
                """
            )
            for row in rows {
                let sentence: String? = try row.decode("sentence")
                guard let sentence else { continue }
                sentences[try row.decode("id")] = sentence
            }
        }
        return sentences
    }
}
