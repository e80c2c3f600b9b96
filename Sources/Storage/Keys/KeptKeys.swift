import Database
import Plant
import Trust

/// A keyring's file, and what this process holds of it.
///
/// Other processes may change the file at any time: each use looks into it, and takes out of memory only what stands
/// there still. What another process has rotated or destroyed is so here at once.
struct KeptKeys: Sendable {
    let database: any SQLDatabase
    let provider: any KeyProvider
    let cache: KeyCache
    let limits: KeyLimits
    let now: @Sendable () -> Instant

    func bundle(of holder: KeyHolder) async throws -> KeyBundle {
        try await bundle(database.read { try StoredKeys.read(of: holder, $0) })
    }

    private func bundle(_ stored: StoredKeys) async throws -> KeyBundle {
        let cached = cache.keys(of: stored.holder)
        var keys: [Int: DataKey] = [:]
        for row in stored.keys {
            if let known = cached[row.version], known.id == row.id {
                keys[row.version] = known
            } else {
                keys[row.version] = try await unwrapped(row, of: stored.holder)
            }
        }
        if keys.mapValues(\.id) != cached.mapValues(\.id) { cache.keep(keys, of: stored.holder) }
        return KeyBundle(
            holder: stored.holder,
            keys: Array(keys.values),
            destroyed: stored.destroyed,
            isErased: stored.isErased
        )
    }

    func unwrapped(_ row: StoredKey, of holder: KeyHolder) async throws -> DataKey {
        let master = try await master(row.masterID)
        let key = try DataKey(unwrapping: row.wrapped, of: holder, version: row.version, by: master)
        guard key.id == row.id else {
            throw KeyError(.tampered, "a wrapped key in the keyring is not the one it was: restore the keyring")
        }
        return key
    }

    /// The master key of that id, asked for anew where it is not in hand: somebody may have changed it meanwhile.
    private func master(_ id: KeyID) async throws -> MasterKey {
        if let known = cache.masters[id] { return known }
        try await askAgain(for: id)
        guard let found = cache.masters[id] else { throw KeyError(masterMissing: id) }
        return found
    }

    private func askAgain(for id: KeyID) async throws {
        let given = try await cache.ask(provider, at: now())
        // One that does not help is not taken: what is in hand opens the rest.
        if given[id] != nil { cache.take(given) }
    }

    /// Asks the file what it must have, and unwraps the newest of a holder's keys anew, where there is one.
    func probe(of holder: KeyHolder) async throws {
        let (masterID, stored) = try await database.read { reader in
            let row = try reader.query("SELECT master_id FROM keyring_identity WHERE number = 1").first
            return (try row?.decode("master_id", as: KeyID.self), try StoredKeys.read(of: holder, reader))
        }
        guard let masterID else {
            throw KeyError(.keyringLost, "the keyring says no more which one it is: restore the keyring")
        }
        _ = try await master(masterID)
        if let newest = stored.keys.last { _ = try await unwrapped(newest, of: holder) }
        if let trouble = database.writeTrouble { throw trouble }
    }

    func tryWriting() async throws {
        guard database.writeTrouble != nil else { return }
        try await database.transaction { transaction in
            try transaction.execute("UPDATE keyring_identity SET id = id WHERE number = 1")
        }
    }

    // MARK: - Uses

    /// The key that seals next, with one use of it written down.
    func sealingKey(of holder: KeyHolder) async throws -> DataKey {
        let stored = try await database.read { try StoredKeys.read(of: holder, $0) }
        guard !stored.isErased else { throw StoredKeys.erased(holder) }
        if let current = stored.keys.last, cache.takeUse(of: current.version, holder),
            let key = try await bundle(stored).current
        {
            return key
        }
        let (reserved, count) = try await reserve(for: holder)
        cache.add(uses: count - 1, of: reserved.version, holder)
        guard let key = try await bundle(of: holder).keys[reserved.version] else { throw StoredKeys.erased(holder) }
        return key
    }

    private func reserve(for holder: KeyHolder) async throws -> (StoredKey, Int) {
        let limits = limits
        return try await writing(for: holder) { stored, masters, now, transaction in
            func fresh(_ cause: KeyVersion.Cause) throws -> (StoredKey, Int) {
                let key = try stored.addVersion(for: cause, uses: limits.blockSize, by: masters, at: now, transaction)
                return (key, limits.blockSize)
            }
            guard !stored.isErased else { throw StoredKeys.erased(holder) }
            guard let current = stored.keys.last else { return try fresh(.firstUse) }
            switch limits.decision(reserved: current.uses) {
            case .rotate: return try fresh(.usesMax)
            case .reserve(let count):
                try transaction.execute(
                    """
                    UPDATE data_key
                    SET reserved_uses = reserved_uses + \(count)
                    WHERE organization_id = \(holder) AND version = \(current.version)
                    """
                )
                return (current, count)
            }
        }
    }

    /// A transaction on one holder's keys; once more where new ones are wrapped under a master key that was not in hand.
    func writing<Value: Sendable>(
        for holder: KeyHolder,
        _ body: @escaping @Sendable (StoredKeys, MasterKeys, Instant, any SQLTransaction) throws -> Value
    ) async throws -> Value {
        let now = now()
        func attempt() async throws -> Value {
            let masters = cache.masters
            return try await database.transaction { transaction in
                try body(StoredKeys.read(of: holder, transaction), masters, now, transaction)
            }
        }
        do { return try await attempt() } catch let error as KeyError where error.code == .masterMissing {
            cache.take(try await cache.ask(provider, at: now))
            return try await attempt()
        }
    }
}
