import Database

extension Migrations {
    /// What admins are told of Eagle itself.
    static let system: [SQL] = [
        """
        CREATE TABLE system_alarm (
            organization_id \(type: .id) NOT NULL,
            id \(type: .id) NOT NULL,
            kind \(type: .text) NOT NULL,
            subject \(type: .text) NOT NULL,
            message \(type: .text) NOT NULL,
            raised_at \(type: .instant) NOT NULL,
            cleared_at \(type: .instant),
            PRIMARY KEY (organization_id, id),
            FOREIGN KEY (organization_id) REFERENCES organization (id)
        )
        """,
        """
        CREATE UNIQUE INDEX system_alarm_open ON system_alarm (organization_id, kind, subject)
        WHERE cleared_at IS NULL
        """,
        "CREATE INDEX system_alarm_newest ON system_alarm (organization_id, raised_at, id)",
    ]
}
