import Database
package import Plant
package import Trust

/// What one organization has instead of the server's quotas, and who decided so.
package struct StoredQuotas: Hashable, Sendable {
    package let settings: QuotaSettings
    package let changedBy: String
    package let changedAt: Instant
}

/// The organizations' own quotas, and how much of them is used.
package struct QuotaStore: Sendable {
    let database: any SQLDatabase

    /// Nil where nothing was ever decided.
    package func current(in scope: OrganizationScope) async throws -> StoredQuotas? {
        try await database.query(
            """
            SELECT settings, changed_by, changed_at
            FROM organization_quota
            WHERE organization_id = \(scope.id)
            """
        ).first.map { row in
            StoredQuotas(
                settings: try JSONText.decoded(QuotaSettings.self, try row.decode("settings"), from: "quota"),
                changedBy: try row.decode("changed_by"),
                changedAt: try row.decode("changed_at")
            )
        }
    }

    /// Replaces what the organization has of its own.
    package func put(
        _ settings: QuotaSettings,
        by author: String,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        let text = try JSONText.encoded(settings)
        try await database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO organization_quota (organization_id, settings, changed_by, changed_at)
                VALUES (\(scope.id), \(text), \(author), \(now))
                ON CONFLICT (organization_id) DO UPDATE SET
                    settings = excluded.settings, changed_by = excluded.changed_by, changed_at = excluded.changed_at
                """
            )
        }
    }

    /// How much there is of what the store keeps; `now` ends the day of the training runs.
    package func use(at now: Instant, in scope: OrganizationScope) async throws -> [Quota: Int] {
        try await database.read { reader in
            func count(_ sql: SQL) throws -> Int { try reader.query(sql).first?.decode("count") ?? 0 }
            return [
                .rowsKept: try count(
                    "SELECT kept_count AS count FROM ingest WHERE organization_id = \(scope.id)"
                ),
                .models: try count(
                    "SELECT COUNT(*) AS count FROM model_version WHERE organization_id = \(scope.id)"
                ),
                .trainingRunsPerDay: try TrainingLogStore.queuedCount(at: now, in: scope, reader),
                .users: try count("SELECT COUNT(*) AS count FROM account WHERE organization_id = \(scope.id)"),
                .apiKeys: try count(
                    """
                    SELECT COUNT(*) AS count
                    FROM api_key
                    WHERE organization_id = \(scope.id) AND revoked_at IS NULL
                    """
                ),
                .deliveryTargets: try count(
                    "SELECT COUNT(*) AS count FROM delivery_target WHERE organization_id = \(scope.id)"
                ),
            ]
        }
    }

    /// What may be one more.
    ///
    /// - Throws: `QuotaExceeded` where there are as many as there may be.
    static func require(_ quota: Quota, use: Int, limit: Int) throws {
        guard use < limit else { throw QuotaExceeded(quota, use: use, limit: limit) }
    }
}
