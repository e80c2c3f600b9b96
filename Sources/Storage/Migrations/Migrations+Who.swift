import Database

extension Migrations {
    /// Disabled accounts, passwords that were brought along, logins as people see them, and machines' keys.
    static let who: [SQL] = [
        "ALTER TABLE account ADD COLUMN disabled_at \(type: .instant)",
        "ALTER TABLE account ADD COLUMN imported_cost \(type: .integer)",
        "CREATE INDEX account_imported ON account (imported_cost) WHERE imported_cost IS NOT NULL",
        """
        CREATE TABLE login_session (
            id \(type: .id) NOT NULL PRIMARY KEY,
            account_id \(type: .id) NOT NULL REFERENCES account (id),
            address \(type: .text) NOT NULL,
            user_agent \(type: .text) NOT NULL,
            started_at \(type: .instant) NOT NULL,
            last_used_at \(type: .instant) NOT NULL,
            expires_at \(type: .instant) NOT NULL,
            revoked_at \(type: .instant)
        ) \(table: .keyOrder)
        """,
        "CREATE INDEX login_session_account ON login_session (account_id, last_used_at, id)",
        // Logins from before go on.
        """
        INSERT INTO login_session (
            id, account_id, address, user_agent, started_at, last_used_at, expires_at, revoked_at
        )
        SELECT
            family_id, MIN(account_id), '', '', MIN(issued_at), MAX(issued_at), MAX(expires_at), MAX(revoked_at)
        FROM refresh_session
        GROUP BY family_id
        """,
        // Looked up by its id before anyone has a scope.
        """
        CREATE TABLE api_key (
            id \(type: .id) NOT NULL PRIMARY KEY,
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            name \(type: .text) NOT NULL,
            secret_hash \(type: .text) NOT NULL,
            permissions \(type: .text) NOT NULL,
            created_by \(type: .text) NOT NULL,
            created_at \(type: .instant) NOT NULL,
            expires_at \(type: .instant),
            last_used_at \(type: .instant),
            revoked_at \(type: .instant)
        ) \(table: .keyOrder)
        """,
        "CREATE INDEX api_key_organization ON api_key (organization_id, created_at, id)",
    ]
}
