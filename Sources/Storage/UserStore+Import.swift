import Database
package import Plant
package import Trust

/// Somebody who is brought along from another system.
package struct ImportedAccount: Sendable {
    package let email: String
    package let role: Role
    package let password: BcryptHash

    package init(email: String, role: Role, password: BcryptHash) {
        self.email = email
        self.role = role
        self.password = password
    }
}

/// Some of the addresses are taken, in whichever organization: nobody was brought along.
package struct AddressesTaken: Error, Hashable, Sendable {
    /// Where they stand in what was given, from 0.
    package let indices: [Int]

    package init(indices: [Int]) { self.indices = indices }
}

extension UserStore {
    /// Brings people along with their passwords' hashes: all of them, or none.
    ///
    /// - Throws: ``AddressesTaken``; ``StorageError`` with `.invalid` for a super admin, who belongs to none;
    ///   `QuotaExceeded` where the organization would have more users than it may.
    package func bring(
        _ accounts: [ImportedAccount],
        at now: Instant,
        countMax: Int = .max,
        in scope: OrganizationScope
    ) async throws -> [User] {
        guard accounts.allSatisfy({ $0.role != .superAdmin }) else {
            throw StorageError(.invalid, "a super admin belongs to no organization, everybody else to one")
        }
        var generator = SystemRandomNumberGenerator()
        let users = accounts.map { account in
            User(
                id: .random(using: &generator),
                organization: scope.id,
                email: account.email,
                role: account.role,
                createdAt: now
            )
        }
        try await database.transaction { transaction in
            if countMax < .max, !users.isEmpty {
                let rows = try transaction.query(
                    "SELECT COUNT(*) AS count FROM account WHERE organization_id = \(scope.id)"
                )
                let count: Int = try rows.first?.decode("count") ?? 0
                guard count + users.count <= countMax else {
                    throw QuotaExceeded(.users, use: count, limit: countMax)
                }
            }
            var taken: [Int] = []
            for (index, (user, account)) in zip(users, accounts).enumerated() {
                let count = try transaction.execute(
                    """
                    INSERT INTO account (
                        id, organization_id, email, email_key, password_hash, imported_cost, role, created_at
                    )
                    VALUES (
                        \(user.id), \(scope.id), \(user.email), \(Self.key(user.email)), \(account.password.text),
                        \(account.password.cost), \(user.role), \(now)
                    )
                    ON CONFLICT (email_key) DO NOTHING
                    """
                )
                if count == 0 { taken.append(index) }
            }
            guard taken.isEmpty else { throw AddressesTaken(indices: taken) }
        }
        return users
    }

    /// The highest cost of the hashes that were brought along and are still there; nil where none is.
    package func importedCost(in scope: SystemScope) async throws -> Int? {
        let row = try await database.query(
            "SELECT MAX(imported_cost) AS cost FROM account WHERE imported_cost IS NOT NULL"
        ).first
        // Of no rows the maximum is NULL.
        guard let row else { return nil }
        return try row.decode("cost", as: Int?.self)
    }

    /// Puts our own hash in the place of one that was brought along, unless the password was changed meanwhile.
    ///
    /// - Returns: Whether it stands there now.
    @discardableResult
    package func rehash(
        _ user: ID<User>,
        from old: StoredPassword,
        to new: PasswordHash,
        in scope: SystemScope
    ) async throws -> Bool {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE account
                SET password_hash = \(new.text), imported_cost = NULL
                WHERE id = \(user) AND password_hash = \(old.text)
                """
            ) == 1
        }
    }
}
