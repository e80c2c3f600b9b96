import Database

extension Migrations {
    /// What keeps lists quick of alarms in which a model had a part, and of one condition of one asset.
    static let foretoldLists: [SQL] = [
        "ALTER TABLE alarm ADD COLUMN is_foretold \(type: .flag) NOT NULL DEFAULT 0",
        """
        UPDATE alarm
        SET is_foretold = 1
        WHERE organization_id IN (
            SELECT c.organization_id
            FROM alarm_cause c
            WHERE c.organization_id = alarm.organization_id AND c.alarm_id = alarm.id AND c.source = 'prediction'
        )
        """,
        """
        CREATE INDEX alarm_foretold ON alarm (organization_id, is_foretold, raised_at, id)
        WHERE is_foretold = 1
        """,
        """
        CREATE INDEX alarm_foretold_judged ON alarm (organization_id, is_judged, is_foretold, raised_at, id)
        WHERE is_foretold = 1
        """,
        """
        CREATE INDEX alarm_foretold_asset ON alarm (organization_id, asset_id, is_foretold, raised_at, id)
        WHERE is_foretold = 1
        """,
        """
        CREATE INDEX alarm_asset_condition_type
        ON alarm (organization_id, asset_id, condition, type, raised_at, id)
        """,
    ]
    /// The same of one type, and of one condition, and of what rules alone found and nobody has judged.
    static let foretoldKinds: [SQL] = [
        """
        CREATE INDEX alarm_foretold_type ON alarm (organization_id, type, is_foretold, raised_at, id)
        WHERE is_foretold = 1
        """,
        """
        CREATE INDEX alarm_foretold_condition ON alarm (organization_id, condition, is_foretold, raised_at, id)
        WHERE is_foretold = 1
        """,
        """
        CREATE INDEX alarm_ruled_unjudged ON alarm (organization_id, is_judged, is_foretold, raised_at, id)
        WHERE is_judged = 0 AND is_foretold = 0
        """,
    ]
}
