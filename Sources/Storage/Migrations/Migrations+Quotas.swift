import Database

extension Migrations {
    /// What organizations may have only so much of, and how many rows each has: nobody counts a billion of them.
    static let quotas: [SQL] = [
        """
        CREATE TABLE organization_quota (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            settings \(type: .json) NOT NULL,
            changed_by \(type: .text) NOT NULL,
            changed_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
        // Readings, conflicts and rows set apart; whoever adds or removes some keeps it right in the same transaction.
        "ALTER TABLE ingest ADD COLUMN kept_count \(type: .integer) NOT NULL DEFAULT 0",
        """
        UPDATE ingest
        SET kept_count = (
                SELECT COUNT(*) FROM reading r WHERE r.organization_id = ingest.organization_id
            ) + (
                SELECT COUNT(*) FROM reading_conflict c WHERE c.organization_id = ingest.organization_id
            ) + (
                SELECT COUNT(*) FROM quarantined_row q WHERE q.organization_id = ingest.organization_id
            )
        WHERE organization_id IN (SELECT id FROM organization)
        """,
    ]
}
