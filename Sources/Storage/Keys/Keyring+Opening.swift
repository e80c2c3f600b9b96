package import Database
import FoundationEssentials
package import Plant
package import Trust

/// How a keyring is come by.
extension Keyring {
    /// Opens a keyring, and makes it if there is none.
    ///
    /// - Parameters:
    ///   - database: The keyring's own.
    ///   - provider: Where master keys come from; asked again where one is missing.
    ///   - limits: How often a key may seal.
    ///   - now: The machine's time.
    /// - Returns: The keyring.
    /// - Throws: `KeyError` with `.masterMissing` where its keys are wrapped under another master key: nothing is changed
    ///   then, and no key is made.
    package static func open(
        _ database: any SQLDatabase,
        provider: any KeyProvider,
        limits: KeyLimits = .standard,
        now: @escaping @Sendable () -> Instant
    ) async throws -> Keyring {
        let masters = try await provider.masterKeys()
        try await Migrator(KeyringTables.all).migrate(database)
        let at = now()
        let identity = try await database.transaction { transaction in
            try Self.requireMasters(masters, from: provider, transaction)
            guard let row = try transaction.query("SELECT id, master_id FROM keyring_identity WHERE number = 1").first
            else { return try Self.begin(under: masters.first, at: at, transaction) }
            if try row.decode("master_id", as: KeyID.self) != masters.first.id {
                try transaction.execute(
                    "UPDATE keyring_identity SET master_id = \(masters.first.id) WHERE number = 1"
                )
            }
            return try row.decode("id", as: String.self)
        }
        let kept = KeptKeys(
            database: database,
            provider: provider,
            cache: KeyCache(masters),
            limits: limits,
            now: now
        )
        return Keyring(backing: .kept(kept), identity: identity)
    }

    /// A keyring beside the process that writes it: it opens, and seals nothing.
    ///
    /// - Throws: As ``open(_:provider:limits:now:)``.
    package static func openForReading(
        _ database: any SQLDatabase,
        provider: any KeyProvider,
        now: @escaping @Sendable () -> Instant
    ) async throws -> Keyring {
        let masters = try await provider.masterKeys()
        let identity = try await database.read { reader in
            try Self.requireMasters(masters, from: provider, reader)
            return try reader.query("SELECT id FROM keyring_identity WHERE number = 1").first?
                .decode("id", as: String.self)
        }
        let kept = KeptKeys(
            database: database,
            provider: provider,
            cache: KeyCache(masters),
            limits: .standard,
            now: now
        )
        return Keyring(backing: .kept(kept), identity: identity)
    }

    /// What another process handed over; nil for a text that it did not.
    package init?(handedOver text: some StringProtocol) {
        guard let bundle = KeyBundle(handedOver: text) else { return nil }
        self.init(backing: .handed(bundle), identity: nil)
    }

    /// The keyring of a data directory that has none: nothing was sealed there, and nothing opens.
    package static let absent = Keyring(backing: .handed(KeyBundle(holder: .server, keys: [])), identity: nil)

    /// A keyring that is nowhere kept: what it seals can't be opened any more when it is gone.
    package static func ephemeral(limits: KeyLimits = .standard) async throws -> Keyring {
        var generator = SystemRandomNumberGenerator()
        let keyring = try await open(
            SQLiteDatabase(.memory),
            provider: GivenKeys(MasterKeys(MasterKey(using: &generator))),
            limits: limits,
            now: { Instant(seconds: Int64(Date().timeIntervalSince1970)) }
        )
        return Keyring(backing: keyring.backing, identity: nil)
    }

    private static func begin(
        under master: MasterKey,
        at now: Instant,
        _ transaction: any SQLTransaction
    ) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let id = ID<Keyring>.random(using: &generator)
        try transaction.execute(
            """
            INSERT INTO keyring_identity (number, id, master_id, made_at)
            VALUES (1, \(id), \(master.id), \(now))
            """
        )
        try transaction.execute(
            "INSERT INTO wrapping_master (id) VALUES (\(master.id)) ON CONFLICT (id) DO NOTHING"
        )
        return id.description
    }

    private static func requireMasters(
        _ masters: MasterKeys,
        from provider: any KeyProvider,
        _ reader: any SQLReader
    ) throws {
        let needed = try reader.query("SELECT id FROM wrapping_master ORDER BY id").map {
            try $0.decode("id", as: KeyID.self)
        }
        guard let missing = needed.first(where: { masters[$0] == nil }) else { return }
        let given = masters.ids.map(\.description).sorted().joined(separator: ", ")
        throw KeyError(
            .masterMissing,
            "the master key is not this keyring's: its keys are wrapped under \(missing), and \(provider.place) gives "
                + "\(given). Nothing was changed. Give the right one, behind the new one if it was changed"
        )
    }
}
