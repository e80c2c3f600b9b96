package import Alarms
import Database
import FoundationEssentials
package import Plant

extension DeliveryStore {
    /// How a look at the outbox went.
    package enum Planning: Hashable, Sendable {
        /// So many alerts have their deliveries now, and there may be more.
        case planned(Int, isMore: Bool)
        /// The policy has changed, or somebody else has planned: look again.
        case overtaken
    }

    private static let alertCountMax = 64

    /// Makes the deliveries of the alerts that have none yet, calls off those that they make needless, and moves the
    /// cursor: all of it or nothing.
    ///
    /// - Parameters:
    ///   - plan: Of the policy that holds.
    ///   - version: The policy's.
    ///   - now: The time.
    ///   - scope: Whose alerts.
    /// - Returns: Whether there may be more.
    /// - Throws: `DatabaseError`, or ``StorageError`` with `.unreadable`.
    package func plan(
        with plan: DeliveryPlan,
        version: Int,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> Planning {
        let escalates = plan.policy.routes.contains { !$0.escalation.isEmpty }
        let outbox = try await database.read {
            try Outbox(scope, $0, alertCountMax: Self.alertCountMax, escalates: escalates)
        }
        guard outbox.last > outbox.cursor else {
            // A look that finds nothing new writes nothing.
            if try await database.read({ try DeliveryWork.isCurrent(in: scope, $0) }) {
                return .planned(0, isMore: false)
            }
            try await database.transaction(of: scope.id.rawValue) { try DeliveryWork.refresh(in: scope, $0) }
            return .planned(0, isMore: false)
        }
        var book = DeliveryBook(pending: outbox.pending, unanswered: outbox.unanswered)
        for entry in outbox.alerts { book.take(entry, plan: plan, targets: outbox.targets) }
        let (fresh, calledOff, end) = (book.fresh, book.calledOff, outbox.end)
        let names = Dictionary(outbox.targets.map { ($0.id, $0.name) }) { first, _ in first }
        return try await database.transaction(of: scope.id.rawValue) { transaction in
            guard try DeliveryPolicyStore.version(in: scope, transaction) == version,
                try Outbox.cursor(in: scope, transaction) == outbox.cursor
            else { return .overtaken }
            for delivery in fresh { try write(delivery, to: names, at: now, in: scope, transaction) }
            for (id, reason) in calledOff {
                try transaction.execute(
                    """
                    UPDATE delivery
                    SET state = 'cancelled', reason = \(reason), ended_at = \(now)
                    WHERE organization_id = \(scope.id) AND id = \(id) AND state = 'pending'
                    """
                )
            }
            try transaction.execute(
                """
                INSERT INTO delivery_cursor (organization_id, alert_sequence)
                VALUES (\(scope.id), \(end))
                ON CONFLICT (organization_id) DO UPDATE SET alert_sequence = excluded.alert_sequence
                """
            )
            try DeliveryWork.refresh(in: scope, transaction)
            return .planned(outbox.alerts.count, isMore: end < outbox.last)
        }
    }

    private func write(
        _ delivery: DeliveryBook.Fresh,
        to names: [ID<DeliveryTarget>: String],
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        let planned = delivery.planned
        let key = PlannedDelivery.key(
            organization: scope.id,
            sequence: delivery.sequence,
            target: planned.target,
            step: planned.step
        )
        let state = delivery.calledOff == nil ? DeliveryRecord.State.pending : .cancelled
        try transaction.execute(
            """
            INSERT INTO delivery (
                organization_id, id, key, alert_sequence, alarm_id, target_id, target_name, step, route, severity,
                is_held, state, reason, due_at, next_attempt_at, attempts, ended_at, created_at
            )
            VALUES (
                \(scope.id), \(delivery.id), \(key), \(delivery.sequence), \(delivery.transition.alarm.id),
                \(planned.target), \(names[planned.target] ?? ""), \(planned.step), \(planned.route),
                \(delivery.transition.alarm.type), \(planned.isHeld), \(state), \(delivery.calledOff),
                \(planned.dueAt), \(planned.dueAt), 0, \(delivery.calledOff == nil ? nil : now), \(now)
            )
            ON CONFLICT (organization_id, key) DO NOTHING
            """
        )
    }
}

/// What planning starts from: alerts behind the cursor, and what is pending for their alarms.
private struct Outbox: Sendable {
    let cursor: Int64
    /// The newest alert's number.
    let last: Int64
    let targets: [RoutedTarget]
    let alerts: [DeliveryBook.Entry]
    let pending: [DeliveryBook.Pending]
    /// Of the alarms that were told before, and whose steps are to be planned; none where no route has any.
    let unanswered: [ID<Alarm>: Unanswered]

