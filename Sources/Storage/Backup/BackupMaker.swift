import Database
import Foundation
package import Plant
import Trust

/// How far the making or restoring of a backup has come.
package struct BackupProgress: Hashable, Sendable {
    package let done: Int
    package let total: Int
}

/// Writes all that an organization has into one file, sealed under its key: one state of it, however long that takes.
///
/// Rows and files go by in parts of a MiB, each sealed as the part it is of this very backup. Whoever serves meanwhile
/// is not held up; what he writes is not in it.
package struct BackupMaker: Sendable {
    static let magic = Array("EAGLEBACKUP1\n".utf8)
    static let partByteCount = 1 << 20

    private let stores: Stores
    private let root: String
    private let version: String

    /// - Parameters:
    ///   - stores: The server's, which are read.
    ///   - root: The data directory, below which the organization's files lie.
    ///   - version: This program's.
    package init(stores: Stores, root: String, version: String) {
        self.stores = stores
        self.root = root
        self.version = version
    }

    private enum Part: Sendable {
        case header(BackupHeader)
        /// Whole records.
        case records([UInt8], progress: BackupProgress, isLast: Bool)
    }

    /// - Parameters:
    ///   - path: Of the file, which is there when it is whole, and not before.
    ///   - now: When it is made.
    ///   - scope: Whose backup it is.
    ///   - progress: Told of each part, in rows and file bytes.
    /// - Returns: What stands in it.
    /// - Throws: ``BackupError``, `KeyError`, `DatabaseError`.
    package func make(
        to path: String,
        at now: Instant,
        in scope: OrganizationScope,
        progress: @Sendable (BackupProgress) -> Void = { _ in }
    ) async throws -> BackupHeader {
        let slug = try await stores.organizations.organization(in: scope).slug
        let keyVersions = try await stores.keyring.versions(in: scope).map(\.version)
        var generator = SystemRandomNumberGenerator()
        let snapshot = Snapshot(
            id: .random(using: &generator),
            slug: slug,
            madeAt: now,
            version: version,
            keyVersions: keyVersions,
            folders: OrganizationFolders(root: root, in: scope),
            scope: scope
        )
        let file = try SafeFile(path)
        let parts = Conveyor<Part>()
        let header = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [stores] in
                do {
                    try await stores.database.read { try snapshot.send(from: $0, to: parts) }
                    parts.end()
                } catch {
                    parts.fail(error)
                    throw error
                }
            }
            do {
                let header = try await write(parts, to: file, in: scope, progress)
                try await group.waitForAll()
                return header
            } catch {
                parts.fail(error)
                throw error
            }
        }
        try file.finish()
        return header
    }

    private func write(
        _ parts: Conveyor<Part>,
        to file: SafeFile,
        in scope: OrganizationScope,
        _ progress: (BackupProgress) -> Void
    ) async throws -> BackupHeader {
        guard case .header(let header) = try await parts.take() else {
            throw BackupError(.file, "the backup was not begun")
        }
        let bytes = try header.encoded()
        try file.write(Self.magic + withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes)
        var number: UInt64 = 0
        func seal(_ plain: [UInt8], isLast: Bool) async throws {
            var frame = BackupFrame(backup: header.id, number: number, isLast: isLast, sealedByteCount: 0)
            let sealed = try await stores.keyring.seal(plain, as: .backup, named: frame.subject, in: scope)
            frame = BackupFrame(backup: header.id, number: number, isLast: isLast, sealedByteCount: sealed.count)
            try file.write(frame.encoded)
            try file.write(sealed)
            number += 1
        }
        // Repeated within the seal, so that a changed one is found.
        try await seal(bytes, isLast: false)
        while let part = try await parts.take() {
            guard case .records(let records, let done, let isLast) = part else { continue }
            try await seal(records, isLast: isLast)
            progress(done)
        }
        return header
    }

    /// One state of an organization, read by one transaction.
    private struct Snapshot: Sendable {
        let id: ID<Backup>
        let slug: String
        let madeAt: Instant
        let version: String
        let keyVersions: [Int]
        let folders: OrganizationFolders
        let scope: OrganizationScope

        func send(from reader: any SQLReader, to parts: Conveyor<Part>) throws {
            let tables = try OrganizationTables(reader).all.filter { !$0.holdsCredentials }
            let header = BackupHeader(
                id: id,
                organization: scope.id,
                slug: slug,
                madeAt: madeAt,
                version: version,
                migration: try Migrations.last(of: reader),
                keyVersions: keyVersions,
                tables: try tables.map { table in
                    BackupHeader.Table(
                        name: table.name,
                        columns: table.columns.map(\.name),
                        rows: try table.count(in: scope, reader)
                    )
                },
                files: try files(reader)
            )
            try parts.putBlocking(.header(header))
            var records = Records(total: header.rowCount + header.fileByteCount, parts: parts)
            for (index, table) in tables.enumerated() {
                try reader.each(table.selectAll(in: scope)) { row in
                    try records.add(.row(table: index, row.values), weight: 1)
                }
            }
            for (index, file) in header.files.enumerated() { try read(file, index, into: &records) }
            try records.finish()
        }

        /// Models, and what finished training runs left; what is only just being made is no part of this state.
        private func files(_ reader: any SQLReader) throws -> [BackupHeader.File] {
            let kept: [String] = try reader.query(
                """
                SELECT artifacts_path
                FROM training_log
                WHERE organization_id = \(scope.id) AND artifacts_path IS NOT NULL
                """
            ).map { try $0.decode("artifacts_path") }
            let keptFolders = Set(kept)
            return try folders.files().filter { file in
                let folder = file.path.split(separator: "/").prefix(3).joined(separator: "/")
                return file.path.hasPrefix("models/") || keptFolders.contains(folder)
            }
        }

        private func read(_ file: BackupHeader.File, _ index: Int, into records: inout Records) throws {
            let path = folders.root + "/" + file.path
            guard let handle = FileHandle(forReadingAtPath: path) else {
                throw BackupError(.file, "\(path) went away while it was backed up: try again")
            }
            defer { try? handle.close() }
            var count = 0
            while let piece = try handle.read(upToCount: BackupMaker.partByteCount), !piece.isEmpty {
                count += piece.count
                try records.add(.piece(file: index, [UInt8](piece)), weight: piece.count)
            }
            guard count == file.bytes else {
                throw BackupError(.file, "\(path) was changed while it was backed up: try again")
            }
        }
    }

    /// Records on their way into parts.
    private struct Records {
        private var bytes: [UInt8] = []
        private var done = 0
        private let total: Int
        private let parts: Conveyor<Part>

        init(total: Int, parts: Conveyor<Part>) {
            self.total = total
            self.parts = parts
        }

        mutating func add(_ record: BackupRecord, weight: Int) throws {
            // Full parts leave only when something follows: the last is known as such.
            if bytes.count >= BackupMaker.partByteCount { try send(isLast: false) }
            record.encode(into: &bytes)
            done += weight
        }

        mutating func finish() throws { try send(isLast: true) }

        private mutating func send(isLast: Bool) throws {
            let progress = BackupProgress(done: done, total: total)
            try parts.putBlocking(.records(bytes, progress: progress, isLast: isLast))
            bytes.removeAll(keepingCapacity: true)
        }
    }
}

extension OrganizationTable {
    /// All of the organization's rows, in the order of their keys.
    fileprivate func selectAll(in scope: OrganizationScope) -> SQL {
        let names = SQL.joined(columns.map { SQL(identifier: $0.name) }, by: ", ")
        guard !key.isEmpty else { return "SELECT \(names) FROM \(identifier: name) WHERE \(rows(of: scope))" }
        let order = SQL.joined(key.map { SQL(identifier: $0) }, by: ", ")
        return "SELECT \(names) FROM \(identifier: name) WHERE \(rows(of: scope)) ORDER BY \(order)"
    }
}
