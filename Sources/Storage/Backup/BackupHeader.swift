import Foundation
package import Plant

/// Names a backup.
package enum Backup {}

/// What stands in the clear at a backup's beginning; the first sealed part repeats it, so that a changed one is found.
package struct BackupHeader: Hashable, Sendable, Codable {
    package struct Table: Hashable, Sendable, Codable {
        package let name: String
        /// In the order of a row's values.
        package let columns: [String]
        package let rows: Int
    }

    package struct File: Hashable, Sendable, Codable {
        /// Below the data directory.
        package let path: String
        package let bytes: Int
    }

    package static let formatKnown = 1
    /// Migrations up to this one are needed to have made it: what later ones move about within tables is not done to
    /// rows that are restored, so that one that does has to raise it.
    static let migrationMin = 17
    /// Rows from before this one may have in the open what is sealed since, and it is sealed once they are restored: a
    /// migration that seals more has to raise it.
    static let migrationSealed = 20
    /// More is no header.
    static let byteCountMax = 64 << 20

    package let format: Int
    package let id: ID<Backup>
    package let organization: ID<Organization>
    package let slug: String
    package let madeAt: Instant
    /// Of the program that made it.
    package let version: String
    /// The last of the migrations that its tables went through.
    package let migration: Int
    /// Of the organization's data keys that there were; it is sealed with the last.
    package let keyVersions: [Int]
    package let tables: [Table]
    package let files: [File]

    package var rowCount: Int { tables.reduce(0) { $0 + $1.rows } }
    package var fileByteCount: Int { files.reduce(0) { $0 + $1.bytes } }

    /// As it stands in the file, and in the first sealed part.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self))
    }

    /// - Throws: ``BackupError`` with `.unreadable`.
    init(decoding bytes: [UInt8]) throws(BackupError) {
        struct Format: Decodable { let format: Int }
        let data = Data(bytes)
        let decoder = JSONDecoder()
        if let format = try? decoder.decode(Format.self, fromOutside: data).format, format != Self.formatKnown {
            throw BackupError(
                .unreadable,
                "it is a backup of format \(format), this program reads \(Self.formatKnown): take a newer program"
            )
        }
        do { self = try decoder.decode(Self.self, fromOutside: data) } catch {
            throw BackupError(.unreadable, "its header can't be read: it is damaged, or no backup", cause: error)
        }
        for file in files where !isInPlace(file.path) {
            throw BackupError(.unreadable, "it names a file outside of the organization's folders: \(file.path)")
        }
    }

    init(
        id: ID<Backup>,
        organization: ID<Organization>,
        slug: String,
        madeAt: Instant,
        version: String,
        migration: Int,
        keyVersions: [Int],
        tables: [Table],
        files: [File]
    ) {
        format = Self.formatKnown
        self.id = id
        self.organization = organization
        self.slug = slug
        self.madeAt = madeAt
        self.version = version
        self.migration = migration
        self.keyVersions = keyVersions
        self.tables = tables
        self.files = files
    }

    /// Whether a path leads into a folder of the organization's, and to nothing hidden there.
    private func isInPlace(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return OrganizationFolders.paths(of: organization).contains { path.hasPrefix($0 + "/") }
            && parts.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") && !$0.utf8.contains(0) }
    }
}
