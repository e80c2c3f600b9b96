package import Alarms
import Database
package import Plant

extension DeliveryStore {
    /// One that is to stand for several.
    package struct Digest: Sendable {
        package let id: ID<DeliveryRecord>
        /// In their order.
        package let members: [DeliveryRecord]

        package init(id: ID<DeliveryRecord>, members: [DeliveryRecord]) {
            self.id = id
            self.members = members
        }
    }

    /// What is due for a target, is not CRITICAL, and could be told together: in the alerts' order, the later ones of an
    /// alarm as well.
    ///
    /// Left out is what waits for an earlier one of its alarm that can't go along.
    package func digestible(
        for target: ID<DeliveryTarget>,
        at now: Instant,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> [DueDelivery] {
        try await waiting(
            """
            AND d.step >= 0 AND d.severity <> 'CRITICAL'
            AND NOT EXISTS (
                SELECT 1
                FROM delivery e
                WHERE e.organization_id = d.organization_id AND e.alarm_id = d.alarm_id
                    AND e.target_id = d.target_id AND e.state = 'pending' AND e.due_at <= \(now)
                    AND (e.alert_sequence < d.alert_sequence
                        OR e.alert_sequence = d.alert_sequence AND e.step < d.step)
                    AND (e.severity = 'CRITICAL' OR e.next_attempt_at > \(now))
            )
            AND \(Self.noDigestIsBefore(for: target, in: scope))
            """,
            for: target,
            at: now,
            limit: limit,
            in: scope
        )
    }

    /// Whether no digest that waits for the target holds an earlier one of the alarm of `d`.
    ///
    /// - Complexity: What was digested of that alarm, however much the digests that wait hold.
    static func noDigestIsBefore(for target: ID<DeliveryTarget>, in scope: OrganizationScope) -> SQL {
        """
        NOT EXISTS (
            SELECT 1
            FROM delivery n
            WHERE n.organization_id = d.organization_id AND n.alarm_id = d.alarm_id AND n.target_id = d.target_id
                AND n.state = 'digested'
                AND (n.alert_sequence < d.alert_sequence
                    OR n.alert_sequence = d.alert_sequence AND n.step < d.step)
                AND n.digest_id IN (
                    SELECT g.id
                    FROM delivery g
                    WHERE g.organization_id = \(scope.id) AND g.target_id = \(target) AND g.state = 'pending'
                        AND g.step < 0
                )
        )
        """
    }

    /// Whether no digest that waits, and was made before the digest `d`, holds one of an alarm of which `d` does.
    ///
    /// - Complexity: What was digested of the alarms of `d`, which is asked alarm by alarm.
    static let noSharingDigestIsBefore: SQL =
        """
        NOT EXISTS (
            SELECT 1
            FROM delivery m
            JOIN delivery n ON n.organization_id = m.organization_id AND n.alarm_id = m.alarm_id
                AND n.target_id = m.target_id AND n.state = 'digested'
            WHERE m.organization_id = d.organization_id AND m.digest_id = d.id
                AND EXISTS (
                    SELECT 1
                    FROM delivery g
                    WHERE g.organization_id = n.organization_id AND g.id = n.digest_id AND g.state = 'pending'
                        AND (g.created_at, g.alert_sequence, g.id) < (d.created_at, d.alert_sequence, d.id)
                )
        )
        """

    /// Puts digests in the place of what they stand for, all of it or nothing; what isn't pending any more is in none.
    package func digest(
        _ digests: [Digest],
        for target: ID<DeliveryTarget>,
        named name: String,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            for digest in digests {
                var last: Int64?
                for member in digest.members {
                    let changed = try transaction.execute(
                        """
                        UPDATE delivery
                        SET state = 'digested', digest_id = \(digest.id), ended_at = \(now)
                        WHERE organization_id = \(scope.id) AND id = \(member.id) AND target_id = \(target)
                            AND state = 'pending'
                        """
                    )
                    if changed == 1 { last = max(last ?? 0, member.sequence) }
                }
                guard let last else { continue }
                try transaction.execute(
                    """
                    INSERT INTO delivery (
                        organization_id, id, key, alert_sequence, target_id, target_name, step, severity, is_held, state,
                        due_at, next_attempt_at, attempts, created_at
                    )
                    VALUES (
                        \(scope.id), \(digest.id), \("digest.\(digest.id)"), \(last), \(target), \(name), -1,
                        \(AlarmType.warning), \(false), 'pending', \(now), \(now), 0, \(now)
                    )
                    """
                )
            }
            try DeliveryWork.refresh(in: scope, transaction)
        }
    }

    /// What a digest stands for: at most so many, in their order, each under its own key, and how many there are.
    package func digested(
        by id: ID<DeliveryRecord>,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> (members: [Notice.Digested], count: Int) {
        try await database.read { reader in
            let count: Int =
                try reader.query(
                    """
                    SELECT COUNT(*) AS digested
                    FROM delivery
                    WHERE organization_id = \(scope.id) AND digest_id = \(id)
                    """
                ).first?.decode("digested") ?? 0
            let members = try reader.query(
                """
                SELECT d.key, d.step, a.sequence, a.transition, a.committed_at
                FROM delivery d
                JOIN alert a ON a.organization_id = d.organization_id AND a.sequence = d.alert_sequence
                WHERE d.organization_id = \(scope.id) AND d.digest_id = \(id)
                ORDER BY d.alert_sequence, d.step, d.id
                LIMIT \(PageLimit.clamped(limit))
                """
            ).map { row in
                Notice.Digested(key: try row.decode("key"), step: try row.decode("step"), alert: try Alert(row: row))
            }
            return (members, count)
        }
    }
}
