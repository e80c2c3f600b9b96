import Database

extension Migrations {
    /// What a lane remembers and has said.
    static let alarms: [SQL] = [
        """
        CREATE TABLE lane (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            read_sequence \(type: .integer) NOT NULL,
            alert_sequence \(type: .integer) NOT NULL,
            committed_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE lane_memory (
            organization_id \(type: .id) NOT NULL,
            asset_id \(type: .id) NOT NULL,
            memory \(type: .bytes) NOT NULL,
            PRIMARY KEY (organization_id, asset_id),
            FOREIGN KEY (organization_id, asset_id) REFERENCES asset (organization_id, id)
        )
        """,
        """
        CREATE TABLE prediction (
            organization_id \(type: .id) NOT NULL,
            asset_id \(type: .id) NOT NULL,
            instant \(type: .instant) NOT NULL,
            model_version \(type: .text) NOT NULL,
            revision \(type: .integer) NOT NULL,
            probability \(type: .real) NOT NULL,
            confidence \(type: .real),
            component \(type: .text),
            time_to_failure_minutes \(type: .real),
            p10_minutes \(type: .real),
            p90_minutes \(type: .real),
            is_late \(type: .flag) NOT NULL,
            is_corrected \(type: .flag) NOT NULL,
            is_current \(type: .flag) NOT NULL,
            made_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, asset_id, instant, model_version, revision),
            FOREIGN KEY (organization_id, asset_id) REFERENCES asset (organization_id, id)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE alarm (
            organization_id \(type: .id) NOT NULL,
            id \(type: .id) NOT NULL,
            asset_id \(type: .id) NOT NULL,
            condition \(type: .text) NOT NULL,
            type \(type: .text) NOT NULL,
            state \(type: .text) NOT NULL,
            suppression \(type: .text) NOT NULL,
            is_open \(type: .flag) NOT NULL,
            raised_at \(type: .instant) NOT NULL,
            acknowledged_at \(type: .instant),
            acknowledged_by \(type: .text),
            note \(type: .text),
            cleared_at \(type: .instant),
            PRIMARY KEY (organization_id, id),
            FOREIGN KEY (organization_id, asset_id) REFERENCES asset (organization_id, id)
        )
        """,
        """
        CREATE UNIQUE INDEX alarm_open_once ON alarm (organization_id, asset_id, condition)
        WHERE is_open = 1
        """,
        "CREATE INDEX alarm_open ON alarm (organization_id, is_open, raised_at, id) WHERE is_open = 1",
        "CREATE INDEX alarm_open_asset ON alarm (organization_id, asset_id, is_open, raised_at, id) WHERE is_open = 1",
        "CREATE INDEX alarm_open_type ON alarm (organization_id, type, is_open, raised_at, id) WHERE is_open = 1",
        "CREATE INDEX alarm_newest ON alarm (organization_id, raised_at, id)",
        "CREATE INDEX alarm_asset ON alarm (organization_id, asset_id, raised_at, id)",
        "CREATE INDEX alarm_type ON alarm (organization_id, type, raised_at, id)",
        """
        CREATE TABLE alarm_cause (
            organization_id \(type: .id) NOT NULL,
            alarm_id \(type: .id) NOT NULL,
            position \(type: .integer) NOT NULL,
            source \(type: .text) NOT NULL,
            type \(type: .text) NOT NULL,
            priority \(type: .integer),
            active_since \(type: .instant) NOT NULL,
            cleared_at \(type: .instant),
            message \(type: .text) NOT NULL,
            measured \(type: .real),
            limit_value \(type: .real),
            metadata \(type: .json),
            PRIMARY KEY (organization_id, alarm_id, source),
            FOREIGN KEY (organization_id, alarm_id) REFERENCES alarm (organization_id, id)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE alert (
            organization_id \(type: .id) NOT NULL,
            sequence \(type: .integer) NOT NULL,
            alarm_id \(type: .id) NOT NULL,
            change \(type: .text) NOT NULL,
            transition \(type: .json) NOT NULL,
            committed_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, sequence),
            FOREIGN KEY (organization_id, alarm_id) REFERENCES alarm (organization_id, id)
        )
        """,
        "CREATE INDEX alert_alarm ON alert (organization_id, alarm_id, sequence)",
    ]
}
