import Database

extension Migrations {
    /// Alarms that are kept silent, and alarms that latch.
    static let suppression: [SQL] = [
        "ALTER TABLE alarm ADD COLUMN suppressed_by \(type: .text)",
        "ALTER TABLE alarm ADD COLUMN suppression_reason \(type: .text)",
        "ALTER TABLE alarm ADD COLUMN suppressed_since \(type: .instant)",
        "ALTER TABLE alarm ADD COLUMN suppressed_until \(type: .instant)",
        "ALTER TABLE alarm_cause ADD COLUMN is_latching \(type: .flag) NOT NULL DEFAULT 0",
        // An empty asset is the whole organization, an empty condition the whole asset.
        """
        CREATE TABLE suppression (
            organization_id \(type: .id) NOT NULL,
            asset \(type: .text) NOT NULL,
            condition \(type: .text) NOT NULL,
            kind \(type: .text) NOT NULL,
            set_by \(type: .text),
            reason \(type: .text),
            set_at \(type: .instant),
            until \(type: .instant),
            PRIMARY KEY (organization_id, asset, condition),
            FOREIGN KEY (organization_id) REFERENCES organization (id)
        ) \(table: .keyOrder)
        """,
    ]
}
