import Database
package import Plant
package import Trust

/// What an organization asks of those who sign in.
package struct SignInPolicyStore: Sendable {
    let database: any SQLDatabase

    /// Whether a password alone is not enough; it is until somebody says otherwise.
    package func isSecondFactorRequired(in scope: OrganizationScope) async throws -> Bool {
        let row = try await database.query(
            """
            SELECT second_factor_required
            FROM sign_in_policy
            WHERE organization_id = \(scope.id)
            """
        ).first
        return try row?.decode("second_factor_required") ?? false
    }

    /// Says whether a second factor is asked for, which ends the logins of all who have none.
    ///
    /// Both are one transaction, and a login looks at the policy in the one that keeps it: none slips through between.
    ///
    /// - Parameters:
    ///   - isRequired: Whether it is.
    ///   - user: Who says so; nil for a machine.
    ///   - now: The present instant.
    ///   - scope: The organization of which it holds.
    /// - Returns: The users who have no second factor, where one is asked for.
    /// - Throws: ``StorageError`` with `.conflict` where whoever asks for it is one of them.
    @discardableResult
    package func setSecondFactorRequired(
        _ isRequired: Bool,
        by user: ID<User>? = nil,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> [ID<User>] {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let without = isRequired ? try Self.usersWithoutFactor(in: scope, transaction) : []
            guard !without.contains(where: { $0 == user }) else {
                throw StorageError(.conflict, "you have no second factor yourself: set it up first")
            }
            for user in without { try UserStore.revokeLogins(of: user, but: nil, at: now, transaction) }
            try transaction.execute(
                """
                INSERT INTO sign_in_policy (organization_id, second_factor_required, changed_at)
                VALUES (\(scope.id), \(isRequired), \(now))
                ON CONFLICT (organization_id) DO UPDATE
                SET second_factor_required = excluded.second_factor_required, changed_at = excluded.changed_at
                """
            )
            return without
        }
    }

    /// Those for whom a password alone has been enough.
    private static func usersWithoutFactor(
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> [ID<User>] {
        try transaction.query(
            """
            SELECT a.id
            FROM account a
            LEFT JOIN second_factor f
                ON f.organization_id = a.organization_id AND f.account_id = a.id AND f.confirmed_at IS NOT NULL
            WHERE a.organization_id = \(scope.id) AND f.account_id IS NULL
            ORDER BY a.id
            """
        ).map { try $0.decode("id") }
    }
}
