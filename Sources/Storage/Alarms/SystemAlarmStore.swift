package import Alarms
import Database
package import Plant

/// What an organization's admins are told of Eagle itself.
package struct SystemAlarmStore: Sendable {
    let database: any SQLDatabase

    private static let columns: SQL = "id, kind, subject, message, raised_at, cleared_at"

    /// Keeps an alarm, if none is open for its kind and subject, and what tells targets of it.
    ///
    /// - Returns: Whether it is new: to be told now.
    package func raise(_ alarm: SystemAlarm, in scope: OrganizationScope) async throws -> Bool {
        try await database.transaction(of: scope.id.rawValue) { try Self.raise(alarm, in: scope, $0) }
    }

    static func raise(
        _ alarm: SystemAlarm,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> Bool {
        let open = try transaction.query(
            """
            SELECT id
            FROM system_alarm
            WHERE organization_id = \(scope.id) AND kind = \(alarm.kind) AND subject = \(alarm.subject)
                AND cleared_at IS NULL
            """
        )
        guard open.isEmpty else { return false }
        try transaction.execute(
            """
            INSERT INTO system_alarm (organization_id, id, kind, subject, message, raised_at)
            VALUES (
                \(scope.id), \(alarm.id), \(alarm.kind), \(alarm.subject), \(alarm.message), \(alarm.raisedAt)
            )
            """
        )
        try SystemNotices(of: alarm, in: scope, transaction).tell()
        return true
    }

    /// Clears what is open of a kind, or of its one subject.
    ///
    /// - Returns: What was cleared by it, to be told now.
    package func clear(
        _ kind: SystemAlarm.Kind,
        subject: String? = nil,
        at instant: Instant,
        in scope: OrganizationScope
    ) async throws -> [SystemAlarm] {
        try await database.transaction(of: scope.id.rawValue) {
            try Self.clear(kind, subject: subject, at: instant, in: scope, $0)
        }
    }

    static func clear(
        _ kind: SystemAlarm.Kind,
        subject: String? = nil,
        at instant: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> [SystemAlarm] {
        let ofSubject: SQL = subject.map { "AND subject = \($0)" } ?? ""
        let open = try transaction.query(
            """
            SELECT \(Self.columns)
            FROM system_alarm
            WHERE organization_id = \(scope.id) AND kind = \(kind) AND cleared_at IS NULL \(ofSubject)
            """
        )
        guard !open.isEmpty else { return [] }
        try transaction.execute(
            """
            UPDATE system_alarm
            SET cleared_at = \(instant)
            WHERE organization_id = \(scope.id) AND kind = \(kind) AND cleared_at IS NULL \(ofSubject)
            """
        )
        let cleared = try open.map { row in
            var alarm = try SystemAlarm(row: row)
            alarm.clearedAt = instant
            return alarm
        }
        for alarm in cleared { try SystemNotices(of: alarm, in: scope, transaction).tellEnd(at: instant) }
        return cleared.sorted { ($0.raisedAt, $0.id) < ($1.raisedAt, $1.id) }
    }

    package func byID(_ id: ID<SystemAlarm>, in scope: OrganizationScope) async throws -> SystemAlarm? {
        try await database.query(
            """
            SELECT \(Self.columns)
            FROM system_alarm
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map(SystemAlarm.init(row:))
    }

    /// Open ones first, each part from the newest; at most ``PageLimit/max``.
    package func newest(limit: Int, in scope: OrganizationScope) async throws -> [SystemAlarm] {
        let limit = PageLimit.clamped(limit)
        return try await database.read { reader in
            // Each part by an index of its own, instead of all there ever was, sorted.
            let open = try reader.query(
                """
                SELECT \(Self.columns)
                FROM system_alarm
                WHERE organization_id = \(scope.id) AND cleared_at IS NULL
                ORDER BY raised_at DESC, id DESC
                LIMIT \(limit)
                """
            )
            guard open.count < limit else { return open }
            let over = try reader.query(
                """
                SELECT \(Self.columns)
                FROM system_alarm
                WHERE organization_id = \(scope.id) AND cleared_at IS NOT NULL
                ORDER BY raised_at DESC, id DESC
                LIMIT \(limit - open.count)
                """
            )
            return open + over
        }.map(SystemAlarm.init(row:))
    }
}

extension SystemAlarm {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.decode("id"),
            kind: try row.decode("kind"),
            subject: try row.decode("subject"),
            message: try row.decode("message"),
            raisedAt: try row.decode("raised_at"),
            clearedAt: try row.decode("cleared_at")
        )
    }
}
