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
                "SELECT next_at AS due_at FROM training_schedule WHERE organization_id = \(scope.id)"
            ).first?.decode("due_at", as: Instant?.self) ?? nil
        try transaction.execute("DELETE FROM training_work WHERE organization_id = \(scope.id)")
        if let scheduled { dues.append(scheduled) }
        guard let due = dues.min() else { return }
        try transaction.execute(
            "INSERT INTO training_work (organization_id, due_at) VALUES (\(scope.id), \(due))"
        )
    }
}
