import Alarms
import Database
import Plant

/// Since when an alarm has called for an operator in vain: what the steps of its escalation count from, however often it
/// has become more and less urgent meanwhile.
struct Unanswered: Sendable {
    /// The first annunciation of each severity that was told and that nobody has acknowledged.
    private var firsts: [AlarmType: Instant] = [:]
    /// The same after a step was told, by its target and number.
    private var afterSteps: [Place: [AlarmType: Instant]] = [:]

    private struct Place: Hashable {
        let target: ID<DeliveryTarget>
        let step: Int
    }

    init() {}

    /// When the alarm was told first as at least so urgent; where the target has had the step, since then.
    func since(_ type: AlarmType, target: ID<DeliveryTarget>, step: Int) -> Instant? {
        let firsts = afterSteps[Place(target: target, step: step)] ?? firsts
        return firsts.filter { $0.key >= type }.values.min()
    }

    /// Goes on with an alert.
    ///
    /// - Parameters:
    ///   - transition: What it tells.
    ///   - committedAt: When that was decided.
    ///   - isTold: Whether any target is told of it.
    mutating func take(_ transition: AlarmTransition, committedAt: Instant, isTold: Bool) {
        switch transition.change {
        case .acknowledged, .closed, .suppressed: self = Unanswered()
        case .raised, .reraised, .escalated, .unsuppressed:
            guard isTold, transition.annunciates else { return }
            let told = [transition.alarm.type: committedAt]
            firsts.merge(told) { first, _ in first }
            afterSteps = afterSteps.mapValues { $0.merging(told) { first, _ in first } }
        case .deescalated, .causeAdded, .causeCleared, .returned: break
        }
    }
}

extension Unanswered {
    /// What is known of an alarm whose alerts are planned up to the cursor.
    init(_ alarm: ID<Alarm>, through cursor: Int64, in scope: OrganizationScope, _ reader: any SQLReader) throws {
        let answered: Int64 =
            try reader.query(
                """
                SELECT MAX(sequence) AS sequence
                FROM alert
                WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) AND sequence <= \(cursor)
                    AND change IN ('acknowledged', 'closed', 'suppressed')
                """
            ).first?.decode("sequence", as: Int64?.self) ?? 0
        func told(_ conditions: SQL) throws -> [AlarmType: Instant] {
            let rows = try reader.query(
                """
                SELECT d.severity,
                    MIN(CASE WHEN d.is_held THEN d.due_at ELSE a.committed_at END) AS committed_at
                FROM delivery d
                JOIN alert a ON a.organization_id = d.organization_id AND a.sequence = d.alert_sequence
                WHERE d.organization_id = \(scope.id) AND d.alarm_id = \(alarm) AND d.step = 0
                    AND d.state <> 'cancelled' AND +d.alert_sequence > \(answered)
                    AND a.change IN ('raised', 'reraised', 'escalated', 'unsuppressed')
                    \(conditions)
                GROUP BY d.severity
                """
            )
            return Dictionary(try rows.map { (try $0.decode("severity"), try $0.decode("committed_at")) }) { $1 }
        }
        firsts = try told("")
        let steps = try reader.query(
            """
            SELECT target_id, step, MAX(ended_at) AS ended_at
            FROM delivery
            WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) AND step > 0
                AND alert_sequence > \(answered) AND state IN ('delivered', 'digested', 'dead')
            GROUP BY target_id, step
            """
        )
        for row in steps {
            let endedAt: Instant = try row.decode("ended_at")
            afterSteps[Place(target: try row.decode("target_id"), step: try row.decode("step"))] =
                try told("AND a.committed_at > \(endedAt)")
        }
    }
}
