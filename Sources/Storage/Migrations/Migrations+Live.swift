import Database

extension Migrations {
    /// What models that do not serve say of live rows, what people say of alarms, and what else calls for training.
    static let live: [SQL] = [
        """
        CREATE TABLE rival_prediction (
            organization_id \(type: .id) NOT NULL,
            asset_id \(type: .id) NOT NULL,
            instant \(type: .instant) NOT NULL,
            model_version \(type: .text) NOT NULL,
            probability \(type: .real) NOT NULL,
            confidence \(type: .real),
            component \(type: .text),
            time_to_failure_minutes \(type: .real),
            p10_minutes \(type: .real),
            p90_minutes \(type: .real),
            made_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, asset_id, instant, model_version),
            FOREIGN KEY (organization_id, asset_id) REFERENCES asset (organization_id, id)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE rival (
            organization_id \(type: .id) NOT NULL,
            model_version \(type: .text) NOT NULL,
            read_sequence \(type: .integer) NOT NULL,
            trial \(type: .json),
            PRIMARY KEY (organization_id, model_version),
            FOREIGN KEY (organization_id, model_version) REFERENCES model_version (organization_id, hash)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE feedback (
            organization_id \(type: .id) NOT NULL,
            id \(type: .id) NOT NULL,
            alarm_id \(type: .id) NOT NULL,
            is_accurate \(type: .flag) NOT NULL,
            reason \(type: .text),
            component \(type: .text),
            given_by \(type: .text) NOT NULL,
            given_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, id),
            FOREIGN KEY (organization_id, alarm_id) REFERENCES alarm (organization_id, id)
        )
        """,
        "CREATE INDEX feedback_alarm ON feedback (organization_id, alarm_id, given_at, id)",
        "CREATE INDEX feedback_newest ON feedback (organization_id, given_at, id)",
        "CREATE INDEX failure_recorded ON failure (organization_id, recorded_at)",
        "ALTER TABLE training_schedule ADD COLUMN on_drift \(type: .flag) NOT NULL DEFAULT 0",
        "ALTER TABLE training_schedule ADD COLUMN feedback_count \(type: .integer)",
        "ALTER TABLE training_schedule ADD COLUMN drift_due_at \(type: .instant)",
        "ALTER TABLE training_schedule ADD COLUMN drift \(type: .json)",
    ]
}
