import Database

extension Migrations {
    /// Second factors, and who signs in by which issuer.
    ///
    /// A second factor is an account's, and looked up before anyone has a scope, as accounts are.
    static let signIn: [SQL] = [
        """
        CREATE TABLE second_factor (
            account_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
            organization_id \(type: .id) REFERENCES organization (id),
            id \(type: .id) NOT NULL,
            sealed_secret \(type: .json) NOT NULL,
            last_step \(type: .integer),
            enrolled_at \(type: .instant) NOT NULL,
            confirmed_at \(type: .instant)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE recovery_code (
            account_id \(type: .id) NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            code_hash \(type: .text) NOT NULL,
            used_at \(type: .instant),
            PRIMARY KEY (account_id, code_hash)
        ) \(table: .keyOrder)
        """,
        // Somebody is one person to an issuer, whatever his address is there.
        """
        CREATE TABLE openid_link (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            issuer \(type: .text) NOT NULL,
            subject \(type: .text) NOT NULL,
            account_id \(type: .id) NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            linked_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, issuer, subject),
            UNIQUE (organization_id, account_id, issuer)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE sign_in_policy (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            second_factor_required \(type: .flag) NOT NULL,
            changed_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
    ]
}
