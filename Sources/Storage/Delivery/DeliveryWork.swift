import Database
package import Plant
package import Trust

/// Which organizations have something to deliver, and when: the server's own index over their alerts and deliveries.
///
/// It says nothing but that; what there is to do stands in the organization's own tables.
package struct DeliveryWork: Sendable {
    let database: any SQLDatabase

    /// Those whose time has come, the longest due first.
    package func organizations(dueAt now: Instant, in scope: SystemScope) async throws -> [ID<Organization>] {
        try await database.query(
            """
            SELECT organization_id
            FROM delivery_work
            WHERE due_at <= \(now)
            ORDER BY due_at, organization_id
            """
        ).map { try $0.decode("organization_id") }
    }

    /// Something is there to be planned: told by the very transaction that keeps an alert.
    static func note(at now: Instant, in scope: OrganizationScope, _ transaction: any SQLTransaction) throws {
        try transaction.execute(
            """
            INSERT INTO delivery_work (organization_id, due_at)
            VALUES (\(scope.id), \(now))
            ON CONFLICT (organization_id) DO UPDATE SET due_at = excluded.due_at
            WHERE delivery_work.due_at > excluded.due_at
            """
        )
    }

    /// Brings the index up to date with an organization's own tables; whoever changes them does it.
    static func refresh(in scope: OrganizationScope, _ transaction: any SQLTransaction) throws {
        let due: Instant? =
            try transaction.query(
                """
                SELECT MIN(next_attempt_at) AS due_at
                FROM delivery
                WHERE organization_id = \(scope.id) AND state = 'pending'
                """
            ).first?.decode("due_at", as: Instant?.self) ?? nil
        let unplanned: Instant? =
            try transaction.query(
                """
                SELECT l.committed_at
                FROM lane l
                LEFT JOIN delivery_cursor c ON c.organization_id = l.organization_id
                WHERE l.organization_id = \(scope.id) AND l.alert_sequence > COALESCE(c.alert_sequence, 0)
                """
            ).first?.decode("committed_at")
        try transaction.execute("DELETE FROM delivery_work WHERE organization_id = \(scope.id)")
        guard let next = [due, unplanned].compactMap(\.self).min() else { return }
        try transaction.execute(
            "INSERT INTO delivery_work (organization_id, due_at) VALUES (\(scope.id), \(next))"
        )
    }
}
