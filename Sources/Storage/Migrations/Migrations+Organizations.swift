import Database

extension Migrations {
    /// Organizations, and who belongs to them; accounts and sessions are looked up before anyone has a scope.
    static let organizations: [SQL] = [
        """
        CREATE TABLE organization (
            id \(type: .id) NOT NULL PRIMARY KEY,
            slug \(type: .orderedText) NOT NULL UNIQUE,
            name \(type: .text) NOT NULL,
            prediction_enabled \(type: .flag) NOT NULL,
            created_at \(type: .instant) NOT NULL
        )
        """,
        """
        CREATE TABLE account (
            id \(type: .id) NOT NULL PRIMARY KEY,
            organization_id \(type: .id) REFERENCES organization (id),
            email \(type: .text) NOT NULL,
            email_key \(type: .orderedText) NOT NULL UNIQUE,
            password_hash \(type: .text) NOT NULL,
            role \(type: .text) NOT NULL,
            created_at \(type: .instant) NOT NULL,
            CHECK ((organization_id IS NULL) = (role = 'SUPER_ADMIN'))
        )
        """,
        "CREATE INDEX account_organization ON account (organization_id, email_key)",
        """
        CREATE TABLE refresh_session (
            token_hash \(type: .text) NOT NULL PRIMARY KEY,
            family_id \(type: .id) NOT NULL,
            account_id \(type: .id) NOT NULL REFERENCES account (id),
            issued_at \(type: .instant) NOT NULL,
            expires_at \(type: .instant) NOT NULL,
            used_at \(type: .instant),
            revoked_at \(type: .instant)
        ) \(table: .keyOrder)
        """,
        "CREATE INDEX refresh_session_family ON refresh_session (family_id)",
        "CREATE INDEX refresh_session_account ON refresh_session (account_id)",
        "CREATE INDEX refresh_session_expiry ON refresh_session (expires_at)",
    ]

    /// What an organization's plant consists of.
    static let plant: [SQL] = [
        """
        CREATE TABLE signal_schema (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            version \(type: .integer) NOT NULL,
            document \(type: .json) NOT NULL,
            created_by \(type: .id),
            created_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, version)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE asset (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            id \(type: .id) NOT NULL,
            name \(type: .orderedText) NOT NULL,
            PRIMARY KEY (organization_id, id),
            UNIQUE (organization_id, name)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE source (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            id \(type: .id) NOT NULL,
            name \(type: .orderedText) NOT NULL,
            configuration \(type: .json) NOT NULL,
            changed_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, id),
            UNIQUE (organization_id, name)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE source_cursor (
            organization_id \(type: .id) NOT NULL,
            source_id \(type: .id) NOT NULL,
            position \(type: .text) NOT NULL,
            moved_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, source_id),
            FOREIGN KEY (organization_id, source_id) REFERENCES source (organization_id, id) ON DELETE CASCADE
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE failure (
            organization_id \(type: .id) NOT NULL,
            asset_id \(type: .id) NOT NULL,
            started_at \(type: .instant) NOT NULL,
            component \(type: .orderedText) NOT NULL,
            ended_at \(type: .instant) NOT NULL,
            recorded_by \(type: .id),
            recorded_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, asset_id, started_at, component),
            FOREIGN KEY (organization_id, asset_id) REFERENCES asset (organization_id, id)
        ) \(table: .keyOrder)
        """,
        "CREATE INDEX failure_newest ON failure (organization_id, started_at, asset_id, component)",
    ]
}
