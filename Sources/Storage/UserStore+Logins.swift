import Database
package import Plant
package import Trust

extension UserStore {
    /// How many logins a list shows.
    private static let listCountMax = 200

    /// The user as he is now, whose login goes on; nil where the login was ended, or he may not sign in.
    package func user(_ user: ID<User>, in session: ID<RefreshFamily>, scope: SystemScope) async throws -> User? {
        try await database.query(
            """
            SELECT a.id, a.organization_id, a.email, a.role, a.created_at, a.disabled_at
            FROM login_session s
            JOIN account a ON a.id = s.account_id
            WHERE s.id = \(session) AND s.account_id = \(user) AND s.revoked_at IS NULL AND a.disabled_at IS NULL
            """
        ).first.map(User.init(row:))
    }

    /// Somebody's logins that go on, the one used last first.
    package func logins(of user: ID<User>, at now: Instant, in scope: SystemScope) async throws -> [LoginSession] {
        try await database.query(
            """
            SELECT id, account_id, address, user_agent, started_at, last_used_at, expires_at
            FROM login_session
            WHERE account_id = \(user) AND revoked_at IS NULL AND expires_at > \(now)
            ORDER BY last_used_at DESC, id
            LIMIT \(Self.listCountMax)
            """
        ).map(LoginSession.init(row:))
    }

    /// The logins of one of the organization's users; none for another's.
    package func logins(of user: ID<User>, at now: Instant, in scope: OrganizationScope) async throws -> [LoginSession]
    {
        try await database.query(
            """
            SELECT s.id, s.account_id, s.address, s.user_agent, s.started_at, s.last_used_at, s.expires_at
            FROM account a
            JOIN login_session s ON s.account_id = a.id
            WHERE a.organization_id = \(scope.id) AND a.id = \(user) AND s.revoked_at IS NULL AND s.expires_at > \(now)
            ORDER BY s.last_used_at DESC, s.id
            LIMIT \(Self.listCountMax)
            """
        ).map(LoginSession.init(row:))
    }

    /// Ends one of somebody's own logins.
    ///
    /// - Throws: ``StorageError`` with `.notFound`, for another's login too.
    package func endLogin(
        _ session: ID<RefreshFamily>,
        of user: ID<User>,
        at now: Instant,
        in scope: SystemScope
    ) async throws {
        try await database.transaction { transaction in
            let found = try transaction.query(
                """
                SELECT id
                FROM login_session
                WHERE id = \(session) AND account_id = \(user) AND revoked_at IS NULL
                """
            ).first
            guard found != nil else { throw StorageError(.notFound, "there is no session \(session)") }
            try Self.revoke(family: session, at: now, in: transaction)
        }
    }

    /// Ends all logins of one of the organization's users.
    ///
    /// - Throws: ``StorageError`` with `.notFound`, for another organization's user too.
    package func endLogins(of user: ID<User>, at now: Instant, in scope: OrganizationScope) async throws {
        try await database.transaction { transaction in
            let found = try transaction.query(
                "SELECT id FROM account WHERE organization_id = \(scope.id) AND id = \(user)"
            ).first
            guard found != nil else { throw StorageError(.notFound, "there is no user \(user)") }
            try Self.revokeLogins(of: user, but: nil, at: now, transaction)
        }
    }
}

extension LoginSession {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.decode("id"),
            user: try row.decode("account_id"),
            origin: LoginOrigin(address: try row.decode("address"), userAgent: try row.decode("user_agent")),
            startedAt: try row.decode("started_at"),
            lastUsedAt: try row.decode("last_used_at"),
            expiresAt: try row.decode("expires_at")
        )
    }
}
