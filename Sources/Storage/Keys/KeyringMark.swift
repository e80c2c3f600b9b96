package import Database
package import Plant
import Trust

/// What the server's database knows of its keyring: which one it is, and whether all is sealed under it.
package struct KeyringMark: Sendable {
    let database: any SQLDatabase

    /// Notes the keyring of a database that has none yet.
    ///
    /// - Throws: `KeyError` with `.keyringLost` where another keyring sealed what is in the database: a new one must not
    ///   take the place of one that can be brought back.
    func bind(_ keyring: Keyring) async throws {
        guard let identity = keyring.identity else { return }
        try await database.transaction { transaction in
            guard let row = try transaction.query("SELECT id FROM keyring WHERE number = 1").first else {
                try transaction.execute("INSERT INTO keyring (number, id) VALUES (1, \(identity))")
                return
            }
            guard try row.decode("id", as: String.self) != identity else { return }
            throw KeyError(
                .keyringLost,
                "keyring.sqlite is not the one under which this data directory was sealed: put the former one back. "
                    + "Without it what is sealed is lost, and a new one would only hide that"
            )
        }
    }

    /// Whether a database, which may be of any version, has been sealed under a keyring.
    package static func isThere(in database: any SQLDatabase) async throws -> Bool {
        try await database.read { reader in
            let tables = try reader.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'keyring'")
            guard !tables.isEmpty else { return false }
            return try !reader.query("SELECT number FROM keyring").isEmpty
        }
    }

    /// When all that earlier versions had left open was sealed; nil where that is still to be done.
    package func sealedAt() async throws -> Instant? {
        let row = try await database.query("SELECT sealed_at FROM keyring WHERE number = 1").first
        return try row?.decode("sealed_at", as: Instant?.self) ?? nil
    }

    /// Notes that something lies open again, as what an earlier version wrote: the next start seals it.
    static func noteOpen(_ transaction: any SQLTransaction) throws {
        try transaction.execute("UPDATE keyring SET sealed_at = NULL WHERE number = 1")
    }

    /// Notes that nothing lies open any more.
    package func noteSealed(at now: Instant) async throws {
        try await database.transaction { transaction in
            try transaction.execute("UPDATE keyring SET sealed_at = \(now) WHERE number = 1")
        }
    }
}
