package import Alarms
import Database
package import Plant
package import Trust

extension UserStore {
    /// Makes somebody an ADMIN or an OPERATOR.
    ///
    /// - Throws: ``StorageError``: `.notFound`; `.conflict` where nobody would be left to run the organization;
    ///   `.invalid` for a super admin, who belongs to none.
    package func setRole(_ role: Role, of user: ID<User>, in scope: OrganizationScope) async throws -> User {
        guard role != .superAdmin else {
            throw StorageError(.invalid, "a super admin belongs to no organization, everybody else to one")
        }
        return try await database.transaction { transaction in
            if role != .admin { try Self.requireAdmin(besides: user, in: scope, transaction) }
            try transaction.execute(
                """
                UPDATE account
                SET role = \(role)
                WHERE organization_id = \(scope.id) AND id = \(user)
                """
            )
            return try Self.user(user, in: scope, transaction)
        }
    }

    /// Ends all of somebody's logins and lets him in no more; what is his stays, but for the browsers that he subscribed.
    ///
    /// - Returns: The user, and what was raised and cleared by it, to be told now.
    /// - Throws: ``StorageError``: `.notFound`; `.conflict` where nobody would be left to run the organization.
    package func disable(
        _ user: ID<User>,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> (user: User, told: [SystemAlarm]) {
        try await database.transaction { transaction in
            let email = try Self.user(user, in: scope, transaction).email
            try Self.requireAdmin(besides: user, in: scope, transaction)
            try transaction.execute(
                """
                UPDATE account
                SET disabled_at = \(now)
                WHERE organization_id = \(scope.id) AND id = \(user) AND disabled_at IS NULL
                """
            )
            try Self.revokeLogins(of: user, but: nil, at: now, transaction)
            let told = try DeliveryTargetStore.removeBrowsers(of: email, at: now, in: scope, transaction)
            return (try Self.user(user, in: scope, transaction), told)
        }
    }

    /// Lets him sign in again; a login that began while he was being disabled does not come back.
    ///
    /// - Throws: ``StorageError`` with `.notFound`.
    package func enable(_ user: ID<User>, at now: Instant, in scope: OrganizationScope) async throws -> User {
        try await database.transaction { transaction in
            let count = try transaction.execute(
                """
                UPDATE account
                SET disabled_at = NULL
                WHERE organization_id = \(scope.id) AND id = \(user) AND disabled_at IS NOT NULL
                """
            )
            if count == 1 { try Self.revokeLogins(of: user, but: nil, at: now, transaction) }
            return try Self.user(user, in: scope, transaction)
        }
    }

    /// Forgets somebody and the browsers that he subscribed; what he did keeps his e-mail address.
    ///
    /// - Returns: What was raised and cleared by it, to be told now.
    /// - Throws: ``StorageError``: `.notFound`; `.conflict` where nobody would be left to run the organization.
    @discardableResult
    package func remove(_ user: ID<User>, at now: Instant, in scope: OrganizationScope) async throws -> [SystemAlarm] {
        try await database.transaction { transaction in
            let email = try Self.user(user, in: scope, transaction).email
            try Self.requireAdmin(besides: user, in: scope, transaction)
            try transaction.execute("DELETE FROM refresh_session WHERE account_id = \(user)")
            try transaction.execute("DELETE FROM login_session WHERE account_id = \(user)")
            try transaction.execute("DELETE FROM account WHERE organization_id = \(scope.id) AND id = \(user)")
            return try DeliveryTargetStore.removeBrowsers(of: email, at: now, in: scope, transaction)
        }
    }

    /// A new password from an admin, which ends all of the user's logins.
    ///
    /// - Throws: ``StorageError`` with `.notFound`.
    package func setPassword(
        _ hash: PasswordHash,
        of user: ID<User>,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction { transaction in
            _ = try Self.user(user, in: scope, transaction)
            try transaction.execute(
                """
                UPDATE account
                SET password_hash = \(hash.text), imported_cost = NULL
                WHERE organization_id = \(scope.id) AND id = \(user)
                """
            )
            try Self.revokeLogins(of: user, but: nil, at: now, transaction)
        }
    }

    private static func user(
        _ id: ID<User>,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> User {
        let row = try transaction.query(
            """
            SELECT id, organization_id, email, role, created_at, disabled_at
            FROM account
            WHERE organization_id = \(scope.id) AND id = \(id)
            \(clause: .forUpdate)
            """
        ).first
        guard let row else { throw StorageError(.notFound, "there is no user \(id)") }
        return try User(row: row)
    }

    /// An organization that nobody can run can't help itself: its last ADMIN stays one.
    private static func requireAdmin(
        besides user: ID<User>,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        guard try !isLastAdmin(user, in: scope, transaction) else {
            throw StorageError(.conflict, "it is the last ADMIN who can sign in: make somebody else an ADMIN first")
        }
    }

    /// Whether nobody but him can run the organization.
    static func isLastAdmin(
        _ user: ID<User>,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> Bool {
        let admins: [ID<User>] = try transaction.query(
            """
            SELECT id
            FROM account
            WHERE organization_id = \(scope.id) AND role = \(Role.admin) AND disabled_at IS NULL
            \(clause: .forUpdate)
            """
        ).map { try $0.decode("id") }
        return admins == [user]
    }
}
