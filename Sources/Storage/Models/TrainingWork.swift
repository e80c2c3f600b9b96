import Database
package import Plant
package import Trust

/// Which organizations' training wants to be looked into, and when: the server's own index over their queues, so that
/// nobody asks each of thousands of organizations every second.
///
/// It says nothing but that; what there is to do stands in the organization's own tables.
package struct TrainingWork: Sendable {
    let database: any SQLDatabase

    /// Nothing was heard of a run for so long: whoever ran it is gone.
    package static let silenceMax = Duration.seconds(60)

    /// Those whose time has come, the longest due first.
    package func organizations(dueAt now: Instant, in scope: SystemScope) async throws -> [ID<Organization>] {
        try await database.query(
            """
            SELECT organization_id
            FROM training_work
            WHERE due_at <= \(now)
            ORDER BY due_at, organization_id
            """
        ).map { try $0.decode("organization_id") }
    }

    /// Brings the index up to date with an organization's own tables; whoever changes them does it.
    static func refresh(in scope: OrganizationScope, _ transaction: any SQLTransaction) throws {
        let busy = try transaction.query(
            """
            SELECT state, queued_at, seen_at
            FROM training_log
            WHERE organization_id = \(scope.id) AND state IN ('QUEUED', 'STARTED')
            """
        )
        var dues: [Instant] = try busy.compactMap { row in
            let state: TrainingLog.State = try row.decode("state")
            if state == .queued { return try row.decode("queued_at") }
            return try row.decode("seen_at", as: Instant?.self).map { $0 + silenceMax }
        }
        let scheduled: Instant? =
            try transaction.query(
                "SELECT next_at, drift_due_at FROM training_schedule WHERE organization_id = \(scope.id)"
            ).first.flatMap { row in
                [try row.decode("next_at", as: Instant?.self), try row.decode("drift_due_at", as: Instant?.self)]
                    .compactMap(\.self).min()
            }
        try transaction.execute("DELETE FROM training_work WHERE organization_id = \(scope.id)")
        if let scheduled { dues.append(scheduled) }
        if busy.isEmpty, let due = try feedbackDue(in: scope, transaction) { dues.append(due) }
        guard let due = dues.min() else { return }
        try transaction.execute(
            "INSERT INTO training_work (organization_id, due_at) VALUES (\(scope.id), \(due))"
        )
    }

    /// When the last of as many new words and failures came as the organization wants a run for; nil before that.
    ///
    /// New is what came after the last run was asked for, whatever became of it.
    static func feedbackDue(in scope: OrganizationScope, _ transaction: any SQLTransaction) throws -> Instant? {
        let wanted: Int? =
            try transaction.query(
                "SELECT feedback_count FROM training_schedule WHERE organization_id = \(scope.id)"
            ).first?.decode("feedback_count", as: Int?.self) ?? nil
        guard let wanted else { return nil }
        let last: Instant? =
            try transaction.query(
                "SELECT MAX(queued_at) AS queued_at FROM training_log WHERE organization_id = \(scope.id)"
            ).first?.decode("queued_at", as: Instant?.self) ?? nil
        let news = try transaction.query(
            """
            SELECT n.at
            FROM (
                SELECT given_at AS at FROM feedback
                WHERE organization_id = \(scope.id) AND given_at > \(last ?? .distantPast)
                UNION ALL
                SELECT recorded_at AS at FROM failure
                WHERE organization_id = \(scope.id) AND recorded_at > \(last ?? .distantPast)
            ) n
            ORDER BY n.at
            LIMIT \(wanted)
            """
        )
        guard news.count == wanted else { return nil }
        return try news.last?.decode("at")
    }
}
