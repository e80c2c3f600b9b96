package import Alarms
import Database
package import Plant

extension DeliveryStore {
    /// Which deliveries are asked for; nothing set is all of them.
    package struct Filter: Hashable, Sendable {
        package var state: DeliveryRecord.State?
        package var target: ID<DeliveryTarget>?

        package init(state: DeliveryRecord.State? = nil, target: ID<DeliveryTarget>? = nil) {
            self.state = state
            self.target = target
        }
    }

    package func byID(_ id: ID<DeliveryRecord>, in scope: OrganizationScope) async throws -> DeliveryRecord? {
        try await database.query(
            """
            SELECT \(DeliveryRecord.columns)
            FROM delivery d
            WHERE d.organization_id = \(scope.id) AND d.id = \(id)
            """
        ).first.map(DeliveryRecord.init(row:))
    }

    /// Newest first, at most ``PageLimit/max`` of them, from where ``Page/next`` of the page before says.
    ///
    /// - Throws: ``StorageError`` with `.invalidKey`.
    package func page(
        _ filter: Filter = Filter(),
        after key: String? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> Page<DeliveryRecord> {
        let limit = PageLimit.clamped(limit)
        var conditions: [SQL] = []
        if let state = filter.state { conditions.append("AND d.state = \(state)") }
        if let target = filter.target { conditions.append("AND d.target_id = \(target)") }
        if let key {
            let place = try PageKey(key)
            conditions.append("AND (d.created_at, d.id) < (\(place.instant), \(place.rest))")
        }
        let found = try await database.query(
            """
            SELECT \(DeliveryRecord.columns)
            FROM delivery d
            WHERE d.organization_id = \(scope.id) \(SQL.joined(conditions, by: " "))
            ORDER BY d.created_at DESC, d.id DESC
            LIMIT \(limit + 1)
            """
        ).map(DeliveryRecord.init(row:))
        let page = Array(found.prefix(limit))
        guard found.count > limit, let last = page.last else { return Page(elements: page, next: nil) }
        return Page(elements: page, next: PageKey(last.createdAt, last.id.description).text)
    }

    /// How many deliveries are in each state; none of a state is left out.
    package func counts(in scope: OrganizationScope) async throws -> [DeliveryRecord.State: Int] {
        let rows = try await database.query(
            """
            SELECT state, COUNT(*) AS deliveries
            FROM delivery
            WHERE organization_id = \(scope.id)
            GROUP BY state
            """
        )
        return Dictionary(try rows.map { (try $0.decode("state"), try $0.decode("deliveries")) }) { $1 }
    }

    /// How many deliveries are in one state.
    package func count(of state: DeliveryRecord.State, in scope: OrganizationScope) async throws -> Int {
        try await database.query(
            """
            SELECT COUNT(*) AS deliveries
            FROM delivery
            WHERE organization_id = \(scope.id) AND state = \(state)
            """
        ).first?.decode("deliveries") ?? 0
    }

    /// Sends a dead letter anew, with all its attempts before it, under its old key; behind it comes what has become of
    /// its alarms since, which was called off as its target had not been told of them.
    ///
    /// - Returns: Whether it was dead; nil where the organization has no such delivery.
    package func retry(_ id: ID<DeliveryRecord>, at now: Instant, in scope: OrganizationScope) async throws -> Bool? {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let found = try transaction.query(
                "SELECT id FROM delivery WHERE organization_id = \(scope.id) AND id = \(id)"
            )
            guard !found.isEmpty else { return nil }
            let changed = try transaction.execute(
                """
                UPDATE delivery
                SET state = 'pending', due_at = \(now), next_attempt_at = \(now), attempts = 0,
                    first_attempt_at = NULL, ended_at = NULL
                WHERE organization_id = \(scope.id) AND id = \(id) AND state = 'dead'
                    AND EXISTS (
                        SELECT 1
                        FROM delivery_target t
                        WHERE t.organization_id = \(scope.id) AND t.id = delivery.target_id
                    )
                """
            )
            if changed == 1 { try revive(behind: id, at: now, in: scope, transaction) }
            try DeliveryWork.refresh(in: scope, transaction)
            return changed == 1
        }
    }

    /// What was called off for want of a delivery, or of one that it stands for, waits again.
    private func revive(
        behind id: ID<DeliveryRecord>,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        let revived = try transaction.query(
            """
            SELECT alarm_id, target_id, MIN(alert_sequence) AS sequence
            FROM (
                SELECT alarm_id, target_id, alert_sequence
                FROM delivery
                WHERE organization_id = \(scope.id) AND id = \(id)
                UNION ALL
                SELECT alarm_id, target_id, alert_sequence
                FROM delivery
                WHERE organization_id = \(scope.id) AND digest_id = \(id)
            ) r
            WHERE alarm_id IS NOT NULL
            GROUP BY alarm_id, target_id
            """
        )
        for row in revived {
            let alarm: ID<Alarm> = try row.decode("alarm_id")
            let target: ID<DeliveryTarget> = try row.decode("target_id")
            let sequence: Int64 = try row.decode("sequence")
            try transaction.execute(
                """
                UPDATE delivery
                SET state = 'pending', reason = NULL, due_at = \(now), next_attempt_at = \(now), attempts = 0,
                    first_attempt_at = NULL, ended_at = NULL
                WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) AND target_id = \(target)
                    AND state = 'cancelled' AND +reason = \(DeliveryVerdict.untold) AND alert_sequence > \(sequence)
                """
            )
        }
    }

    /// What ended long ago and nobody needs any more: of what is open it stays known whom its end is owed to.
    private static func forgettable(_ scope: OrganizationScope, endedBefore instant: Instant) -> SQL {
        """
        FROM delivery d
        WHERE d.organization_id = \(scope.id) AND d.state <> 'pending' AND d.created_at < \(instant)
            AND d.ended_at < \(instant)
            AND NOT EXISTS (
                SELECT 1
                FROM alarm l
                WHERE l.organization_id = d.organization_id AND l.id = d.alarm_id AND l.is_open = 1
            )
            AND NOT EXISTS (
                SELECT 1
                FROM delivery m
                JOIN alarm l ON l.organization_id = m.organization_id AND l.id = m.alarm_id AND l.is_open = 1
                WHERE m.organization_id = d.organization_id AND m.digest_id = d.id
            )
            AND NOT EXISTS (
                SELECT 1
                FROM system_alarm s
                WHERE s.organization_id = d.organization_id AND s.id = d.system_alarm_id AND s.cleared_at IS NULL
            )
        ORDER BY d.created_at, d.id
        """
    }

    /// Forgets what ended long ago, at most so many at once; what was told of something that is open still is kept.
    ///
    /// - Returns: How many.
    @discardableResult
    package func purge(endedBefore instant: Instant, limit: Int, in scope: OrganizationScope) async throws -> Int {
        // Where there is nothing to forget nobody has to wait for a transaction.
        let first = try await database.query(
            """
            SELECT d.id
            \(Self.forgettable(scope, endedBefore: instant))
            LIMIT 1
            """
        )
        guard !first.isEmpty else { return 0 }
        return try await database.transaction(of: scope.id.rawValue) { transaction in
            try transaction.execute(
                """
                DELETE FROM delivery
                WHERE organization_id = \(scope.id) AND id IN (
                    SELECT d.id
                    \(Self.forgettable(scope, endedBefore: instant))
                    LIMIT \(PageLimit.clamped(limit))
                )
                """
            )
        }
    }
}
