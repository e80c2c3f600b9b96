import Database
package import Models
package import Plant
import Trust

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

/// Where an alias is to go.
package struct AliasMove: Hashable, Sendable {
    package let alias: ModelAlias
    /// Nil where no version is to stand under it.
    package let to: ModelVersion?
    /// The number of the move that this one takes back; nil for one that goes ahead.
    package let undoes: Int64?

    package init(_ alias: ModelAlias, to version: ModelVersion?, undoing undone: Int64? = nil) {
        self.alias = alias
        to = version
        undoes = undone
    }
}

/// Why aliases move.
package struct AliasReason: Hashable, Sendable {
    /// Who or what wants it.
    package let by: String
    package let reason: String
    /// The training run that made the version, where one did.
    package let run: ID<TrainingLog>?
    /// What it was decided on, as JSON.
    package let evidence: String?

    package init(by: String, reason: String, run: ID<TrainingLog>? = nil, evidence: String? = nil) {
        self.by = by
        self.reason = reason
        self.run = run
        self.evidence = evidence
    }
}

/// One move of an alias: what stood there until when, what from then on, and why.
package struct LedgerEntry: Hashable, Sendable {
    /// From 1, without a gap over both aliases, oldest first.
    package let number: Int64
    package var alias = ModelAlias.champion
    package let from: ModelVersion?
    /// Nil where no model stands there from then on.
    package let to: ModelVersion?
    package let by: String
    package let reason: String
    package let at: Instant
    /// The number of the move that this one took back; nil for one that went ahead.
    package let undoes: Int64?
    package var run: ID<TrainingLog>?
    /// JSON.
    package var evidence: String?
}

