import Database
package import Plant
package import Trust

/// What presenting a refresh token came to.
package enum RefreshOutcome: Hashable, Sendable {
    /// The token is used up, its successor is saved, and the login goes on.
    case rotated(User, ID<RefreshFamily>)
    case unknown, expired, revoked
    /// It had been used before: all that came out of the same login are revoked now.
    case reused(ID<RefreshFamily>)
}

extension UserStore {
    /// A login with the first of its refresh tokens; the user's logins that are past their time are forgotten.
    ///
    /// What the user's organization asks of him is asked here once more: it may have changed since he proved himself, and
    /// so may his password.
    ///
    /// - Parameters:
    ///   - session: The first token.
    ///   - origin: From where.
    ///   - proof: What he has proven himself by.
    ///   - password: What was kept of the password that he knew; nil where none was asked for.
    ///   - scope: The login's.
    /// - Throws: ``StorageError`` with `.conflict` where it asks for a second factor, and the one that he has was not
    ///   proven; with `.notFound` where that password is his no more.
    package func saveRefresh(
        _ session: RefreshSession,
        from origin: LoginOrigin = LoginOrigin(),
        by proof: LoginProof = .password,
        knowing password: StoredPassword? = nil,
        in scope: SystemScope
    ) async throws {
        try await database.transaction { transaction in
            if let password, try !Self.isStill(password, of: session.user, in: scope, transaction) {
                throw StorageError(.notFound, "the password that was proven is the user's no more")
            }
            guard try Self.isEnough(proof, for: session.user, in: scope, transaction) else {
                throw StorageError(.conflict, "the organization asks for a second factor")
            }
            try transaction.execute(
                "DELETE FROM refresh_session WHERE account_id = \(session.user) AND expires_at < \(session.issuedAt)"
            )
            try transaction.execute(
                "DELETE FROM login_session WHERE account_id = \(session.user) AND expires_at < \(session.issuedAt)"
            )
            try transaction.execute(
                """
                INSERT INTO login_session (
                    id, account_id, address, user_agent, started_at, last_used_at, expires_at
                )
                VALUES (
                    \(session.family), \(session.user), \(origin.address), \(origin.userAgent), \(session.issuedAt),
                    \(session.issuedAt), \(session.expiresAt)
                )
                """
            )
            try Self.insert(session, in: transaction)
        }
    }

    private static func isStill(
        _ password: StoredPassword,
        of user: ID<User>,
        in scope: SystemScope,
        _ transaction: any SQLTransaction
    ) throws -> Bool {
        try !transaction.query(
            """
            SELECT id
            FROM account
            WHERE id = \(user) AND password_hash = \(password.text)
            \(clause: .forUpdate)
            """
        ).isEmpty
    }

    /// Whether the user's organization lets him in by that.
    private static func isEnough(
        _ proof: LoginProof,
        for user: ID<User>,
        in scope: SystemScope,
        _ transaction: any SQLTransaction
    ) throws -> Bool {
        if case .issuer = proof { return true }
        let account = try transaction.query(
            """
            SELECT a.organization_id, f.id
            FROM account a
            LEFT JOIN second_factor f ON f.account_id = a.id AND f.confirmed_at IS NOT NULL
            WHERE a.id = \(user)
            """
        ).first
        guard let account, let organization = try account.decode("organization_id", as: ID<Organization>?.self) else {
            return true
        }
        let policy = try transaction.query(
            "SELECT second_factor_required FROM sign_in_policy WHERE organization_id = \(organization)"
        ).first
        guard let policy, try policy.decode("second_factor_required", as: Bool.self) else { return true }
        let factor: ID<SecondFactor>? = try account.decode("id")
        return factor.map { proof == .secondFactor($0) } ?? false
    }

