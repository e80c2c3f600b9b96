package import Alarms
import Database
package import Plant

/// That one target is, or was, to be told of something, and what became of it.
package struct DeliveryRecord: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case pending
        /// The target took it.
        case delivered
        /// Given up, and waiting for an admin.
        case dead
        /// Not needed any more when its time came.
        case cancelled
        /// Another one stands for it.
        case digested
    }

    /// What it tells of.
    package enum Kind: Hashable, Sendable {
        case first
        /// From 1.
        case escalation(step: Int)
        /// Several that came too fast to be told one by one.
        case digest
        /// One of Eagle's own alarms, or that it is over.
        case system(isOver: Bool)
    }

    package let id: ID<DeliveryRecord>
    /// The same however often it is sent: what its receiver knows a repetition by.
    package let key: String
    /// The alert's number; of a digest that of the last it stands for, 0 of one of Eagle's own alarms.
    package let sequence: Int64
    /// None of a digest, or of Eagle's own.
    package let alarm: ID<Alarm>?
    package let systemAlarm: ID<SystemAlarm>?
    package let target: ID<DeliveryTarget>
    /// As it was when this was planned.
    package let targetName: String
    package let kind: Kind
    /// By id; none of a digest, or of Eagle's own alarms.
    package let route: String?
    package let severity: AlarmType
    /// Whether quiet hours put it off.
    package let isHeld: Bool
    package let state: State
    /// Why it was cancelled.
    package let reason: String?
    package let dueAt: Instant
    package let nextAttemptAt: Instant
    package let attempts: Int
    /// When it first failed; nil while it has not.
    package let firstAttemptAt: Instant?
    package let lastError: String?
    /// When it was delivered, cancelled or given up.
    package let endedAt: Instant?
    /// The one that stands for it.
    package let digest: ID<DeliveryRecord>?
    package let createdAt: Instant

    static let columns: SQL = """
        d.id, d.key, d.alert_sequence, d.alarm_id, d.target_id, d.target_name, d.step, d.route, d.severity, d.is_held,
        d.state, d.reason, d.due_at, d.next_attempt_at, d.attempts, d.first_attempt_at, d.last_error, d.ended_at,
        d.digest_id, d.created_at, d.system_alarm_id
        """

    init(row: SQLRow) throws {
        id = try row.decode("id")
        key = try row.decode("key")
        sequence = try row.decode("alert_sequence")
        alarm = try row.decode("alarm_id")
        target = try row.decode("target_id")
        targetName = try row.decode("target_name")
        systemAlarm = try row.decode("system_alarm_id")
        let step: Int = try row.decode("step")
        if systemAlarm != nil {
            kind = .system(isOver: step > 0)
        } else {
            kind = step < 0 ? .digest : step == 0 ? .first : .escalation(step: step)
        }
        route = try row.decode("route")
        severity = try row.decode("severity")
        isHeld = try row.decode("is_held")
        state = try row.decode("state")
        reason = try row.decode("reason")
        dueAt = try row.decode("due_at")
        nextAttemptAt = try row.decode("next_attempt_at")
        attempts = try row.decode("attempts")
        firstAttemptAt = try row.decode("first_attempt_at")
        lastError = try row.decode("last_error")
        endedAt = try row.decode("ended_at")
        digest = try row.decode("digest_id")
        createdAt = try row.decode("created_at")
    }

    package var step: Int {
        switch kind {
        case .first: 0
        case .escalation(let step): step
        case .digest: -1
        case .system(let isOver): isOver ? 1 : 0
        }
    }
}

/// A delivery whose time has come, with what it takes to judge and send it.
package struct DueDelivery: Hashable, Sendable {
    package let record: DeliveryRecord
    /// What it tells; of a digest the last of them, none of Eagle's own alarms.
    package let alert: Alert?
    /// Whether the target was told of the alarm before, by an alert of a lower number.
    package let wasTold: Bool
    /// Whether the target was told since, by an alert of a higher number, how the alarm went on.
    package let isOvertaken: Bool
}
