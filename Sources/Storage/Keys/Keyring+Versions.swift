import Database
import FoundationEssentials
package import Plant
package import Trust

/// New versions, and the end of old ones.
extension Keyring {
    /// An organization's keys, as far as they may be told, by version.
    package func versions(in scope: OrganizationScope) async throws -> [KeyVersion] {
        try await versions(of: KeyHolder(scope))
    }

    /// The server's own.
    package func versions(in scope: SystemScope) async throws -> [KeyVersion] {
        try await versions(of: KeyHolder(scope))
    }

    /// How long ago somebody last asked for a new version; nil where nobody did.
    package func sinceRotation(in scope: OrganizationScope) async throws -> Duration? {
        let last = try await versions(in: scope).last { $0.cause == .rotation }
        let now = try now
        return last.map { now - $0.madeAt }
    }

    private func versions(of holder: KeyHolder) async throws -> [KeyVersion] {
        let stored = try await kept().database.read { try StoredKeys.read(of: holder, $0) }
        return stored.keys.map { KeyVersion($0, isCurrent: $0.version == stored.keys.last?.version) }
    }

    /// Makes a new version, which seals from now on; former ones open what they sealed.
    ///
    /// - Throws: `KeyError` with `.destroyed` once the organization's keys are.
    package func rotate(in scope: OrganizationScope) async throws -> KeyVersion {
        try await rotate(KeyHolder(scope))
    }

    /// The same for the server's own.
    package func rotate(in scope: SystemScope) async throws -> KeyVersion { try await rotate(KeyHolder(scope)) }

    private func rotate(_ holder: KeyHolder) async throws -> KeyVersion {
        let stored = try await kept().writing(for: holder) { stored, masters, now, transaction in
            let cause: KeyVersion.Cause = stored.versionMax == 0 ? .firstUse : .rotation
            return try stored.addVersion(for: cause, uses: 0, by: masters, at: now, transaction)
        }
        return KeyVersion(stored, isCurrent: true)
    }

    /// Destroys former versions for good; who calls has seen to it that nothing needs them.
    ///
    /// - Parameters:
    ///   - versions: The one that seals stays, whatever is asked.
    ///   - settling: So does one whose successor is younger: somebody may be in the midst of sealing under it.
    ///   - scope: Whose they are.
    /// - Returns: Those that are gone now.
    /// - Throws: `DatabaseError` of the keyring; nothing is destroyed then.
    package func retire(
        _ versions: Set<Int>,
        settling: Duration,
        in scope: OrganizationScope
    ) async throws -> [Int] {
        let holder = KeyHolder(scope)
        let gone = try await kept().writing(for: holder) { stored, _, now, transaction in
            let leaving = zip(stored.keys, stored.keys.dropFirst()).compactMap { key, successor in
                versions.contains(key.version) && successor.madeAt + settling <= now ? key : nil
            }
            try Self.forget(leaving, of: holder, at: now, transaction)
            return leaving.map(\.version)
        }
        // What is in memory of them goes with the next look.
        _ = try await keys(of: holder)
        return gone
    }

    /// Destroys all of an organization's keys: nobody can read then what was sealed under them, in backups neither.
    ///
    /// Each is overwritten in its place and then removed; what is in this process's memory is let go. Doing it again
    /// changes nothing and says the same.
    ///
    /// - Throws: `DatabaseError` of the keyring; nothing is destroyed then.
    package func destroyKeys(in scope: OrganizationScope, at now: Instant) async throws -> KeyDestruction {
        let holder = KeyHolder(scope)
        let kept = try kept()
        let destruction = try await kept.database.transaction { transaction in
            let stored = try StoredKeys.read(of: holder, transaction)
            try Self.forget(stored.keys, of: holder, at: now, transaction)
            try transaction.execute(
                """
                INSERT INTO erased_holder (organization_id, erased_at)
                VALUES (\(holder), \(now))
                ON CONFLICT (organization_id) DO NOTHING
                """
            )
            return try Self.destruction(of: holder, in: scope, transaction)
        }
        kept.cache.erase(holder)
        return destruction
    }

    /// What became of an organization's keys; nil while it has any, or may have.
    package func destruction(in scope: OrganizationScope) async throws -> KeyDestruction? {
        let holder = KeyHolder(scope)
        return try await kept().database.read { reader in
            guard try StoredKeys.read(of: holder, reader).isErased else { return nil }
            return try Self.destruction(of: holder, in: scope, reader)
        }
    }

    private static func destruction(
        of holder: KeyHolder,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> KeyDestruction {
        let rows = try reader.query(
            """
            SELECT version, key_id
            FROM destroyed_key
            WHERE organization_id = \(holder)
            ORDER BY version
            """
        )
        guard
            let erased = try reader.query(
                "SELECT erased_at FROM erased_holder WHERE organization_id = \(holder)"
            ).first
        else { throw StorageError(.notFound, "the organization's keys were not destroyed") }
        return KeyDestruction(
            organization: scope.id,
            versions: try rows.map { try $0.decode("version") },
            keyIDs: try rows.map { try $0.decode("key_id") },
            at: try erased.decode("erased_at")
        )
    }

    private static func forget(
        _ keys: some Collection<StoredKey>,
        of holder: KeyHolder,
        at now: Instant,
        _ transaction: any SQLTransaction
    ) throws {
        for key in keys {
            try transaction.execute(
                """
                INSERT INTO destroyed_key (organization_id, version, key_id, destroyed_at)
                VALUES (\(holder), \(key.version), \(key.id), \(now))
                """
            )
            // The file overwrites what it deletes; this does so even where it would not.
            try transaction.execute(
                """
                UPDATE data_key
                SET wrapped = \(Data(repeating: 0, count: key.wrapped.count))
                WHERE organization_id = \(holder) AND version = \(key.version)
                """
            )
            try transaction.execute(
                "DELETE FROM data_key WHERE organization_id = \(holder) AND version = \(key.version)"
            )
        }
    }
}

extension KeyVersion {
    init(_ stored: StoredKey, isCurrent: Bool) {
        self.init(
            version: stored.version,
            id: stored.id,
            masterID: stored.masterID,
            cause: stored.cause,
            madeAt: stored.madeAt,
            uses: stored.uses,
            isCurrent: isCurrent
        )
    }
}
