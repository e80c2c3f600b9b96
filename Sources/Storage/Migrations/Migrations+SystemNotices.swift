import Database

extension Migrations {
    /// Targets are told of Eagle's own alarms as well: step 0 that one is there, 1 that it is over.
    static let systemNotices: [SQL] = [
        "ALTER TABLE delivery ADD COLUMN system_alarm_id \(type: .id)",
        """
        CREATE INDEX delivery_system ON delivery (organization_id, system_alarm_id, target_id)
        WHERE system_alarm_id IS NOT NULL
        """,
    ]
}