/// An organization's model registry.
package struct ModelStore: Sendable {
    let database: any SQLDatabase

    /// - Returns: Whether it was new; the same version again changes nothing.
    /// - Throws: `QuotaExceeded` for a new one where there are as many already.
    package func register(
        _ model: RegisteredModel,
        countMax: Int = .max,
        in scope: OrganizationScope
    ) async throws -> Bool {
        try await database.transaction { transaction in
            try Self.requireRoom(for: model.version, countMax: countMax, in: scope, transaction)
            return try transaction.execute(
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

    /// Looks for room before anything is done for a model.
    ///
    /// - Throws: `QuotaExceeded` for a new one where there are as many already.
    package func requireRoom(for version: ModelVersion, countMax: Int, in scope: OrganizationScope) async throws {
        try await database.read { try Self.requireRoom(for: version, countMax: countMax, in: scope, $0) }
    }

    private static func requireRoom(
        for version: ModelVersion,
        countMax: Int,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws {
        guard countMax < .max else { return }
        let hashes: [ModelVersion] =
            try reader.query("SELECT hash FROM model_version WHERE organization_id = \(scope.id)")
            .map { try $0.decode("hash") }
        guard !hashes.contains(version) else { return }
        try QuotaStore.require(.models, use: hashes.count, limit: countMax)
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
        try await model(as: .champion, in: scope)
    }

    /// The version that stands under an alias; nil where none does.
    package func model(as alias: ModelAlias, in scope: OrganizationScope) async throws -> RegisteredModel? {
        try await database.query(
            """
            SELECT v.hash, v.manifest, v.byte_size, v.path, v.registered_at
            FROM model_alias s
            JOIN model_version v ON v.organization_id = s.organization_id AND v.hash = s.hash
            WHERE s.organization_id = \(scope.id) AND s.alias = \(alias.rawValue)
            """
        ).first.map(RegisteredModel.init(row:))
    }

    /// Moves aliases, all or none, and writes down who did it and why.
    ///
    /// - Parameters:
    ///   - moves: At least one; a version that stands under another alias already may stand under this one too.
    ///   - expected: Who must be champion for it, so that two who decide at once do not undo each other's work.
    ///   - reason: Who wants it, and why.
    ///   - now: When this is.
    ///   - scope: The organization.
    /// - Returns: What the ledger says of each.
    /// - Throws: ``StorageError`` with `.notFound` for a version that is not registered, and with `.cursorMoved`
    ///   where another is champion than was expected.
    package func move(
        _ moves: [AliasMove],
        expecting expected: ModelVersion?? = nil,
        because reason: AliasReason,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> [LedgerEntry] {
        try await database.transaction { transaction in
            if let expected {
                let champion = try Self.version(as: .champion, in: scope, transaction)
                guard champion == expected else {
                    throw StorageError(.cursorMoved, "another model has become champion in the meantime")
                }
            }
            return try moves.map { try Self.move($0, because: reason, at: now, in: scope, transaction) }
        }
    }

    private static func version(
        as alias: ModelAlias,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> ModelVersion? {
        try transaction.query(
            """
            SELECT hash
            FROM model_alias
            WHERE organization_id = \(scope.id) AND alias = \(alias.rawValue)
            \(clause: .forUpdate)
            """
        ).first?.decode("hash", as: ModelVersion.self)
    }

    private static func move(
        _ move: AliasMove,
        because reason: AliasReason,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> LedgerEntry {
        let alias = move.alias.rawValue
        let present = try version(as: move.alias, in: scope, transaction)
        try transaction.execute(
            "DELETE FROM model_alias WHERE organization_id = \(scope.id) AND alias = \(alias)"
        )
        if let version = move.to {
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
                organization_id, number, alias, from_hash, to_hash, moved_by, reason, moved_at, undoes, run_id, evidence
            )
            VALUES (
                \(scope.id), \(number), \(alias), \(present), \(move.to), \(reason.by), \(reason.reason), \(now),
                \(move.undoes), \(reason.run), \(reason.evidence)
            )
            """
        )
        let entry = LedgerEntry(
            number: number,
            alias: move.alias,
            from: present,
            to: move.to,
            by: reason.by,
            reason: reason.reason,
            at: now,
            undoes: move.undoes,
            run: reason.run,
            evidence: reason.evidence
        )
        try AuditStore.append(AuditEvent(entry), at: now, in: scope, transaction)
        return entry
    }

    /// The version that served before the champion; nil where there was none.
    package func formerChampion(in scope: OrganizationScope) async throws -> ModelVersion? {
        try await ledger(of: .champion, in: scope).first?.from
    }

    /// All moves, of one alias or of both, newest first.
    package func ledger(of alias: ModelAlias? = nil, in scope: OrganizationScope) async throws -> [LedgerEntry] {
        let ofAlias: SQL = alias.map { "AND alias = \($0.rawValue)" } ?? ""
        return try await database.query(
            """
            SELECT \(LedgerEntry.columns)
            FROM model_ledger
            WHERE organization_id = \(scope.id) \(ofAlias)
            ORDER BY number DESC
            """
        ).map(LedgerEntry.init(row:))
    }

    /// The move by which an alias had come to where it stood at an instant; nil where it had never moved.
    package func entry(
        of alias: ModelAlias,
        at instant: Instant,
        in scope: OrganizationScope
    ) async throws -> LedgerEntry? {
        try await database.query(
            """
            SELECT \(LedgerEntry.columns)
            FROM model_ledger
            WHERE organization_id = \(scope.id) AND alias = \(alias.rawValue) AND moved_at <= \(instant)
            ORDER BY moved_at DESC, number DESC
            LIMIT 1
            """
        ).first.map(LedgerEntry.init(row:))
    }
}

extension LedgerEntry {
    fileprivate static let columns: SQL =
        "number, alias, from_hash, to_hash, moved_by, reason, moved_at, undoes, run_id, evidence"

    fileprivate init(row: SQLRow) throws {
        let alias: String = try row.decode("alias")
        self.init(
            number: try row.decode("number"),
            alias: ModelAlias(rawValue: alias) ?? .champion,
            from: try row.decode("from_hash"),
            to: try row.decode("to_hash"),
            by: try row.decode("moved_by"),
            reason: try row.decode("reason"),
            at: try row.decode("moved_at"),
            undoes: try row.decode("undoes"),
            run: try row.decode("run_id"),
            evidence: try row.decode("evidence")
        )
    }
}

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
