import Database

extension Migrations {
    /// Who put a schema, as the plant's records name him: people leave, and keys are no accounts.
    ///
    /// `created_by` stays for what was put before by somebody who had left already.
    static let schemaAuthors: [SQL] = [
        "ALTER TABLE signal_schema ADD COLUMN author \(type: .text)",
        """
        UPDATE signal_schema
        SET author = (
                SELECT a.email
                FROM account a
                WHERE a.organization_id = signal_schema.organization_id AND a.id = signal_schema.created_by
            )
        WHERE organization_id IN (SELECT id FROM organization)
        """,
    ]
}