    /// Where the cursor is afterwards; with no target there is nothing to plan, however many alerts.
    var end: Int64 { targets.isEmpty ? last : alerts.last?.sequence ?? last }

    init(_ scope: OrganizationScope, _ reader: any SQLReader, alertCountMax: Int, escalates: Bool) throws {
        cursor = try Self.cursor(in: scope, reader)
        last =
            try reader.query(
                "SELECT alert_sequence FROM lane WHERE organization_id = \(scope.id)"
            ).first?.decode("alert_sequence") ?? 0
        targets = try DeliveryTargetStore.routed(in: scope, reader)
        guard last > cursor else {
            (alerts, pending, unanswered) = ([], [], [:])
            return
        }
        // Where the last target is gone, what is pending is gone with it.
        guard !targets.isEmpty else {
            (alerts, pending, unanswered) = ([], [], [:])
            return
        }
        alerts = try reader.query(
            """
            SELECT sequence, transition, committed_at
            FROM alert
            WHERE organization_id = \(scope.id) AND sequence > \(cursor)
            ORDER BY sequence
            LIMIT \(alertCountMax)
            """
        ).map { row in
            let alert = try Alert(row: row)
            return DeliveryBook.Entry(
                sequence: alert.sequence,
                transition: alert.transition,
                committedAt: try row.decode("committed_at")
            )
        }
        pending = try Set(alerts.map(\.transition.alarm.id)).sorted().flatMap { alarm in
            try reader.query(
                """
                SELECT d.id, d.target_id, d.step, d.is_held, d.due_at, a.transition, a.committed_at
                FROM delivery d
                JOIN alert a ON a.organization_id = d.organization_id AND a.sequence = d.alert_sequence
                WHERE d.organization_id = \(scope.id) AND d.alarm_id = \(alarm) AND +d.state = 'pending'
                    AND (d.step > 0 OR d.is_held = \(true))
                """
            ).map(DeliveryBook.Pending.init(row:))
        }
        guard escalates else {
            unanswered = [:]
            return
        }
        let (transitions, planned) = (alerts.map(\.transition), cursor)
        let again = transitions.filter { $0.change != .raised && ($0.annunciates || $0.change == .deescalated) }
        unanswered = try Dictionary(
            uniqueKeysWithValues: Set(again.map(\.alarm.id)).map {
                ($0, try Unanswered($0, through: planned, in: scope, reader))
            }
        )
    }

    static func cursor(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Int64 {
        try reader.query(
            "SELECT alert_sequence FROM delivery_cursor WHERE organization_id = \(scope.id)"
        ).first?.decode("alert_sequence") ?? 0
    }
}

extension DeliveryBook.Pending {
    fileprivate init(row: SQLRow) throws {
        let json: String = try row.decode("transition")
        self.init(
            id: try row.decode("id"),
            target: try row.decode("target_id"),
            step: try row.decode("step"),
            isHeld: try row.decode("is_held"),
            dueAt: try row.decode("due_at"),
            transition: try JSONText.decoded(AlarmTransition.self, json, from: "alert"),
            committedAt: try row.decode("committed_at")
        )
    }
}
