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
        let next = try wanted(in: scope, transaction)
        guard try next != kept(in: scope, transaction) else { return }
        try transaction.execute("DELETE FROM delivery_work WHERE organization_id = \(scope.id)")
        guard let next else { return }
        try transaction.execute(
            "INSERT INTO delivery_work (organization_id, due_at) VALUES (\(scope.id), \(next))"
        )
    }

    /// Whether the index says of an organization what its own tables do.
    static func isCurrent(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Bool {
        try wanted(in: scope, reader) == kept(in: scope, reader)
    }

    private static func kept(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Instant? {
        try reader.query(
            "SELECT due_at FROM delivery_work WHERE organization_id = \(scope.id)"
        ).first?.decode("due_at")
    }

    /// When the next thing is to be done: something is due, or there are alerts that nobody has planned.
    private static func wanted(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Instant? {
        let due: Instant? =
            try reader.query(
                """
                SELECT MIN(next_attempt_at) AS due_at
                FROM delivery
                WHERE organization_id = \(scope.id) AND state = 'pending'
                """
            ).first?.decode("due_at", as: Instant?.self) ?? nil
        let unplanned: Instant? =
            try reader.query(
                """
                SELECT l.committed_at
                FROM lane l
                LEFT JOIN delivery_cursor c ON c.organization_id = l.organization_id
                WHERE l.organization_id = \(scope.id) AND l.alert_sequence > COALESCE(c.alert_sequence, 0)
                """
            ).first?.decode("committed_at")
        return [due, unplanned].compactMap(\.self).min()
    }
}
