import Database
package import Plant
package import Trust

/// What presenting a refresh token came to.
package enum RefreshOutcome: Hashable, Sendable {
    /// The token is used up, its successor is saved.
    case rotated(User)
    case unknown, expired, revoked
    /// It had been used before: all that came out of the same login are revoked now.
    case reused
}

extension UserStore {
    /// The first of a family, from a login.
    package func saveRefresh(_ session: RefreshSession, in scope: SystemScope) async throws {
        try await database.transaction { try Self.insert(session, in: $0) }
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
                    a.id, a.organization_id, a.email, a.role, a.created_at
                FROM refresh_session s
                JOIN account a ON a.id = s.account_id
                WHERE s.token_hash = \(presented)
                \(clause: .forUpdate)
                """
            ).first
            guard let found else { return .unknown }
            let session = try RefreshSession(row: found)
            switch session.decision(at: now) {
            case .expired: return .expired
            case .revoked: return .revoked
            case .reused:
                try Self.revoke(family: session.family, at: now, in: transaction)
                return .reused
            case .rotate:
                try transaction.execute(
                    "UPDATE refresh_session SET used_at = \(now) WHERE token_hash = \(presented)"
                )
                try Self.insert(
                    session.successor(hash: successor, at: now, expiresAt: expiresAt),
                    in: transaction
                )
                return .rotated(try User(row: found))
            }
        }
    }

    /// Ends the login that a token came from; nothing happens for one that is not known.
    package func revokeFamily(of token: TokenHash, at now: Instant, in scope: SystemScope) async throws {
        try await database.transaction { transaction in
            let family = try transaction.query(
                "SELECT family_id FROM refresh_session WHERE token_hash = \(token)"
            ).first
            guard let family else { return }
            try Self.revoke(family: try family.decode("family_id"), at: now, in: transaction)
        }
    }

    /// Ends all of someone's logins.
    package func revokeAll(of user: ID<User>, at now: Instant, in scope: SystemScope) async throws {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE refresh_session
                SET revoked_at = \(now)
                WHERE account_id = \(user) AND revoked_at IS NULL
                """
            )
        }
    }

    /// Forgets sessions that have been over for long.
    package func removeSessions(expiredBefore instant: Instant, in scope: SystemScope) async throws -> Int {
        try await database.transaction { transaction in
            try transaction.execute("DELETE FROM refresh_session WHERE expires_at < \(instant)")
        }
    }

    private static func revoke(
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
