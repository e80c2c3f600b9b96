package import Alarms
import Database
package import Plant

/// What an organization's subscribers were told, by number.
package struct AlertStore: Sendable {
    let database: any SQLDatabase

    /// Those after a number, in order, at most ``PageLimit/max``: what a subscriber missed who saw that number last.
    package func after(_ sequence: Int64, limit: Int, in scope: OrganizationScope) async throws -> [Alert] {
        try await database.query(
            """
            SELECT sequence, transition, committed_at
            FROM alert
            WHERE organization_id = \(scope.id) AND sequence > \(sequence)
            ORDER BY sequence
            LIMIT \(PageLimit.clamped(limit))
            """
        ).map(Alert.init(row:))
    }

    /// The alert that told of the first prediction that joined an alarm, or else of its raising, with when it was
    /// committed; nil where neither is kept.
    ///
    /// - Complexity: One alert's memory, however often the alarm came and went.
    package func decision(
        on alarm: ID<Alarm>,
        in scope: OrganizationScope
    ) async throws -> (alert: Alert, committedAt: Instant)? {
        var raised: (alert: Alert, committedAt: Instant)?
        var sequence: Int64 = 0
        while true {
            let page = try await database.query(
                """
                SELECT sequence, transition, committed_at
                FROM alert
                WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) AND sequence > \(sequence)
                ORDER BY sequence
                LIMIT \(PageLimit.max)
                """
            )
            for row in page {
                let alert = try Alert(row: row)
                sequence = alert.sequence
                if alert.transition.bringsPrediction { return (alert, try row.decode("committed_at")) }
                if raised == nil, alert.transition.change == .raised {
                    raised = (alert, try row.decode("committed_at"))
                }
            }
            if page.count < PageLimit.max { return raised }
        }
    }

    /// What one asset's alarms went through up to a number, oldest first, with when each was committed.
    package func history(
        ofAsset asset: String,
        upTo sequence: Int64,
        in scope: OrganizationScope
    ) async throws -> [(alert: Alert, committedAt: Instant)] {
        try await database.query(
            """
            SELECT t.sequence, t.transition, t.committed_at
            FROM asset a
            JOIN alarm l ON l.organization_id = a.organization_id AND l.asset_id = a.id
            JOIN alert t ON t.organization_id = l.organization_id AND t.alarm_id = l.id
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset) AND t.sequence <= \(sequence)
            ORDER BY t.sequence
            """
        ).map { (try Alert(row: $0), try $0.decode("committed_at")) }
    }

    /// Those told from `start` up to `end`, which is left out, with when they were told: by number, after one, at most
    /// ``PageLimit/max``.
    package func told(
        from start: Instant,
        to end: Instant,
        after sequence: Int64 = 0,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> [ToldAlert] {
        try await database.query(
            """
            SELECT sequence, transition, committed_at
            FROM alert
            WHERE organization_id = \(scope.id) AND sequence > \(sequence)
                AND committed_at >= \(start) AND committed_at < \(end)
            ORDER BY sequence
            LIMIT \(PageLimit.clamped(limit))
            """
        ).map(ToldAlert.init(row:))
    }

    /// The first one told from an instant on; nil where there is none.
    ///
    /// The server's clock may step, so that a later number was told earlier: by number this is where to begin.
    package func firstSequence(from start: Instant, in scope: OrganizationScope) async throws -> Int64? {
        try await database.query(
            """
            SELECT MIN(sequence) AS sequence
            FROM alert
            WHERE organization_id = \(scope.id) AND committed_at >= \(start)
            """
        ).first?.decode("sequence") ?? nil
    }

    /// When the organization was told of an alarm for the first time; nil where it never was.
    package func firstTold(in scope: OrganizationScope) async throws -> Instant? {
        try await database.query(
            """
            SELECT MIN(committed_at) AS first_at
            FROM alert
            WHERE organization_id = \(scope.id)
            """
        ).first?.decode("first_at") ?? nil
    }

    /// What was known at an instant of each alarm that was open then, by the number of the last that was told of it.
    ///
    /// Each number is compared, with 0 at least, so that all is found by the alarm and not among all that was told before.
    package func open(at instant: Instant, in scope: OrganizationScope) async throws -> [OpenAlert] {
        try await database.query(
            """
            SELECT t.sequence, t.transition, t.committed_at, f.transition AS first_transition,
                f.committed_at AS first_at, l.transition AS last_transition, l.committed_at AS last_at,
                h.committed_at AS heard_at, r.transition AS raised_transition, r.committed_at AS raised_at
            FROM (
                SELECT
                    (
                        SELECT MAX(b.sequence)
                        FROM alert b
                        WHERE b.organization_id = \(scope.id) AND b.alarm_id = c.id AND b.sequence > 0
                            AND b.committed_at < \(instant)
                    ) AS told_sequence,
                    (
                        SELECT MIN(b.sequence)
                        FROM alert b
                        WHERE b.organization_id = \(scope.id) AND b.alarm_id = c.id AND b.sequence >= COALESCE(
                                (
                                    SELECT MAX(d.sequence)
                                    FROM alert d
                                    WHERE d.organization_id = \(scope.id) AND d.alarm_id = c.id AND d.sequence > 0
                                        AND d.committed_at < \(instant)
                                        AND d.change IN ('acknowledged', 'suppressed', 'unsuppressed')
                                ),
                                0
                            )
                            AND b.committed_at < \(instant)
                            AND b.change IN ('raised', 'reraised', 'escalated', 'unsuppressed')
                    ) AS first_sequence,
                    (
                        SELECT MAX(b.sequence)
                        FROM alert b
                        WHERE b.organization_id = \(scope.id) AND b.alarm_id = c.id AND b.sequence > 0
                            AND b.committed_at < \(instant)
                            AND b.change IN ('raised', 'reraised', 'escalated', 'unsuppressed')
                    ) AS last_sequence,
                    (
                        SELECT MAX(b.sequence)
                        FROM alert b
                        WHERE b.organization_id = \(scope.id) AND b.alarm_id = c.id AND b.sequence > 0
                            AND b.committed_at < \(instant)
                            AND b.change = 'unsuppressed'
                    ) AS heard_sequence,
                    (
                        SELECT MIN(b.sequence)
                        FROM alert b
                        WHERE b.organization_id = \(scope.id) AND b.alarm_id = c.id AND b.sequence > COALESCE(
                                (
                                    SELECT MAX(d.sequence)
                                    FROM alert d
                                    WHERE d.organization_id = \(scope.id) AND d.alarm_id = c.id AND d.sequence > 0
                                        AND d.committed_at < \(instant)
                                        AND d.change = 'returned'
                                ),
                                0
                            )
                            AND b.committed_at < \(instant)
                            AND b.change IN ('raised', 'reraised')
                    ) AS raised_sequence
                FROM (
                    SELECT id
                    FROM alarm
                    WHERE organization_id = \(scope.id) AND is_open = 1
                    UNION
                    SELECT alarm_id
                    FROM alert
                    WHERE organization_id = \(scope.id) AND committed_at >= \(instant)
                ) c
            ) o
            JOIN alert t ON t.organization_id = \(scope.id) AND t.sequence = o.told_sequence
            LEFT JOIN alert f ON f.organization_id = \(scope.id) AND f.sequence = o.first_sequence
            LEFT JOIN alert l ON l.organization_id = \(scope.id) AND l.sequence = o.last_sequence
            LEFT JOIN alert h ON h.organization_id = \(scope.id) AND h.sequence = o.heard_sequence
            LEFT JOIN alert r ON r.organization_id = \(scope.id) AND r.sequence = o.raised_sequence
            ORDER BY t.sequence
            """
        ).map(OpenAlert.init(row:)).filter { $0.told.alert.transition.alarm.isOpen }
    }

    /// Of the newest alert; 0 where there is none.
    package func lastSequence(in scope: OrganizationScope) async throws -> Int64 {
        try await database.query(
            "SELECT alert_sequence FROM lane WHERE organization_id = \(scope.id)"
        ).first?.decode("alert_sequence") ?? 0
    }
}

/// An alert, and when it was kept and told, by the server's time.
package struct ToldAlert: Hashable, Sendable {
    package let alert: Alert
    package let toldAt: Instant

    fileprivate init(row: SQLRow) throws {
        alert = try Alert(row: row)
        toldAt = try row.decode("committed_at")
    }
}

/// What is known at an instant of an alarm that is open then.
package struct OpenAlert: Hashable, Sendable {
    /// The last that was told of it.
    package let told: ToldAlert
    /// When it first called somebody after all answers and silences; nil where it never did.
    ///
    /// Where it is acknowledged or silent this says nothing.
    package let askedAt: Instant?
    /// When it was last heard again after it had been silent, or, where it was raised as history, when that was told if
    /// it was later; nil where it was heard all the time.
    package let heardAgainAt: Instant?

    fileprivate init(row: SQLRow) throws {
        told = try ToldAlert(row: row)
        func alert(_ name: String) throws -> (transition: AlarmTransition, at: Instant)? {
            guard let json: String? = try row.decode("\(name)_transition"), let json,
                let instant: Instant? = try row.decode("\(name)_at"), let instant
            else { return nil }
            return (try JSONText.decoded(AlarmTransition.self, json, from: "alert"), instant)
        }
        // Since then it stands, whatever became of it later: acknowledging it makes history no older.
        let raised = try alert("raised").flatMap { $0.transition.isHistory(committedAt: $0.at) ? $0.at : nil }
        heardAgainAt = try [raised, row.decode("heard_at")].compactMap(\.self).max()
        // What was known is heard again without a sound, what rises in silence has none either, and history calls nobody:
        // then the last counts.
        askedAt = try ["first", "last"].compactMap(alert).compactMap { told in
            told.transition.annunciates && !told.transition.isHistory(committedAt: told.at) ? told.at : nil
        }.first
    }
}

extension Alert {
    init(row: SQLRow) throws {
        let json: String = try row.decode("transition")
        self.init(
            sequence: try row.decode("sequence"),
            transition: try JSONText.decoded(AlarmTransition.self, json, from: "alert"),
            committedAt: try row.decode("committed_at")
        )
    }
}
