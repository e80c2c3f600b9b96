import Database

extension Migrations {
    /// What keeps lists of a million alarms quick, whatever they are filtered by.
    static let longLists: [SQL] = [
        "ALTER TABLE alarm ADD COLUMN is_judged \(type: .flag) NOT NULL DEFAULT 0",
        """
        UPDATE alarm
        SET is_judged = 1
        WHERE organization_id IN (
            SELECT f.organization_id
            FROM feedback f
            WHERE f.organization_id = alarm.organization_id AND f.alarm_id = alarm.id
        )
        """,
        "CREATE INDEX alarm_condition ON alarm (organization_id, condition, raised_at, id)",
        "CREATE INDEX alarm_condition_type ON alarm (organization_id, condition, type, raised_at, id)",
        "CREATE INDEX alarm_asset_condition ON alarm (organization_id, asset_id, condition, raised_at, id)",
        """
        CREATE INDEX alarm_open_asset_type ON alarm (organization_id, asset_id, type, is_open, raised_at, id)
        WHERE is_open = 1
        """,
        "CREATE INDEX alarm_asset_type ON alarm (organization_id, asset_id, type, raised_at, id)",
        """
        CREATE INDEX alarm_open_condition ON alarm (organization_id, condition, is_open, raised_at, id)
        WHERE is_open = 1
        """,
        """
        CREATE INDEX alarm_silenced ON alarm (organization_id, suppression, raised_at, id)
        WHERE suppression <> 'none'
        """,
        "CREATE INDEX alarm_judged ON alarm (organization_id, is_judged, raised_at, id) WHERE is_judged = 1",
        "CREATE INDEX reading_conflict_newest ON reading_conflict (organization_id, last_seen_at)",
        """
        CREATE INDEX system_alarm_standing ON system_alarm (organization_id, raised_at, id)
        WHERE cleared_at IS NULL
        """,
        """
        CREATE INDEX system_alarm_over ON system_alarm (organization_id, raised_at, id)
        WHERE cleared_at IS NOT NULL
        """,
    ]
}
