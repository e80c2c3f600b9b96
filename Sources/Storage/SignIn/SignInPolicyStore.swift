import Database
package import Plant

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

    package func setSecondFactorRequired(_ isRequired: Bool, at now: Instant, in scope: OrganizationScope) async throws
    {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            try transaction.execute(
                """
                INSERT INTO sign_in_policy (organization_id, second_factor_required, changed_at)
                VALUES (\(scope.id), \(isRequired), \(now))
                ON CONFLICT (organization_id) DO UPDATE
                SET second_factor_required = excluded.second_factor_required, changed_at = excluded.changed_at
                """
            )
        }
    }
}
