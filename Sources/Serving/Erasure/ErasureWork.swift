package import Plant
package import Storage
package import Trust

/// How far an erasure has come.
package struct ErasureProgress: Hashable, Sendable {
    package enum Step: String, Hashable, Sendable { case keys, rows, files, compacting, done }

    package let step: Step
    /// Rows deleted so far.
    package let rowCount: Int
}

/// Erases one organization, step by step, each of which is written down: what of it is done when the server is killed is
/// not done again.
///
/// The keys go first: whatever is still to be deleted is unreadable then, as far as it was sealed, and so is each backup.
package struct ErasureWork: Sendable {
    /// The database is written anew by itself as long as that takes no longer than some seconds.
    package static let compactedByteCountMax = 512 << 20

    private let stores: Stores
    private let root: String
    private let identity: ServerIdentity
    private let time: any TimeSource
    private let version: String
    private let compactedByteCountMax: Int
    private let rowCountMax: Int

    /// - Parameters:
    ///   - stores: The server's.
    ///   - root: The data directory, below which the organization's files lie.
    ///   - identity: Signs the certificate.
    ///   - time: The machine's.
    ///   - version: This program's.
    ///   - compactedByteCountMax: A larger database is left to be compacted when nobody waits for it.
    ///   - rowCountMax: How many rows go in one transaction.
    package init(
        stores: Stores,
        root: String,
        identity: ServerIdentity,
        time: any TimeSource,
        version: String,
        compactedByteCountMax: Int = compactedByteCountMax,
        rowCountMax: Int = 500
    ) {
        self.stores = stores
        self.root = root
        self.identity = identity
        self.time = time
        self.version = version
        self.compactedByteCountMax = compactedByteCountMax
        self.rowCountMax = rowCountMax
    }

    /// Does what is left to do, and signs that it was done.
    ///
    /// - Parameters:
    ///   - scope: The organization, of which nothing must run any more.
    ///   - system: Proof that the caller runs the server.
    ///   - progress: Told of each step.
    /// - Returns: The certificate; the same again where it was done before.
    /// - Throws: `DatabaseError`, `BackupError` for files that can't be removed, `CancellationError` between two steps.
    @discardableResult
    package func carryOut(
        in scope: OrganizationScope,
        _ system: SystemScope,
        progress: @Sendable (ErasureProgress) -> Void = { _ in }
    ) async throws -> String {
        var erasure = try await current(scope, system)
        if let certificate = erasure.certificate { return certificate }
        progress(ErasureProgress(step: .keys, rowCount: 0))
        try await destroyKeys(erasure, in: scope)
        try await stores.erasures.noteAuditChain(in: scope)
        try await deleteRows(erasure, in: scope, progress)
        erasure = try await current(scope, system)
        let rowCount = erasure.progress.tables.values.reduce(0, +)
        progress(ErasureProgress(step: .files, rowCount: rowCount))
        try await removeFiles(erasure, in: scope)
        // What a request left that was admitted before goes with this.
        try await stores.erasures.deleteRest(at: time.now, in: scope)
        progress(ErasureProgress(step: .compacting, rowCount: rowCount))
        let isCompacted = try await stores.erasures.compact(upTo: compactedByteCountMax)
        // A model that was on its way when the keys went may have been written since.
        try removeLateFiles(in: scope)
        let certificate = try await end(isCompacted: isCompacted, in: scope, system)
        progress(ErasureProgress(step: .done, rowCount: rowCount))
        return certificate
    }

    private func current(_ scope: OrganizationScope, _ system: SystemScope) async throws -> Erasure {
        guard let erasure = try await stores.erasures.byID(scope.id, in: system) else {
            throw StorageError(.notFound, "nobody asked for the organization \(scope.id) to be erased")
        }
        return erasure
    }

    // MARK: - Steps

    private func destroyKeys(_ erasure: Erasure, in scope: OrganizationScope) async throws {
        guard erasure.progress.keysDestroyedAt == nil else { return }
        let destruction = try await stores.keyring.destroyKeys(in: scope, at: time.now)
        let keys = zip(destruction.versions, destruction.keyIDs).map { version, id in
            ErasureStatement.DestroyedKey(id: id.hexadecimal, version: version)
        }
        try await stores.erasures.note(in: scope) { progress in
            progress.keys = keys
            progress.keysDestroyedAt = destruction.at
        }
    }

    private func deleteRows(
        _ erasure: Erasure,
        in scope: OrganizationScope,
        _ progress: (ErasureProgress) -> Void
    ) async throws {
        guard erasure.progress.rowsGoneAt == nil else { return }
        let tables = try await stores.erasures.tables()
        var rowCount = erasure.progress.tables.values.reduce(0, +)
        while true {
            try Task.checkCancellation()
            let count = try await stores.erasures.deleteSome(rowCountMax, from: tables, in: scope)
            guard count > 0 else { break }
            rowCount += count
            progress(ErasureProgress(step: .rows, rowCount: rowCount))
        }
        try await stores.erasures.deleteRest(at: time.now, in: scope)
    }

    private func removeFiles(_ erasure: Erasure, in scope: OrganizationScope) async throws {
        let folders = OrganizationFolders(root: root, in: scope)
        if erasure.progress.folders == nil {
            // Counted and written down before they go.
            let found = try folders.summary()
            try await stores.erasures.note(in: scope) { $0.folders = found }
        }
        try folders.remove()
    }

    /// Removes what came into the folders of an organization after its files were gone; nobody can open it.
    package func removeLateFiles(in scope: OrganizationScope) throws {
        try OrganizationFolders(root: root, in: scope).remove()
    }

    private func end(isCompacted: Bool, in scope: OrganizationScope, _ system: SystemScope) async throws -> String {
        let erasure = try await current(scope, system)
        let now = time.now
        let statement = ErasureStatement(
            organization: erasure.organization,
            slug: erasure.slug,
            askedBy: erasure.progress.askedBy.text,
            askedAt: erasure.begunAt,
            keys: erasure.progress.keys ?? [],
            keysDestroyedAt: erasure.progress.keysDestroyedAt ?? now,
            tables: erasure.progress.tables,
            folders: erasure.progress.folders ?? [],
            auditChain: erasure.progress.auditChain,
            endedAt: now,
            compactedAt: isCompacted ? now : nil,
            version: version
        )
        let certificate = try ErasureCertificate(statement, by: identity)
        let event = AuditEvent(
            .erasure,
            by: erasure.progress.askedBy,
            on: "organization:\(scope.id)",
            [
                "slug": erasure.slug, "rows": String(statement.rowCount), "signature": certificate.signature,
                "auditChainNumber": String(statement.auditChain?.number ?? 0),
                "auditChainHash": statement.auditChain?.hash ?? "",
            ]
        )
        let text = try certificate.text()
        try await stores.erasures.end(text, tellingOf: event, at: now, in: scope, system)
        return text
    }

    // MARK: - What was left

    /// Compacts the database whatever its size, and signs certificates anew that said it was still to be done.
    ///
    /// - Parameters:
    ///   - system: Proof that the caller runs the server, for which nobody else waits.
    ///   - scope: Makes the proof for each organization that was erased.
    /// - Returns: The erasures whose certificates say more now.
    /// - Throws: `DatabaseError`; `.busy` where somebody still reads what was before.
    package func compact(
        _ system: SystemScope,
        scope: (ID<Organization>) -> OrganizationScope
    ) async throws -> [Erasure] {
        _ = try await stores.erasures.compact(upTo: .max)
        let now = time.now
        var renewed: [Erasure] = []
        for erasure in try await stores.erasures.list(in: system) {
            guard let text = erasure.certificate else { continue }
            var statement = try ErasureCertificate(checking: text).statement
            guard statement.compactedAt == nil else { continue }
            statement.compactedAt = now
            let certificate = try ErasureCertificate(statement, by: identity).text()
            try await stores.erasures.end(certificate, at: now, in: scope(erasure.organization))
            renewed.append(erasure)
        }
        return renewed
    }
}
