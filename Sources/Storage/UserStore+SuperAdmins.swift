import Database
package import Plant
package import Trust

/// Those who run the server: they belong to no organization, and nobody but the server's own scope changes them.
extension UserStore {
    /// Whose a super admin's browsers are, in an organization's records: they don't tell his address.
    package static func browserOwner(superAdmin user: ID<User>) -> String {
        "the server's administrator \(user.description.prefix(8))"
    }

    /// By e-mail address.
    package func superAdmins(in scope: SystemScope) async throws -> [User] {
        try await database.query(
            """
            SELECT id, organization_id, email, role, created_at, disabled_at
            FROM account
            WHERE organization_id IS NULL
            ORDER BY email_key
            """
        ).map(User.init(row:))
    }

    /// Ends all of a super admin's logins and lets him in no more; the browsers that he subscribed are taken away.
    ///
    /// - Parameters:
    ///   - user: Who it is.
    ///   - now: The present instant.
    ///   - organizations: All that there are: he may have subscribed a browser in each.
    ///   - scope: The server's.
    /// - Returns: The user.
    /// - Throws: ``StorageError``: `.notFound`; `.conflict` where nobody would be left to run the server.
    package func disable(
        _ user: ID<User>,
        at now: Instant,
        leaving organizations: [OrganizationScope],
        in scope: SystemScope
    ) async throws -> User {
        try await database.transaction { transaction in
            _ = try Self.superAdmin(user, in: scope, transaction)
            try Self.requireSuperAdmin(besides: user, in: scope, transaction)
            try transaction.execute(
                """
                UPDATE account
                SET disabled_at = \(now)
                WHERE organization_id IS NULL AND id = \(user) AND disabled_at IS NULL
                """
            )
            try Self.revokeLogins(of: user, but: nil, at: now, transaction)
            try Self.removeBrowsers(of: user, at: now, in: organizations, transaction)
            return try Self.superAdmin(user, in: scope, transaction)
        }
    }

    /// Lets him sign in again; a login that began while he was being disabled does not come back.
    ///
    /// - Throws: ``StorageError`` with `.notFound`.
    package func enable(_ user: ID<User>, at now: Instant, in scope: SystemScope) async throws -> User {
        try await database.transaction { transaction in
            let count = try transaction.execute(
                """
                UPDATE account
                SET disabled_at = NULL
                WHERE organization_id IS NULL AND id = \(user) AND disabled_at IS NOT NULL
                """
            )
            if count == 1 { try Self.revokeLogins(of: user, but: nil, at: now, transaction) }
            return try Self.superAdmin(user, in: scope, transaction)
        }
    }

    /// Forgets a super admin, with his second factor and the browsers that he subscribed.
    ///
    /// - Parameters:
    ///   - user: Who it is.
    ///   - now: The present instant.
    ///   - organizations: All that there are: he may have subscribed a browser in each.
    ///   - scope: The server's.
    /// - Throws: ``StorageError``: `.notFound`; `.conflict` where nobody would be left to run the server.
    package func remove(
        _ user: ID<User>,
        at now: Instant,
        leaving organizations: [OrganizationScope],
        in scope: SystemScope
    ) async throws {
        try await database.transaction { transaction in
            _ = try Self.superAdmin(user, in: scope, transaction)
            try Self.requireSuperAdmin(besides: user, in: scope, transaction)
            try transaction.execute("DELETE FROM refresh_session WHERE account_id = \(user)")
            try transaction.execute("DELETE FROM login_session WHERE account_id = \(user)")
            try transaction.execute("DELETE FROM account WHERE organization_id IS NULL AND id = \(user)")
            try Self.removeBrowsers(of: user, at: now, in: organizations, transaction)
        }
    }

    private static func removeBrowsers(
        of user: ID<User>,
        at now: Instant,
        in organizations: [OrganizationScope],
        _ transaction: any SQLTransaction
    ) throws {
        let owner = browserOwner(superAdmin: user)
        for scope in organizations {
            _ = try DeliveryTargetStore.removeBrowsers(of: owner, at: now, in: scope, transaction)
        }
    }

    private static func superAdmin(
        _ id: ID<User>,
        in scope: SystemScope,
        _ transaction: any SQLTransaction
    ) throws -> User {
        let row = try transaction.query(
            """
            SELECT id, organization_id, email, role, created_at, disabled_at
            FROM account
            WHERE organization_id IS NULL AND id = \(id)
            \(clause: .forUpdate)
            """
        ).first
        guard let row else { throw StorageError(.notFound, "there is no super admin \(id)") }
        return try User(row: row)
    }

    /// A server that nobody can run can't help itself: its last SUPER_ADMIN stays one.
    private static func requireSuperAdmin(
        besides user: ID<User>,
        in scope: SystemScope,
        _ transaction: any SQLTransaction
    ) throws {
        let admins: [ID<User>] = try transaction.query(
            """
            SELECT id
            FROM account
            WHERE organization_id IS NULL AND disabled_at IS NULL
            \(clause: .forUpdate)
            """
        ).map { try $0.decode("id") }
        guard admins != [user] else {
            throw StorageError(.conflict, "it is the last SUPER_ADMIN who can sign in: make another one first")
        }
    }
}
