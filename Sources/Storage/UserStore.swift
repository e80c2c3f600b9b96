import Database
package import Plant
package import Trust

/// Someone's account, with what proves him.
package struct Account: Sendable {
    package let user: User
    package let password: StoredPassword
}

/// Who can sign in: by an e-mail address that is unique across the server, whatever its case.
package struct UserStore: Sendable {
    let database: any SQLDatabase

    /// Somebody of an organization, or a super admin, who has none.
    ///
    /// - Throws: ``StorageError`` with `.duplicate` where the address is taken, in whichever organization.
    package func create(
        email: String,
        passwordHash: PasswordHash,
        role: Role,
        organization: ID<Organization>?,
        at now: Instant,
        in scope: SystemScope
    ) async throws -> User {
        try await create(email, passwordHash, role, organization, now)
    }

    /// - Throws: ``StorageError`` with `.duplicate` where the address is taken, in whichever organization;
    ///   `QuotaExceeded` where the organization has as many users already.
    package func create(
        email: String,
        passwordHash: PasswordHash,
        role: Role,
        at now: Instant,
        countMax: Int = .max,
        in scope: OrganizationScope
    ) async throws -> User {
        try await create(email, passwordHash, role, scope.id, now, countMax: countMax)
    }

    private func create(
        _ email: String,
        _ passwordHash: PasswordHash,
        _ role: Role,
        _ organization: ID<Organization>?,
        _ now: Instant,
        countMax: Int = .max
    ) async throws -> User {
        guard (organization == nil) == (role == .superAdmin) else {
            throw StorageError(.invalid, "a super admin belongs to no organization, everybody else to one")
        }
        var generator = SystemRandomNumberGenerator()
        let id = ID<User>.random(using: &generator)
        let user = User(id: id, organization: organization, email: email, role: role, createdAt: now)
        let count = try await database.transaction { transaction in
            if let organization, countMax < .max {
                let rows = try transaction.query(
                    "SELECT COUNT(*) AS count FROM account WHERE organization_id = \(organization)"
                )
                try QuotaStore.require(.users, use: rows.first?.decode("count") ?? 0, limit: countMax)
            }
            return try transaction.execute(
                """
                INSERT INTO account (id, organization_id, email, email_key, password_hash, role, created_at)
                VALUES (
                    \(id), \(organization), \(email), \(Self.key(email)), \(passwordHash.text), \(role), \(now)
                )
                ON CONFLICT (email_key) DO NOTHING
                """
            )
        }
        guard count == 1 else { throw StorageError(.duplicate, "the e-mail address is taken") }
        return user
    }

    /// By e-mail address.
    package func list(in scope: OrganizationScope) async throws -> [User] {
        try await database.query(
            """
            SELECT id, organization_id, email, role, created_at, disabled_at
            FROM account
            WHERE organization_id = \(scope.id)
            ORDER BY email_key
            """
        ).map(User.init(row:))
    }

    package func byID(_ id: ID<User>, in scope: OrganizationScope) async throws -> User? {
        try await database.query(
            """
            SELECT id, organization_id, email, role, created_at, disabled_at
            FROM account
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map(User.init(row:))
    }

    package func byID(_ id: ID<User>, in scope: SystemScope) async throws -> User? {
        try await database.query(
            """
            SELECT id, organization_id, email, role, created_at, disabled_at
            FROM account
            WHERE id = \(id)
            """
        ).first.map(User.init(row:))
    }

    package func byEmail(_ email: String, in scope: SystemScope) async throws -> Account? {
        let row = try await database.query(
            """
            SELECT id, organization_id, email, role, created_at, disabled_at, password_hash
            FROM account
            WHERE email_key = \(Self.key(email))
            """
        ).first
        guard let row else { return nil }
        return try Account(row: row)
    }

    /// With what proves him, for somebody who proves it once more.
    package func account(of user: ID<User>, in scope: SystemScope) async throws -> Account? {
        try await database.query(
            """
            SELECT id, organization_id, email, role, created_at, disabled_at, password_hash
            FROM account
            WHERE id = \(user)
            """
        ).first.map(Account.init(row:))
    }

    /// How many there are on the server; none on its first start.
    package func count(in scope: SystemScope) async throws -> Int {
        try await database.query("SELECT COUNT(*) AS count FROM account").first?.decode("count") ?? 0
    }

    /// How many of the organization stand next to its machines and may sign in.
    package func operatorCount(in scope: OrganizationScope) async throws -> Int {
        try await database.query(
            """
            SELECT COUNT(*) AS count
            FROM account
            WHERE organization_id = \(scope.id) AND role = \(Role.operator) AND disabled_at IS NULL
            """
        ).first?.decode("count") ?? 0
    }

    /// A new password, which ends all of the user's logins but the one that is given.
    ///
    /// - Throws: ``StorageError`` with `.notFound`.
    package func setPassword(
        _ hash: PasswordHash,
        of user: ID<User>,
        keeping session: ID<RefreshFamily>? = nil,
        at now: Instant,
        in scope: SystemScope
    ) async throws {
        try await database.transaction { transaction in
            let count = try transaction.execute(
                "UPDATE account SET password_hash = \(hash.text), imported_cost = NULL WHERE id = \(user)"
            )
            guard count == 1 else { throw StorageError(.notFound, "there is no user \(user)") }
            try Self.revokeLogins(of: user, but: session, at: now, transaction)
        }
    }

    /// What makes addresses the same, for whoever counts tries at an account too.
    package static func key(_ email: String) -> String { String(email.trimmingSpaces).lowercased() }
}

extension User {
    init(row: SQLRow) throws {
        self.init(
            id: try row.decode("id"),
            organization: try row.decode("organization_id"),
            email: try row.decode("email"),
            role: try row.decode("role"),
            createdAt: try row.decode("created_at"),
            disabledAt: try row.decode("disabled_at")
        )
    }
}

extension Account {
    fileprivate init(row: SQLRow) throws {
        guard let password = StoredPassword(text: try row.decode("password_hash")) else {
            throw StorageError(.unreadable, "an account's password can't be read: set it anew")
        }
        self.init(user: try User(row: row), password: password)
    }
}
