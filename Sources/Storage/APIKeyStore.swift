import Database
package import Plant
package import Trust

/// Machines' keys: an organization's own, but looked up before anyone has a scope.
package struct APIKeyStore: Sendable {
    let database: any SQLDatabase

    /// Keeps a new key, of whose secret only the hash is known here.
    ///
    /// - Throws: `QuotaExceeded` where there are as many as there may be.
    package func create(
        _ key: APIKey,
        hash: TokenHash,
        countMax: Int = Quota.apiKeys.standard,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction { transaction in
            let count: Int? = try transaction.query(
                """
                SELECT COUNT(*) AS count
                FROM api_key
                WHERE organization_id = \(scope.id) AND revoked_at IS NULL
                """
            ).first?.decode("count")
            try QuotaStore.require(.apiKeys, use: count ?? 0, limit: countMax)
            try transaction.execute(
                """
                INSERT INTO api_key (
                    id, organization_id, name, secret_hash, permissions, created_by, created_at, expires_at
                )
                VALUES (
                    \(key.id), \(scope.id), \(key.name), \(hash), \(Self.text(of: key.permissions)), \(key.createdBy),
                    \(key.createdAt), \(key.expiresAt)
                )
                """
            )
        }
    }

    /// Those that are not revoked, the newest first; expired ones are among them.
    package func list(in scope: OrganizationScope) async throws -> [APIKey] {
        try await database.query(
            """
            SELECT id, organization_id, name, permissions, created_by, created_at, expires_at, last_used_at, revoked_at
            FROM api_key
            WHERE organization_id = \(scope.id) AND revoked_at IS NULL
            ORDER BY created_at DESC, id DESC
            """
        ).map(APIKey.init(row:))
    }

    /// One of the organization's, revoked or not.
    package func byID(_ id: ID<APIKey>, in scope: OrganizationScope) async throws -> APIKey? {
        try await database.query(
            """
            SELECT id, organization_id, name, permissions, created_by, created_at, expires_at, last_used_at, revoked_at
            FROM api_key
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map(APIKey.init(row:))
    }

    /// The key that a machine names, whosever it is, with what its secret hashes to; nil for a revoked one.
    package func byID(_ id: ID<APIKey>, in scope: SystemScope) async throws -> (key: APIKey, hash: TokenHash)? {
        let row = try await database.query(
            """
            SELECT
                id, organization_id, name, secret_hash, permissions, created_by, created_at, expires_at, last_used_at,
                revoked_at
            FROM api_key
            WHERE id = \(id) AND revoked_at IS NULL
            """
        ).first
        guard let row else { return nil }
        return (try APIKey(row: row), try row.decode("secret_hash"))
    }

    /// Notes that it was used.
    package func used(_ id: ID<APIKey>, at now: Instant, in scope: SystemScope) async throws {
        try await database.transaction { transaction in
            try transaction.execute("UPDATE api_key SET last_used_at = \(now) WHERE id = \(id)")
        }
    }

    /// - Throws: ``StorageError`` with `.notFound`, for one that is revoked already too.
    package func revoke(_ id: ID<APIKey>, at now: Instant, in scope: OrganizationScope) async throws {
        let count = try await database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE api_key
                SET revoked_at = \(now)
                WHERE organization_id = \(scope.id) AND id = \(id) AND revoked_at IS NULL
                """
            )
        }
        guard count == 1 else { throw StorageError(.notFound, "there is no API key \(id)") }
    }

    private static func text(of permissions: Set<Permission>) -> String {
        permissions.map(\.rawValue).sorted().joined(separator: " ")
    }
}

extension APIKey {
    /// A permission that this program does not know is none.
    fileprivate init(row: SQLRow) throws {
        let permissions = try row.decode("permissions", as: String.self).split(separator: " ")
        self.init(
            id: try row.decode("id"),
            organization: try row.decode("organization_id"),
            name: try row.decode("name"),
            permissions: Set(permissions.compactMap { Permission(rawValue: String($0)) }),
            createdBy: try row.decode("created_by"),
            createdAt: try row.decode("created_at"),
            expiresAt: try row.decode("expires_at"),
            lastUsedAt: try row.decode("last_used_at"),
            revokedAt: try row.decode("revoked_at")
        )
    }
}
