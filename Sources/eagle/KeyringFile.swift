import Database
import Foundation
import Plant
import Serving
import Storage
import Trust

/// A data directory's keyring: `keyring.sqlite`, which belongs in no backup of an organization.
struct KeyringFile {
    let directory: String
    let keys: KeysConfiguration

    private var path: String { directory + "/keyring.sqlite" }

    /// Whether anything was ever written into it.
    private var isThere: Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? Int ?? 0) > 0
    }

    /// Opens it; the first start makes it, and the master key where it is to be a file.
    ///
    /// - Throws: `KeyError` with `.keyringLost` where there was one, before anything is made in its place.
    func open() async throws -> Keyring {
        let isNew = !isThere
        if isNew { try await requireNew() }
        return try await Keyring.open(
            SQLiteDatabase(.forgetfulFile(path)),
            provider: keys.provider(directory: directory, isNew: isNew),
            now: { SystemTime().now }
        )
    }

    /// The same beside a server, without writing.
    func openForReading() async throws -> Keyring {
        guard isThere else { return .absent }
        return try await Keyring.openForReading(
            SQLiteDatabase(.readOnlyFile(path)),
            provider: keys.provider(directory: directory, isNew: false),
            now: { SystemTime().now }
        )
    }

    private func requireNew() async throws {
        let database = directory + "/eagle.sqlite"
        guard FileManager.default.fileExists(atPath: database) else { return }
        guard try await KeyringMark.isThere(in: SQLiteDatabase(.readOnlyFile(database))) else { return }
        // Who started at the same time makes the keyring first, and marks the database then.
        guard !isThere else { return }
        throw KeyError(
            .keyringLost,
            "\(path) is missing, and what is in \(directory) was sealed under its keys: put it back. No other one is "
                + "made in its place"
        )
    }
}
