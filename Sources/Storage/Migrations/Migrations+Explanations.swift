import Database

extension Migrations {
    /// Why models raised alarms: asked for with the alert that told of it, and kept once it is known.
    static let explanations: [SQL] = [
        """
        CREATE TABLE alarm_explanation (
            organization_id \(type: .id) NOT NULL,
            alarm_id \(type: .id) NOT NULL,
            sequence \(type: .integer) NOT NULL,
            try_count \(type: .integer) NOT NULL,
            retry_at \(type: .instant),
            reason \(type: .text),
            sentence \(type: .text),
            document \(type: .json),
            made_at \(type: .instant),
            PRIMARY KEY (organization_id, alarm_id, sequence),
            FOREIGN KEY (organization_id, alarm_id) REFERENCES alarm (organization_id, id)
        ) \(table: .keyOrder)
        """,
        """
        CREATE INDEX alarm_explanation_due ON alarm_explanation (organization_id, retry_at, sequence)
        WHERE retry_at IS NOT NULL
        """,
    ]
}
