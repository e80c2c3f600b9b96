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