    /// Uses a refresh token up for its successor; of two who present it at once, one gets it, and the other ends both.
    package func rotate(
        _ presented: TokenHash,
        to successor: TokenHash,
        at now: Instant,
        expiresAt: Instant,
        in scope: SystemScope
    ) async throws -> RefreshOutcome {
        try await database.transaction { transaction in
            let found = try transaction.query(
                """
                SELECT
                    s.token_hash, s.family_id, s.account_id, s.issued_at, s.expires_at, s.used_at, s.revoked_at,
                    a.id, a.organization_id, a.email, a.role, a.created_at, a.disabled_at
                FROM refresh_session s
                JOIN account a ON a.id = s.account_id
                WHERE s.token_hash = \(presented)
                \(clause: .forUpdate)
                """
            ).first
            guard let found else { return .unknown }
            let session = try RefreshSession(row: found)
            let user = try User(row: found)
            guard user.disabledAt == nil else { return .revoked }
            switch session.decision(at: now) {
            case .expired: return .expired
            case .revoked: return .revoked
            case .reused:
                try Self.revoke(family: session.family, at: now, in: transaction)
                return .reused(session.family)
            case .rotate:
                try transaction.execute(
                    "UPDATE refresh_session SET used_at = \(now) WHERE token_hash = \(presented)"
                )
                try Self.insert(
                    session.successor(hash: successor, at: now, expiresAt: expiresAt),
                    in: transaction
                )
                try transaction.execute(
                    """
                    UPDATE login_session
                    SET last_used_at = \(now), expires_at = \(expiresAt)
                    WHERE id = \(session.family)
                    """
                )
                return .rotated(user, session.family)
            }
        }
    }

    /// Ends the login that a token came from.
    ///
    /// - Returns: The login; nil for a token that is not known.
    @discardableResult
    package func revokeFamily(
        of token: TokenHash,
        at now: Instant,
        in scope: SystemScope
    ) async throws -> ID<RefreshFamily>? {
        try await database.transaction { transaction in
            let found = try transaction.query(
                "SELECT family_id FROM refresh_session WHERE token_hash = \(token)"
            ).first
            guard let found else { return nil }
            let family: ID<RefreshFamily> = try found.decode("family_id")
            try Self.revoke(family: family, at: now, in: transaction)
            return family
        }
    }

    /// Ends all of someone's logins but the one that is given.
    package func revokeAll(
        of user: ID<User>,
        but session: ID<RefreshFamily>? = nil,
        at now: Instant,
        in scope: SystemScope
    ) async throws {
        try await database.transaction { transaction in
            try Self.revokeLogins(of: user, but: session, at: now, transaction)
        }
    }

    /// Forgets sessions that have been over for long.
    package func removeSessions(expiredBefore instant: Instant, in scope: SystemScope) async throws -> Int {
        try await database.transaction { transaction in
            try transaction.execute("DELETE FROM login_session WHERE expires_at < \(instant)")
            return try transaction.execute("DELETE FROM refresh_session WHERE expires_at < \(instant)")
        }
    }

    static func revoke(
        family: ID<RefreshFamily>,
        at now: Instant,
        in transaction: any SQLTransaction
    ) throws {
        try transaction.execute(
            """
            UPDATE refresh_session
            SET revoked_at = \(now)
            WHERE family_id = \(family) AND revoked_at IS NULL
            """
        )
        try transaction.execute(
            """
            UPDATE login_session
            SET revoked_at = \(now)
            WHERE id = \(family) AND revoked_at IS NULL
            """
        )
    }

    static func revokeLogins(
        of user: ID<User>,
        but session: ID<RefreshFamily>?,
        at now: Instant,
        _ transaction: any SQLTransaction
    ) throws {
        // A user's id is no login's.
        let kept = session ?? ID(user.rawValue)
        try transaction.execute(
            """
            UPDATE refresh_session
            SET revoked_at = \(now)
            WHERE account_id = \(user) AND revoked_at IS NULL AND family_id <> \(kept)
            """
        )
        try transaction.execute(
            """
            UPDATE login_session
            SET revoked_at = \(now)
            WHERE account_id = \(user) AND revoked_at IS NULL AND id <> \(kept)
            """
        )
    }

    private static func insert(_ session: RefreshSession, in transaction: any SQLTransaction) throws {
        try transaction.execute(
            """
            INSERT INTO refresh_session (
                token_hash, family_id, account_id, issued_at, expires_at, used_at, revoked_at
            )
            VALUES (
                \(session.hash), \(session.family), \(session.user), \(session.issuedAt), \(session.expiresAt),
                \(session.usedAt), \(session.revokedAt)
            )
            """
        )
    }
}

extension RefreshSession {
    fileprivate init(row: SQLRow) throws {
        self.init(
            hash: try row.decode("token_hash"),
            family: try row.decode("family_id"),
            user: try row.decode("account_id"),
            issuedAt: try row.decode("issued_at"),
            expiresAt: try row.decode("expires_at"),
            usedAt: try row.decode("used_at"),
            revokedAt: try row.decode("revoked_at")
        )
    }
}
