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
            SELECT sequence, transition
            FROM alert
            WHERE organization_id = \(scope.id) AND sequence > \(sequence)
            ORDER BY sequence
            LIMIT \(PageLimit.clamped(limit))
            """
        ).map(Alert.init(row:))
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

    /// Of the newest alert; 0 where there is none.
    package func lastSequence(in scope: OrganizationScope) async throws -> Int64 {
        try await database.query(
            "SELECT alert_sequence FROM lane WHERE organization_id = \(scope.id)"
        ).first?.decode("alert_sequence") ?? 0
    }
}

extension Alert {
    init(row: SQLRow) throws {
        let json: String = try row.decode("transition")
        self.init(
            sequence: try row.decode("sequence"),
            transition: try JSONText.decoded(AlarmTransition.self, json, from: "alert")
        )
    }
}
