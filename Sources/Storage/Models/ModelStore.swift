import Database
package import Models
package import Plant

/// A model version that an organization may serve.
package struct RegisteredModel: Hashable, Sendable {
    package let version: ModelVersion
    /// JSON.
    package let manifest: String
    package let byteSize: Int
    /// Of the artifact, below the server's data directory.
    package let path: String
    package let registeredAt: Instant

    package init(version: ModelVersion, manifest: String, byteSize: Int, path: String, registeredAt: Instant) {
        self.version = version
        self.manifest = manifest
        self.byteSize = byteSize
        self.path = path
        self.registeredAt = registeredAt
    }
}

/// One move of the champion: what was live until when, what from then on, and why.
package struct LedgerEntry: Hashable, Sendable {
    /// From 1, without a gap, oldest first.
    package let number: Int64
    package let from: ModelVersion?
    /// Nil where no model serves from then on.
    package let to: ModelVersion?
    package let by: String
    package let reason: String
    package let at: Instant
    /// The number of the move that this one took back; nil for one that went ahead.
    package let undoes: Int64?
}

/// An organization's model registry.
package struct ModelStore: Sendable {
    let database: any SQLDatabase

    /// - Returns: Whether it was new; the same version again changes nothing.
    package func register(_ model: RegisteredModel, in scope: OrganizationScope) async throws -> Bool {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO model_version (organization_id, hash, manifest, byte_size, path, registered_at)
                VALUES (
                    \(scope.id), \(model.version), \(model.manifest), \(model.byteSize), \(model.path),
                    \(model.registeredAt)
                )
                ON CONFLICT (organization_id, hash) DO NOTHING
                """
            ) == 1
        }
    }

    /// Newest first.
    package func list(in scope: OrganizationScope) async throws -> [RegisteredModel] {
        try await database.query(
            """
            SELECT hash, manifest, byte_size, path, registered_at
            FROM model_version
            WHERE organization_id = \(scope.id)
            ORDER BY registered_at DESC, hash
            """
        ).map(RegisteredModel.init(row:))
    }

    package func byHash(_ version: ModelVersion, in scope: OrganizationScope) async throws -> RegisteredModel? {
        try await database.query(
            """
            SELECT hash, manifest, byte_size, path, registered_at
            FROM model_version
            WHERE organization_id = \(scope.id) AND hash = \(version)
            """
        ).first.map(RegisteredModel.init(row:))
    }

    /// The version that serves; nil where none does.
    package func champion(in scope: OrganizationScope) async throws -> RegisteredModel? {
        try await database.query(
            """
            SELECT v.hash, v.manifest, v.byte_size, v.path, v.registered_at
            FROM model_alias s
            JOIN model_version v ON v.organization_id = s.organization_id AND v.hash = s.hash
            WHERE s.organization_id = \(scope.id) AND s.alias = \(ModelAlias.champion.rawValue)
            """
        ).first.map(RegisteredModel.init(row:))
    }

    /// Lets another version serve, or none, and writes down who did it and why.
    ///
    /// - Parameters:
    ///   - version: Nil where no model is to serve.
    ///   - mover: Who wants it.
    ///   - reason: Why.
    ///   - undone: The number of the move that is taken back by it, if it takes one back.
    ///   - now: When this is.
    ///   - scope: The organization.
    /// - Returns: What the ledger says of it.
    /// - Throws: ``StorageError`` with `.notFound` for a version that is not registered.
    package func moveChampion(
        to version: ModelVersion?,
        by mover: String,
        reason: String,
        undoing undone: Int64? = nil,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> LedgerEntry {
        try await database.transaction { transaction in
            let alias = ModelAlias.champion.rawValue
            let present = try transaction.query(
                """
                SELECT hash
                FROM model_alias
                WHERE organization_id = \(scope.id) AND alias = \(alias)
                \(clause: .forUpdate)
                """
            ).first?.decode("hash", as: ModelVersion.self)
            try transaction.execute(
                "DELETE FROM model_alias WHERE organization_id = \(scope.id) AND alias = \(alias)"
            )
            if let version {
                let known = try transaction.query(
                    "SELECT hash FROM model_version WHERE organization_id = \(scope.id) AND hash = \(version)"
                )
                guard !known.isEmpty else { throw StorageError(.notFound, "there is no model version \(version)") }
                try transaction.execute(
                    "INSERT INTO model_alias (organization_id, alias, hash) VALUES (\(scope.id), \(alias), \(version))"
                )
            }
            let last: Int64? =
                try transaction.query(
                    "SELECT MAX(number) AS number FROM model_ledger WHERE organization_id = \(scope.id)"
                ).first?.decode("number", as: Int64?.self) ?? nil
            let number = (last ?? 0) + 1
            try transaction.execute(
                """
                INSERT INTO model_ledger (
                    organization_id, number, alias, from_hash, to_hash, moved_by, reason, moved_at, undoes
                )
                VALUES (
                    \(scope.id), \(number), \(alias), \(present), \(version), \(mover), \(reason), \(now),
                    \(undone)
                )
                """
            )
            return LedgerEntry(
                number: number,
                from: present,
                to: version,
                by: mover,
                reason: reason,
                at: now,
                undoes: undone
            )
        }
    }

    /// The version that served before the champion; nil where there was none.
    package func formerChampion(in scope: OrganizationScope) async throws -> ModelVersion? {
        try await ledger(in: scope).first?.from
    }

    /// All moves of the champion, newest first.
    package func ledger(in scope: OrganizationScope) async throws -> [LedgerEntry] {
        try await database.query(
            """
            SELECT number, from_hash, to_hash, moved_by, reason, moved_at, undoes
            FROM model_ledger
            WHERE organization_id = \(scope.id) AND alias = \(ModelAlias.champion.rawValue)
            ORDER BY number DESC
            """
        ).map { row in
            LedgerEntry(
                number: try row.decode("number"),
                from: try row.decode("from_hash"),
                to: try row.decode("to_hash"),
                by: try row.decode("moved_by"),
                reason: try row.decode("reason"),
                at: try row.decode("moved_at"),
                undoes: try row.decode("undoes")
            )
        }
    }
}

/// The names under which a version may stand.
private enum ModelAlias: String { case champion }

extension RegisteredModel {
    fileprivate init(row: SQLRow) throws {
        self.init(
            version: try row.decode("hash"),
            manifest: try row.decode("manifest"),
            byteSize: try row.decode("byte_size"),
            path: try row.decode("path"),
            registeredAt: try row.decode("registered_at")
        )
    }
}
