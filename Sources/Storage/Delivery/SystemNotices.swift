import Alarms
import Database
import FoundationEssentials
import Plant

/// Makes the deliveries that tell targets of one of Eagle's own alarms, in the transaction that keeps it.
struct SystemNotices {
    let alarm: SystemAlarm
    let scope: OrganizationScope
    let transaction: any SQLTransaction

    init(of alarm: SystemAlarm, in scope: OrganizationScope, _ transaction: any SQLTransaction) {
        self.alarm = alarm
        self.scope = scope
        self.transaction = transaction
    }

    /// What comes and goes is told of once within it; what came again and is still there then is told of at its end.
    private static let rest = Duration.seconds(3_600)

    /// That it is there, to whom the policy names.
    ///
    /// Not to the target that it is about: that takes nothing.
    func tell() throws {
        let system = try DeliveryPolicyStore.held(in: scope, transaction).system
        let targets = try DeliveryTargetStore.routed(in: scope, transaction).filter { target in
            let isItself = alarm.kind == .deliveryFailed && alarm.subject == target.name
            return !isItself && system.contains { $0.means(target) }
        }
        for target in targets {
            let due = try lastTold(to: target).map { $0 + Self.rest } ?? alarm.raisedAt
            try write(target.id, named: target.name, step: 0, at: max(due, alarm.raisedAt))
        }
        try DeliveryWork.refresh(in: scope, transaction)
    }

    /// That it is over, to whom is told, or was, that it is there; whose turn had not come is not told of it at all.
    func tellEnd(at now: Instant) throws {
        try transaction.execute(
            """
            UPDATE delivery
            SET state = 'cancelled', reason = 'it was over before it was due', ended_at = \(now)
            WHERE organization_id = \(scope.id) AND system_alarm_id = \(alarm.id) AND step = 0 AND state = 'pending'
                AND due_at > \(now)
            """
        )
        let told = try transaction.query(
            """
            SELECT target_id, target_name
            FROM delivery
            WHERE organization_id = \(scope.id) AND system_alarm_id = \(alarm.id) AND step = 0
                AND state IN ('pending', 'delivered')
            ORDER BY target_id
            """
        )
        for row in told {
            try write(try row.decode("target_id"), named: try row.decode("target_name"), step: 1, at: now)
        }
        try DeliveryWork.refresh(in: scope, transaction)
    }

    /// When it was last raised and told to the target, or is being told.
    private func lastTold(to target: RoutedTarget) throws -> Instant? {
        try transaction.query(
            """
            SELECT MAX(d.due_at) AS told_at
            FROM system_alarm s
            JOIN delivery d ON d.organization_id = s.organization_id AND d.system_alarm_id = s.id
            WHERE s.organization_id = \(scope.id) AND s.kind = \(alarm.kind) AND s.subject = \(alarm.subject)
                AND s.raised_at > \(alarm.raisedAt - Self.rest - Self.rest) AND d.target_id = \(target.id)
                AND d.step = 0 AND d.due_at <= \(alarm.raisedAt) AND d.state IN ('pending', 'delivered')
            """
        ).first?.decode("told_at")
    }

    private func write(_ target: ID<DeliveryTarget>, named name: String, step: Int, at now: Instant) throws {
        let key = "system.\(alarm.id).\(target).\(step)"
        try transaction.execute(
            """
            INSERT INTO delivery (
                organization_id, id, key, alert_sequence, system_alarm_id, target_id, target_name, step, severity,
                is_held, state, due_at, next_attempt_at, attempts, created_at
            )
            VALUES (
                \(scope.id), \(ID<DeliveryRecord>(UUID())), \(key), 0, \(alarm.id), \(target), \(name), \(step),
                \(AlarmType.critical), \(false), 'pending', \(now), \(now), 0, \(now)
            )
            ON CONFLICT (organization_id, key) DO NOTHING
            """
        )
    }
}
