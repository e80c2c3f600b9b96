import Database

extension Migrations {
    /// What alarms are judged by: foretold ones by time, and failures that were wrongly recorded.
    static let judging: [SQL] = [
        """
        CREATE INDEX alarm_cause_foretold ON alarm_cause (organization_id, active_since, alarm_id)
        WHERE source = 'prediction'
        """,
        // A failure without its new place was taken back altogether.
        """
        CREATE TABLE failure_correction (
            organization_id \(type: .id) NOT NULL,
            id \(type: .id) NOT NULL,
            asset_id \(type: .id) NOT NULL,
            started_at \(type: .instant) NOT NULL,
            component \(type: .orderedText) NOT NULL,
            ended_at \(type: .instant) NOT NULL,
            recorded_by \(type: .text),
            recorded_at \(type: .instant) NOT NULL,
            new_asset_id \(type: .id),
            new_started_at \(type: .instant),
            new_component \(type: .orderedText),
            new_ended_at \(type: .instant),
            reason \(type: .text) NOT NULL,
            corrected_by \(type: .text) NOT NULL,
            corrected_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, id),
            FOREIGN KEY (organization_id, asset_id) REFERENCES asset (organization_id, id),
            FOREIGN KEY (organization_id, new_asset_id) REFERENCES asset (organization_id, id)
        )
        """,
        "CREATE INDEX failure_correction_newest ON failure_correction (organization_id, corrected_at, id)",
    ]
}
