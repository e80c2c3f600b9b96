import Database

extension Migrations {
    /// Answers that are kept for a day, for whoever asks again under the same key.
    static let idempotency: [SQL] = [
        """
        CREATE TABLE kept_answer (
            organization_id \(type: .id) NOT NULL,
            place \(type: .text) NOT NULL,
            request \(type: .text) NOT NULL,
            answer \(type: .bytes) NOT NULL,
            created_at \(type: .instant) NOT NULL,
            expires_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, place),
            FOREIGN KEY (organization_id) REFERENCES organization (id)
        )
        """,
        "CREATE INDEX kept_answer_expiry ON kept_answer (organization_id, expires_at)",
        "CREATE INDEX kept_answer_oldest ON kept_answer (organization_id, created_at, place)",
    ]
}
