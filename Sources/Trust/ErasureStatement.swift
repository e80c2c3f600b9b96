package import Plant

/// What was erased of an organization, when and how: what a certificate says.
package struct ErasureStatement: Hashable, Sendable, Codable {
    /// A data key of the organization's that is no more.
    package struct DestroyedKey: Hashable, Sendable, Codable {
        package let id: String
        package let version: Int

        package init(id: String, version: Int) {
            self.id = id
            self.version = version
        }
    }

    /// A folder that was removed with all in it.
    package struct Folder: Hashable, Sendable, Codable {
        package let folder: String
        package let files: Int
        package let bytes: Int

        package init(folder: String, files: Int, bytes: Int) {
            self.folder = folder
            self.files = files
            self.bytes = bytes
        }
    }

    /// Where the organization's audit chain ended, which was erased with it: who kept an export can show what it was.
    package struct ChainEnd: Hashable, Sendable, Codable {
        package let number: Int64
        package let hash: String

        package init(number: Int64, hash: String) {
            self.number = number
            self.hash = hash
        }
    }

    package static let formatKnown = 1

    package var format = formatKnown
    package let organization: ID<Organization>
    package let slug: String
    /// Who asked for it, as ``Actor/text``.
    package let askedBy: String
    package let askedAt: Instant
    package let keys: [DestroyedKey]
    package let keysDestroyedAt: Instant
    /// How many rows of each table.
    package let tables: [String: Int]
    package let folders: [Folder]
    package let auditChain: ChainEnd?
    package let endedAt: Instant
    /// When the database's files were written anew, after which no copy of a row is left in them; nil where that is
    /// still to be done.
    package var compactedAt: Instant?
    /// Of the program that erased it.
    package let version: String

    package init(
        organization: ID<Organization>,
        slug: String,
        askedBy: String,
        askedAt: Instant,
        keys: [DestroyedKey],
        keysDestroyedAt: Instant,
        tables: [String: Int],
        folders: [Folder],
        auditChain: ChainEnd?,
        endedAt: Instant,
        compactedAt: Instant?,
        version: String
    ) {
        self.organization = organization
        self.slug = slug
        self.askedBy = askedBy
        self.askedAt = askedAt
        self.keys = keys
        self.keysDestroyedAt = keysDestroyedAt
        self.tables = tables
        self.folders = folders
        self.auditChain = auditChain
        self.endedAt = endedAt
        self.compactedAt = compactedAt
        self.version = version
    }

    package var rowCount: Int { tables.values.reduce(0, +) }
}
