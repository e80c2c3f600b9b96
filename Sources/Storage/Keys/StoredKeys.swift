import Database
import FoundationEssentials
import Plant
import Trust

/// A wrapped key as it is kept.
struct StoredKey: Hashable, Sendable {
    let version: Int
    let id: KeyID
    let masterID: KeyID
    let wrapped: [UInt8]
    let uses: Int
    let cause: KeyVersion.Cause
    let madeAt: Instant
}

/// All that is kept of one holder's keys.
struct StoredKeys: Hashable, Sendable {
    let holder: KeyHolder
    /// By version.
    let keys: [StoredKey]
    let destroyed: Set<KeyID>
    let isErased: Bool
    /// The highest that there ever was; 0 where there was none.
    let versionMax: Int

    static func read(of holder: KeyHolder, _ reader: any SQLReader) throws -> StoredKeys {
        let keys = try reader.query(
            """
            SELECT version, key_id, master_id, wrapped, reserved_uses, cause, made_at
            FROM data_key
            WHERE organization_id = \(holder)
            ORDER BY version
            """
        ).map(StoredKey.init(row:))
        let destroyed = try reader.query(
            """
            SELECT version, key_id
            FROM destroyed_key
            WHERE organization_id = \(holder)
            ORDER BY version
            """
        ).map { (version: try $0.decode("version", as: Int.self), id: try $0.decode("key_id", as: KeyID.self)) }
        let erased = try reader.query("SELECT erased_at FROM erased_holder WHERE organization_id = \(holder)")
        return StoredKeys(
            holder: holder,
            keys: keys,
            destroyed: Set(destroyed.map(\.id)),
            isErased: !erased.isEmpty,
            versionMax: (keys.map(\.version) + destroyed.map(\.version)).max() ?? 0
        )
    }

    /// Makes the next version, and writes it down wrapped.
    ///
    /// - Throws: ``KeyError`` with `.destroyed` for a holder who gets no keys any more.
    func addVersion(
        for cause: KeyVersion.Cause,
        uses: Int,
        by masters: MasterKeys,
        at now: Instant,
        _ transaction: any SQLTransaction
    ) throws -> StoredKey {
        guard !isErased else { throw Self.erased(holder) }
        let master = try Self.wrappingMaster(masters, transaction)
        let version = versionMax + 1
        guard DataKey.versions.contains(version) else {
            throw KeyError(.exhausted, "there are no more versions of \(holder)'s key")
        }
        var generator = SystemRandomNumberGenerator()
        let key = DataKey(of: holder, version: version, using: &generator)
        let stored = StoredKey(
            version: version,
            id: key.id,
            masterID: master.id,
            wrapped: try key.wrapped(by: master, using: &generator),
            uses: uses,
            cause: cause,
            madeAt: now
        )
        try transaction.execute("INSERT INTO wrapping_master (id) VALUES (\(master.id)) ON CONFLICT (id) DO NOTHING")
        try transaction.execute(
            """
            INSERT INTO data_key (
                organization_id, version, key_id, master_id, wrapped, reserved_uses, cause, made_at
            )
            VALUES (
                \(holder), \(version), \(stored.id), \(stored.masterID), \(Data(stored.wrapped)), \(uses), \(cause), \(now)
            )
            """
        )
        return stored
    }

    static func erased(_ holder: KeyHolder) -> KeyError {
        KeyError(.destroyed, "the keys of \(holder) were destroyed: nothing is sealed for it any more")
    }

    /// The one under which new keys are wrapped, which another process may have changed.
    private static func wrappingMaster(_ masters: MasterKeys, _ reader: any SQLReader) throws -> MasterKey {
        guard let row = try reader.query("SELECT master_id FROM keyring_identity WHERE number = 1").first else {
            throw KeyError(.keyringLost, "the keyring has lost its identity: restore it")
        }
        let id = try row.decode("master_id", as: KeyID.self)
        guard let master = masters[id] else { throw KeyError(masterMissing: id) }
        return master
    }
}

extension StoredKey {
    init(row: SQLRow) throws {
        version = try row.decode("version")
        id = try row.decode("key_id")
        masterID = try row.decode("master_id")
        wrapped = [UInt8](try row.decode("wrapped", as: Data.self))
        uses = try row.decode("reserved_uses")
        cause = try row.decode("cause")
        madeAt = try row.decode("made_at")
    }
}

extension KeyError {
    init(masterMissing id: KeyID) {
        self.init(
            .masterMissing,
            "the keyring's keys are wrapped under the master key \(id), which was not given: give that one, behind "
                + "another one if need be"
        )
    }
}
