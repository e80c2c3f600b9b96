import Database
package import Plant
package import Trust

/// What proves users beside their passwords, one each.
package struct SecondFactorStore: Sendable {
    let database: any SQLDatabase

    package func ofUser(_ user: ID<User>, in scope: SystemScope) async throws -> SecondFactor? {
        try await database.query(
            """
            SELECT id, account_id, organization_id, sealed_secret, last_step, enrolled_at, confirmed_at
            FROM second_factor
            WHERE account_id = \(user)
            """
        ).first.map(SecondFactor.init(row:))
    }

    /// Begins one, in place of one that was begun and never confirmed.
    ///
    /// - Throws: ``StorageError`` with `.duplicate` where there is a confirmed one.
    package func enrol(_ factor: SecondFactor, in scope: SystemScope) async throws {
        let count = try await database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO second_factor (account_id, organization_id, id, sealed_secret, enrolled_at)
                VALUES (
                    \(factor.user), \(factor.organization), \(factor.id), \(SealedText.text(factor.sealedSecret)),
                    \(factor.enrolledAt)
                )
                ON CONFLICT (account_id) DO UPDATE
                SET id = excluded.id, sealed_secret = excluded.sealed_secret, enrolled_at = excluded.enrolled_at
                WHERE second_factor.confirmed_at IS NULL
                """
            )
        }
        guard count == 1 else { throw StorageError(.duplicate, "there is a second factor already: remove it first") }
    }

    /// From now on it is asked for.
    ///
    /// - Parameters:
    ///   - factor: As it was begun.
    ///   - step: That of the first right code, which is used up by this.
    ///   - codes: The recovery codes' hashes, in place of all that were before.
    ///   - now: The present instant.
    ///   - scope: Proof of a login.
    /// - Throws: ``StorageError`` with `.cursorMoved` where it was confirmed, begun anew or removed in the meantime.
    package func confirm(
        _ factor: SecondFactor,
        step: Int64,
        recoveryCodes codes: [TokenHash],
        at now: Instant,
        in scope: SystemScope
    ) async throws {
        try await database.transaction { transaction in
            let count = try transaction.execute(
                """
                UPDATE second_factor
                SET confirmed_at = \(now), last_step = \(step)
                WHERE account_id = \(factor.user) AND id = \(factor.id) AND confirmed_at IS NULL
                """
            )
            guard count == 1 else { throw StorageError(.cursorMoved, "the second factor is not the one begun") }
            try transaction.execute("DELETE FROM recovery_code WHERE account_id = \(factor.user)")
            for code in codes {
                try transaction.execute(
                    "INSERT INTO recovery_code (account_id, code_hash) VALUES (\(factor.user), \(code))"
                )
            }
        }
    }

    /// Uses a step's code up; of two who give it at once, one has it.
    ///
    /// - Returns: False where it, or a later one, was used before.
    package func use(step: Int64, of factor: SecondFactor, in scope: SystemScope) async throws -> Bool {
        let count = try await database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE second_factor
                SET last_step = \(step)
                WHERE account_id = \(factor.user) AND id = \(factor.id) AND confirmed_at IS NOT NULL
                    AND (last_step IS NULL OR last_step < \(step))
                """
            )
        }
        return count == 1
    }

    /// Uses a recovery code up; of two who give it at once, one has it.
    ///
    /// - Returns: False where it is none of the user's, or was used before.
    package func use(
        recoveryCode code: TokenHash,
        of factor: SecondFactor,
        at now: Instant,
        in scope: SystemScope
    ) async throws -> Bool {
        let count = try await database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE recovery_code
                SET used_at = \(now)
                WHERE account_id = \(factor.user) AND code_hash = \(code) AND used_at IS NULL
                    AND EXISTS (
                        SELECT 1
                        FROM second_factor
                        WHERE account_id = \(factor.user) AND id = \(factor.id) AND confirmed_at IS NOT NULL
                    )
                """
            )
        }
        return count == 1
    }

    /// How many recovery codes are not used yet.
    package func recoveryCodesLeft(of user: ID<User>, in scope: SystemScope) async throws -> Int {
        try await database.query(
            "SELECT COUNT(*) AS count FROM recovery_code WHERE account_id = \(user) AND used_at IS NULL"
        ).first?.decode("count") ?? 0
    }

    /// - Returns: False where there was none.
    @discardableResult
    package func remove(of user: ID<User>, in scope: SystemScope) async throws -> Bool {
        try await database.transaction { transaction in
            try transaction.execute("DELETE FROM recovery_code WHERE account_id = \(user)")
            return try transaction.execute("DELETE FROM second_factor WHERE account_id = \(user)") == 1
        }
    }
}

extension SecondFactorStore {
    /// Takes a user's of the organization away.
    ///
    /// - Returns: False where the user is another's, or has none.
    package func remove(of user: ID<User>, in scope: OrganizationScope) async throws -> Bool {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let count = try transaction.execute(
                "DELETE FROM second_factor WHERE organization_id = \(scope.id) AND account_id = \(user)"
            )
            guard count == 1 else { return false }
            try transaction.execute("DELETE FROM recovery_code WHERE account_id = \(user)")
            return true
        }
    }
}

extension SecondFactor {
    fileprivate init(row: SQLRow) throws {
        guard let sealed = SealedText.bytes(try row.decode("sealed_secret")) else {
            throw StorageError(.unreadable, "a second factor's secret is not sealed: remove the factor")
        }
        self.init(
            id: try row.decode("id"),
            user: try row.decode("account_id"),
            organization: try row.decode("organization_id"),
            sealedSecret: sealed,
            lastStep: try row.decode("last_step"),
            enrolledAt: try row.decode("enrolled_at"),
            confirmedAt: try row.decode("confirmed_at")
        )
    }
}
