import Database
import FoundationEssentials
import Plant
package import Trust

/// Another master key for all data keys, without touching what they have sealed.
extension Keyring {
    /// Wraps every key under the first master key, one after the other.
    ///
    /// What was done stays done, so that a run that broke off is begun again where it was. Beside it a server goes on: it
    /// asks for its master keys anew where it meets one that it has not, so that they must stand where it looks.
    ///
    /// - Parameters:
    ///   - scope: Proof that the caller runs the server: this is about all organizations.
    ///   - progress: Told how many are done, and of how many.
    /// - Returns: How many were wrapped anew.
    /// - Throws: `KeyError`, `DatabaseError`.
    package func rewrap(
        in scope: SystemScope,
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> Int {
        let kept = try kept()
        let masters = cached(kept)
        let target = masters.first
        let rows = try await others(than: target.id, in: scope)
        for (index, row) in rows.enumerated() {
            progress(index, rows.count)
            try await kept.database.transaction { transaction in
                try Self.rewrap(row.holder, row.version, by: masters, transaction)
            }
        }
        progress(rows.count, rows.count)
        try await close(under: target.id, in: scope)
        return rows.count
    }

    private func cached(_ kept: KeptKeys) -> MasterKeys { kept.cache.masters }

    private struct Place: Sendable {
        let holder: KeyHolder
        let version: Int
    }

    private func others(than target: KeyID, in scope: SystemScope) async throws -> [Place] {
        try await kept().database.query(
            """
            SELECT organization_id, version
            FROM data_key
            WHERE master_id <> \(target)
            ORDER BY organization_id, version
            """
        ).map { Place(holder: try $0.decode("organization_id"), version: try $0.decode("version")) }
    }

    private static func rewrap(
        _ holder: KeyHolder,
        _ version: Int,
        by masters: MasterKeys,
        _ transaction: any SQLTransaction
    ) throws {
        // One that was destroyed in between stays so.
        let stored = try StoredKeys.read(of: holder, transaction)
        guard let row = stored.keys.first(where: { $0.version == version }), row.masterID != masters.first.id else {
            return
        }
        guard let former = masters[row.masterID] else { throw KeyError(masterMissing: row.masterID) }
        var generator = SystemRandomNumberGenerator()
        let key = try DataKey(unwrapping: row.wrapped, of: holder, version: version, by: former)
        let wrapped = try key.wrapped(by: masters.first, using: &generator)
        try transaction.execute(
            "INSERT INTO wrapping_master (id) VALUES (\(masters.first.id)) ON CONFLICT (id) DO NOTHING"
        )
        try transaction.execute(
            """
            UPDATE data_key
            SET wrapped = \(Data(wrapped)), master_id = \(masters.first.id)
            WHERE organization_id = \(holder) AND version = \(version)
            """
        )
    }

    /// From now on nobody needs another master key, as long as no key is wrapped under one.
    private func close(under target: KeyID, in scope: SystemScope) async throws {
        try await kept().database.transaction { transaction in
            try transaction.execute("UPDATE keyring_identity SET master_id = \(target) WHERE number = 1")
            try transaction.execute(
                "INSERT INTO wrapping_master (id) VALUES (\(target)) ON CONFLICT (id) DO NOTHING"
            )
            let needed = try transaction.query("SELECT DISTINCT master_id FROM data_key ORDER BY master_id").map {
                try $0.decode("master_id", as: KeyID.self)
            }
            for row in try transaction.query("SELECT id FROM wrapping_master ORDER BY id") {
                let id = try row.decode("id", as: KeyID.self)
                guard id != target, !needed.contains(id) else { continue }
                try transaction.execute("DELETE FROM wrapping_master WHERE id = \(id)")
            }
        }
    }
}
