package import Alarms
import Database
import FoundationEssentials
package import Plant

/// An organization's deliveries: what is to be sent, what was, and what was given up.
package struct DeliveryStore: Sendable {
    let database: any SQLDatabase

    /// A target with something to send now.
    package struct DueTarget: Hashable, Sendable {
        package let target: ID<DeliveryTarget>
        /// CRITICAL ones and digests, which wait for nobody.
        package let urgentCount: Int
        package let otherCount: Int
    }

    // MARK: - What is due

    /// Targets that something is due for, the longest waiting first.
    package func dueTargets(at now: Instant, in scope: OrganizationScope) async throws -> [DueTarget] {
        try await database.query(
            """
            SELECT d.target_id, COUNT(*) AS due_count, MIN(d.due_at) AS since,
                SUM(CASE WHEN d.severity = 'CRITICAL' OR d.step < 0 THEN 1 ELSE 0 END) AS urgent_count
            FROM delivery d
            WHERE d.organization_id = \(scope.id) AND d.state = 'pending' AND d.next_attempt_at <= \(now)
            GROUP BY d.target_id
            ORDER BY since, d.target_id
            """
        ).map { row in
            let urgentCount: Int = try row.decode("urgent_count")
            return DueTarget(
                target: try row.decode("target_id"),
                urgentCount: urgentCount,
                otherCount: try row.decode("due_count", as: Int.self) - urgentCount
            )
        }
    }

    /// What is due for a target, in the alerts' order.
    ///
    /// A notice of an alarm waits for the one before it to that target, where that was due as well, and for the digest
    /// that holds it; that it is CRITICAL now waits for nothing less urgent.
    package func due(
        for target: ID<DeliveryTarget>,
        isUrgent: Bool,
        at now: Instant,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> [DueDelivery] {
        let urgency: SQL =
            isUrgent
            ? "AND (d.severity = 'CRITICAL' OR d.step < 0)" : "AND NOT (d.severity = 'CRITICAL' OR d.step < 0)"
        return try await waiting(
            """
            \(urgency)
            AND NOT EXISTS (
                SELECT 1
                FROM delivery e
                WHERE e.organization_id = d.organization_id AND e.alarm_id = d.alarm_id
                    AND e.target_id = d.target_id AND e.state = 'pending' AND e.due_at <= \(now)
                    AND (e.alert_sequence < d.alert_sequence
                        OR e.alert_sequence = d.alert_sequence AND e.step < d.step)
                    AND NOT (d.severity = 'CRITICAL' AND e.severity <> 'CRITICAL' AND \(Self.isHeard))
            )
            AND (
                d.severity = 'CRITICAL' AND \(Self.isHeard)
                OR \(Self.noDigestIsBefore(for: target, in: scope))
            )
            AND \(Self.noSharingDigestIsBefore)
            AND NOT EXISTS (
                SELECT 1
                FROM delivery s
                WHERE s.organization_id = d.organization_id AND s.system_alarm_id = d.system_alarm_id
                    AND s.target_id = d.target_id AND s.state = 'pending' AND s.step < d.step
            )
            """,
            for: target,
            at: now,
            limit: limit,
            in: scope
        )
    }

    /// Whether the alert `a` says that the alarm is there.
    private static let isHeard: SQL = "a.change IN ('raised', 'reraised', 'escalated', 'causeAdded', 'unsuppressed')"

    /// Whether `w`, or the digest that stands for it, was taken by its target.
    private static let hasArrived: SQL =
        """
        w.state IN ('delivered', 'digested')
            AND (w.state = 'delivered' OR EXISTS (
                SELECT 1
                FROM delivery g
                WHERE g.organization_id = w.organization_id AND g.id = w.digest_id AND g.state = 'delivered'
            ))
        """

    /// What is pending for a target and may be tried again, with what it takes to judge it, in the alerts' order.
    ///
    /// However many wait, only those that are returned are judged.
    ///
    /// - Parameters:
    ///   - conditions: Of `delivery d` and its `alert a`.
    ///   - target: Whose.
    ///   - now: The time.
    ///   - limit: At most ``PageLimit/max``.
    ///   - scope: The target's organization.
    /// - Returns: In that order; one that waits for another only where the conditions leave it in.
    /// - Throws: `DatabaseError`, or ``StorageError`` with `.unreadable`.
    func waiting(
        _ conditions: SQL,
        for target: ID<DeliveryTarget>,
        at now: Instant,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> [DueDelivery] {
        try await database.query(
            """
            SELECT \(DeliveryRecord.columns), a.transition, a.committed_at,
                EXISTS (
                    SELECT 1
                    FROM delivery w
                    WHERE w.organization_id = d.organization_id AND w.alarm_id = d.alarm_id
                        AND w.target_id = d.target_id AND \(Self.hasArrived)
                        AND w.alert_sequence < d.alert_sequence
                ) AS was_told,
                EXISTS (
                    SELECT 1
                    FROM delivery w
                    WHERE w.organization_id = d.organization_id AND w.alarm_id = d.alarm_id
                        AND w.target_id = d.target_id AND \(Self.hasArrived)
                        AND w.alert_sequence > d.alert_sequence
                        AND (d.step = 0 AND w.step = 0
                            OR w.severity <> d.severity AND (w.severity = 'CRITICAL' OR d.severity = 'PREDICTIVE'))
                ) AS is_overtaken
            FROM delivery d
            LEFT JOIN alert a ON a.organization_id = d.organization_id AND a.sequence = d.alert_sequence
            WHERE d.organization_id = \(scope.id) AND d.id IN (
                SELECT d.id
                FROM delivery d
                LEFT JOIN alert a ON a.organization_id = d.organization_id AND a.sequence = d.alert_sequence
                WHERE d.organization_id = \(scope.id) AND d.target_id = \(target) AND d.state = 'pending'
                    AND d.next_attempt_at <= \(now)
                    \(conditions)
                ORDER BY d.alert_sequence, d.step, d.id
                LIMIT \(PageLimit.clamped(limit))
            )
            ORDER BY d.alert_sequence, d.step, d.id
            """
        ).map { row in
            let record = try DeliveryRecord(row: row)
            let json: String? = try row.decode("transition")
            let transition = try json.map { try JSONText.decoded(AlarmTransition.self, $0, from: "alert") }
            return DueDelivery(
                record: record,
                alert: try transition.map {
                    Alert(sequence: record.sequence, transition: $0, committedAt: try row.decode("committed_at"))
                },
                wasTold: try row.decode("was_told"),
                isOvertaken: try row.decode("is_overtaken")
            )
        }
    }

    // MARK: - What became of it

    /// The target took it, be it that it was given up while it was on its way.
    ///
    /// - Returns: False where it has another end.
    @discardableResult
    package func delivered(
        _ id: ID<DeliveryRecord>,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> Bool {
        let change: SQL = "state = 'delivered', attempts = attempts + 1, ended_at = \(now)"
        return try await end(id, change, from: "state IN ('pending', 'dead')", in: scope)
    }

    /// It is not needed any more.
    package func cancel(
        _ id: ID<DeliveryRecord>,
        because reason: String,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        try await end(id, "state = 'cancelled', reason = \(reason), ended_at = \(now)", in: scope)
    }

    /// The target did not take it.
    ///
    /// - Parameters:
    ///   - id: Which.
    ///   - error: In words that hold no secret.
    ///   - retry: What follows.
    ///   - now: The time.
    ///   - scope: Whose it is.
    /// - Returns: False where it has an end already: its target was removed while it was on its way.
    /// - Throws: `DatabaseError`.
    @discardableResult
    package func failed(
        _ id: ID<DeliveryRecord>,
        because error: String,
        _ retry: DeliveryRetry,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> Bool {
        let attempts: SQL =
            "attempts = attempts + 1, first_attempt_at = COALESCE(first_attempt_at, \(now)), last_error = \(error)"
        switch retry {
        case .again(let next): return try await end(id, "\(attempts), next_attempt_at = \(next)", in: scope)
        case .giveUp: return try await end(id, "\(attempts), state = 'dead', ended_at = \(now)", in: scope)
        }
    }

    /// Has what a target did not take tried again now, however long it was to rest.
    ///
    /// What is not due yet waits for its time.
    package func hurry(for target: ID<DeliveryTarget>, at now: Instant, in scope: OrganizationScope) async throws {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let changed = try transaction.execute(
                """
                UPDATE delivery
                SET next_attempt_at = \(now)
                WHERE organization_id = \(scope.id) AND target_id = \(target) AND state = 'pending'
                    AND next_attempt_at > \(now) AND due_at <= \(now)
                """
            )
            if changed > 0 { try DeliveryWork.refresh(in: scope, transaction) }
        }
    }

    /// Gives up all that has waited too long for a target that has taken nothing since.
    ///
    /// - Returns: How many.
    @discardableResult
    package func giveUp(
        for target: ID<DeliveryTarget>,
        dueBefore instant: Instant,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> Int {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let changed = try transaction.execute(
                """
                UPDATE delivery
                SET state = 'dead', ended_at = \(now),
                    last_error = COALESCE(last_error, 'the target took nothing for too long')
                WHERE organization_id = \(scope.id) AND target_id = \(target) AND state = 'pending'
                    AND due_at < \(instant)
                    AND NOT EXISTS (
                        SELECT 1
                        FROM delivery w
                        WHERE w.organization_id = \(scope.id) AND w.target_id = \(target)
                            AND w.state = 'delivered' AND w.ended_at >= \(instant)
                    )
                """
            )
            try DeliveryWork.refresh(in: scope, transaction)
            return changed
        }
    }

    @discardableResult
    private func end(
        _ id: ID<DeliveryRecord>,
        _ change: SQL,
        from states: SQL = "state = 'pending'",
        in scope: OrganizationScope
    ) async throws -> Bool {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let changed = try transaction.execute(
                """
                UPDATE delivery
                SET \(change)
                WHERE organization_id = \(scope.id) AND id = \(id) AND \(states)
                """
            )
            try DeliveryWork.refresh(in: scope, transaction)
            return changed == 1
        }
    }
}
