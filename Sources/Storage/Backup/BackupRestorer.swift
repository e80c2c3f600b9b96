import Database
import Foundation
package import Plant
package import Trust

/// Brings back what a backup holds, all of it or nothing, while nobody serves.
///
/// The whole file is read and its seals are checked before anything is written; then files come to their places, and
/// rows in one transaction with the end of which they are there.
package struct BackupRestorer: Sendable {
    /// What the organization's chain and the server's say of it.
    package struct Note: Sendable {
        package let event: AuditEvent
        package let at: Instant

        package init(_ event: AuditEvent, at now: Instant) {
            self.event = event
            at = now
        }
    }

    private let stores: Stores
    private let root: String

    /// - Parameters:
    ///   - stores: The server's, into which it goes.
    ///   - root: The data directory.
    package init(stores: Stores, root: String) {
        self.stores = stores
        self.root = root
    }

    /// - Parameters:
    ///   - path: Of the backup.
    ///   - isReplacing: Whether what the organization has now goes first, in the same transaction.
    ///   - note: Told in both chains in that transaction: nothing is restored without a word of it.
    ///   - scope: The organization that the backup says to be of.
    ///   - system: Proof that the caller runs the server.
    ///   - checked: Told how much of the file was checked, in rows and file bytes.
    ///   - restored: Told how much of it is in its place.
    /// - Returns: What stands in it.
    /// - Throws: ``BackupError``, `DatabaseError`; nothing is changed then.
    package func restore(
        _ path: String,
        isReplacing: Bool,
        noting note: Note? = nil,
        in scope: OrganizationScope,
        _ system: SystemScope,
        checked: @Sendable (BackupProgress) -> Void = { _ in },
        restored: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) async throws -> BackupHeader {
        let header = try BackupArchive(path).header
        guard header.organization == scope.id else {
            throw BackupError(.unreadable, "it is a backup of another organization")
        }
        try await requirePlace(for: header, isReplacing: isReplacing, in: system)
        let plan = try await stores.database.read { reader in
            try RestorePlan(header, OrganizationTables(reader), migration: Migrations.last(of: reader))
        }
        try await check(path, header, in: scope, checked)
        do {
            try await write(path, header, plan, isReplacing: isReplacing, in: scope, restored) { transaction in
                if header.migration < BackupHeader.migrationSealed { try KeyringMark.noteOpen(transaction) }
                guard let note else { return }
                try AuditStore.append(note.event, at: note.at, in: scope, transaction)
                try AuditStore.append(note.event, at: note.at, in: system, transaction)
            }
        } catch let error as DatabaseError where error.code == .constraint {
            throw BackupError(constraint: error)
        }
        if isReplacing { try removeOthers(than: header, in: scope) }
        return header
    }

    private func requirePlace(for header: BackupHeader, isReplacing: Bool, in system: SystemScope) async throws {
        // Also where a former keyring was put back that has its keys: the certificate says that there are none.
        if let erasure = try await stores.erasures.byID(header.organization, in: system) {
            throw BackupError(
                .destroyed,
                erasure.endedAt == nil
                    ? "the organization '\(header.slug)' is being erased: what is put back would go with it"
                    : "the organization was erased and its keys were destroyed: its backups are not restored any more"
            )
        }
        let isThere = try await stores.organizations.byID(header.organization, in: system) != nil
        if isThere, !isReplacing {
            throw BackupError(
                .exists,
                "the organization '\(header.slug)' is there: erase it first, or say --replace to have what the backup "
                    + "holds in the place of what it has now"
            )
        }
        if let other = try await stores.organizations.bySlug(header.slug, in: system),
            other.id != header.organization
        {
            throw BackupError(.exists, "another organization is called '\(header.slug)' now: a name is one's only")
        }
        // One that is there has the name already.
        if !isThere, try await stores.erasures.bySlug(header.slug, in: system) != nil {
            throw BackupError(
                .exists,
                "'\(header.slug)' is the name of another organization that was erased here, and is never given again, "
                    + "for the server's settings may still name it: restore the backup on another server"
            )
        }
    }

    // MARK: - First: is it whole?

    /// Reads all of it and writes nothing.
    private func check(
        _ path: String,
        _ header: BackupHeader,
        in scope: OrganizationScope,
        _ progress: (BackupProgress) -> Void
    ) async throws {
        let archive = try BackupArchive(path)
        guard archive.header == header else {
            throw BackupError(.file, "\(path) was changed while it was read: try again")
        }
        var tally = Tally(header)
        while let part = try await archive.next(stores.keyring, in: scope) {
            var reader = BackupRecord.Reader(part, widths: header.widths)
            while let record = try reader.next() { try tally.add(record) }
            progress(tally.progress)
        }
        try tally.finish()
    }

    /// What has come, held against what the header says there is.
    private struct Tally {
        private let header: BackupHeader
        private var rows: [Int]
        private var bytes: [Int]
        private var done = 0

        init(_ header: BackupHeader) {
            self.header = header
            rows = header.tables.map { _ in 0 }
            bytes = header.files.map { _ in 0 }
        }

        var progress: BackupProgress {
            BackupProgress(done: done, total: header.rowCount + header.fileByteCount)
        }

        mutating func add(_ record: BackupRecord) throws(BackupError) {
            switch record {
            case .row(let table, _):
                rows[table] += 1
                done += 1
            case .piece(let file, let piece):
                guard bytes.indices.contains(file) else {
                    throw BackupError(.unreadable, "it has a file that its header does not name")
                }
                bytes[file] += piece.count
                done += piece.count
            }
        }

        func finish() throws(BackupError) {
            for (table, count) in zip(header.tables, rows) where table.rows != count {
                throw BackupError(
                    .unreadable,
                    "its table '\(table.name)' has \(count) rows, and its header says \(table.rows)"
                )
            }
            for (file, count) in zip(header.files, bytes) where file.bytes != count {
                throw BackupError(
                    .unreadable,
                    "its file \(file.path) has \(count) bytes, and its header says \(file.bytes)"
                )
            }
        }
    }

    // MARK: - Then: into its place

    private func write(
        _ path: String,
        _ header: BackupHeader,
        _ plan: RestorePlan,
        isReplacing: Bool,
        in scope: OrganizationScope,
        _ progress: @escaping @Sendable (BackupProgress) -> Void,
        atItsEnd: @escaping @Sendable (any SQLTransaction) throws -> Void
    ) async throws {
        let parts = Conveyor<[UInt8]>()
        let root = root
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [stores] in
                do {
                    try await stores.database.transaction { transaction in
                        let files = RestoredFiles(header, root: root)
                        do {
                            let lastAlert = try RestorePlan.lastAlert(in: scope, transaction)
                            if isReplacing { _ = try OrganizationTables(transaction).deleteAll(in: scope, transaction) }
                            var tally = Tally(header)
                            while let part = try parts.takeBlocking() {
                                var reader = BackupRecord.Reader(part, widths: header.widths)
                                while let record = try reader.next() {
                                    try tally.add(record)
                                    switch record {
                                    case .row(let table, let values):
                                        try plan.insert(values, at: table, in: scope, transaction)
                                    case .piece(let file, let piece): try files.add(piece, to: file)
                                    }
                                }
                                progress(tally.progress)
                            }
                            try tally.finish()
                            try plan.complete(in: scope, transaction)
                            try plan.skipAlerts(after: lastAlert, in: scope, transaction)
                            try files.finish()
                            try atItsEnd(transaction)
                        } catch {
                            files.undo()
                            throw error
                        }
                    }
                } catch {
                    parts.fail(error)
                    throw error
                }
            }
            do {
                let archive = try BackupArchive(path)
                while let part = try await archive.next(stores.keyring, in: scope) { try await parts.put(part) }
                parts.end()
            } catch {
                parts.fail(error)
                throw error
            }
            try await group.waitForAll()
        }
    }

    /// The organization's files that the backup does not have; rows name them no more.
    private func removeOthers(than header: BackupHeader, in scope: OrganizationScope) throws {
        let kept = Set(header.files.map(\.path))
        for file in try OrganizationFolders(root: root, in: scope).files() where !kept.contains(file.path) {
            try FileManager.default.removeItem(atPath: root + "/" + file.path)
        }
    }
}

extension BackupHeader {
    /// How many values a row has, by its table's index.
    fileprivate var widths: [Int] { tables.map(\.columns.count) }
}

extension BackupError {
    fileprivate init(constraint error: DatabaseError) {
        let isAddress = error.message.contains("account.email_key")
        self.init(
            .exists,
            isAddress
                ? "one of its users has an e-mail address by which somebody of another organization signs in now: "
                    + "change that one first"
                : "a row of it has no place among what is there: \(error.message)",
            cause: error
        )
    }
}
