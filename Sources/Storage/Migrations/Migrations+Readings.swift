import Database

extension Migrations {
    /// What sources delivered: each row once, numbered per organization in the order of its commits.
    static let readings: [SQL] = [
        """
        CREATE TABLE ingest (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            last_sequence \(type: .integer) NOT NULL,
            repeated_count \(type: .integer) NOT NULL,
            conflicting_count \(type: .integer) NOT NULL,
            quarantined_count \(type: .integer) NOT NULL
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE reading (
            organization_id \(type: .id) NOT NULL,
            asset_id \(type: .id) NOT NULL,
            instant \(type: .instant) NOT NULL,
            sequence \(type: .integer) NOT NULL,
            schema_version \(type: .integer) NOT NULL,
            packed_values \(type: .bytes) NOT NULL,
            failing \(type: .text),
            is_too_late \(type: .flag) NOT NULL,
            PRIMARY KEY (organization_id, asset_id, instant),
            FOREIGN KEY (organization_id, asset_id) REFERENCES asset (organization_id, id)
        ) \(table: .keyOrder)
        """,
        "CREATE UNIQUE INDEX reading_sequence ON reading (organization_id, sequence)",
        """
        CREATE TABLE reading_conflict (
            organization_id \(type: .id) NOT NULL,
            asset_id \(type: .id) NOT NULL,
            instant \(type: .instant) NOT NULL,
            seen_count \(type: .integer) NOT NULL,
            first_seen_at \(type: .instant) NOT NULL,
            last_seen_at \(type: .instant) NOT NULL,
            last_schema_version \(type: .integer) NOT NULL,
            last_packed_values \(type: .bytes) NOT NULL,
            last_failing \(type: .text),
            PRIMARY KEY (organization_id, asset_id, instant),
            FOREIGN KEY (organization_id, asset_id) REFERENCES asset (organization_id, id)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE quarantined_row (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            source_row \(type: .orderedText) NOT NULL,
            reason \(type: .orderedText) NOT NULL,
            seen_count \(type: .integer) NOT NULL,
            first_seen_at \(type: .instant) NOT NULL,
            last_seen_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, source_row, reason)
        ) \(table: .keyOrder)
        """,
        "CREATE INDEX quarantined_row_newest ON quarantined_row (organization_id, last_seen_at)",
    ]
}
