import Database

extension Migrations {
    /// The model registry, what is known of each version, and how versions came to be.
    static let models: [SQL] = [
        """
        CREATE TABLE model_version (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            hash \(type: .text) NOT NULL,
            manifest \(type: .json) NOT NULL,
            byte_size \(type: .integer) NOT NULL,
            path \(type: .text) NOT NULL,
            registered_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, hash)
        )
        """,
        """
        CREATE TABLE model_alias (
            organization_id \(type: .id) NOT NULL,
            alias \(type: .text) NOT NULL,
            hash \(type: .text) NOT NULL,
            PRIMARY KEY (organization_id, alias),
            FOREIGN KEY (organization_id, hash) REFERENCES model_version (organization_id, hash)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE model_ledger (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            number \(type: .integer) NOT NULL,
            alias \(type: .text) NOT NULL,
            from_hash \(type: .text),
            to_hash \(type: .text),
            moved_by \(type: .text) NOT NULL,
            reason \(type: .text) NOT NULL,
            moved_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, number)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE model_metrics (
            organization_id \(type: .id) NOT NULL,
            hash \(type: .text) NOT NULL,
            accuracy \(type: .real),
            precision_value \(type: .real),
            recall \(type: .real),
            roc_auc \(type: .real),
            pr_auc \(type: .real),
            brier \(type: .real),
            expected_calibration_error \(type: .real),
            event_recall \(type: .real),
            median_lead_minutes \(type: .real),
            false_alarms_per_asset_week \(type: .real),
            training_seconds \(type: .real),
            data_point_count \(type: .integer),
            feature_count \(type: .integer),
            measured_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, hash),
            FOREIGN KEY (organization_id, hash) REFERENCES model_version (organization_id, hash)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE training_log (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            id \(type: .id) NOT NULL,
            state \(type: .text) NOT NULL,
            cause \(type: .text) NOT NULL,
            requested_by \(type: .text),
            queued_at \(type: .instant) NOT NULL,
            started_at \(type: .instant),
            ended_at \(type: .instant),
            progress \(type: .real),
            step \(type: .text),
            data_from \(type: .instant),
            data_until \(type: .instant),
            data_point_count \(type: .integer),
            parameters \(type: .json),
            model_version \(type: .text),
            failure_reason \(type: .text),
            artifacts_path \(type: .text),
            PRIMARY KEY (organization_id, id)
        )
        """,
        "CREATE INDEX training_log_newest ON training_log (organization_id, queued_at, id)",
    ]

    static let rollbacks: [SQL] = [
        "ALTER TABLE model_ledger ADD COLUMN undoes \(type: .integer)"
    ]
}
