import Connectors
import Foundation
package import Models
import ONNXRuntime
package import Plant
package import Storage
import Trust

/// The organizations' model versions: artifacts in a folder of each organization's own, aliases in the store.
package struct ModelRegistry: Sendable {
    let stores: Stores
    let folder: String
    let time: any TimeSource
    let work: BlockingWork
    /// One look at a time, and one more for who has none: each opens a session beside those in memory.
    let looks: FairWork<ModelLook>
    /// The models that are loaded.
    package let cache: ModelCache

    /// A registry whose artifacts lie below a folder, each organization's in one named by its id.
    ///
    /// - Parameters:
    ///   - stores: Where aliases stand.
    ///   - folder: Made where it is missing.
    ///   - time: The server's time.
    ///   - budget: How many models may be loaded.
    ///   - policy: Which of them leaves first.
    package init(
        stores: Stores,
        folder: String,
        time: any TimeSource,
        budget: CacheBudget = CacheBudget(),
        policy: CachePolicy = .auto
    ) {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let cache = ModelCache(budget: budget, policy: policy, loadCountMax: processors, time: time) { key in
            try Self.load(key, below: folder, keyring: stores.keyring)
        }
        self.init(stores: stores, folder: folder, time: time, cache: cache)
    }

    /// The same over another cache.
    init(
        stores: Stores,
        folder: String,
        time: any TimeSource,
        cache: ModelCache,
        looks: FairWork<ModelLook> = ModelRegistry.looks()
    ) {
        self.looks = looks
        self.stores = stores
        self.folder = folder
        self.time = time
        self.cache = cache
        work = BlockingWork(
            label: "eagle.registry",
            threadCountMax: ProcessInfo.processInfo.activeProcessorCount
        )
    }

    /// Takes in an artifact, if it is whole, is this organization's, and gives the numbers recorded with it.
    ///
    /// - Throws: ``ModelError``, or `QuotaExceeded` where the organization has as many models; nothing is kept then.
    package func register(
        _ bytes: [UInt8],
        countMax: Int = .max,
        in scope: OrganizationScope
    ) async throws -> RegisteredModel {
        let organization = try await stores.organizations.organization(in: scope)
        let version = ModelArtifact.version(of: bytes)
        try await stores.models.requireRoom(for: version, countMax: countMax, in: scope)
        let artifact = try ModelArtifact(bytes: bytes)
        guard artifact.manifest.organization == organization.slug else {
            throw ModelError(
                .signatureMismatch,
                "the model was trained for '\(artifact.manifest.organization)', not for '\(organization.slug)': "
                    + "train it with this organization's schema"
            )
        }
        let path = path(of: version, in: scope)
        try await work.run {
            try artifact.proveBoosters()
            _ = try LoadedModel(artifact, version: version, runtime: ONNXRuntimeLibrary.load())
        }
        try await keep(bytes, as: version, in: scope)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let model = RegisteredModel(
            version: version,
            manifest: String(decoding: try encoder.encode(artifact.manifest), as: UTF8.self),
            byteSize: bytes.count,
            path: path,
            registeredAt: time.now
        )
        do { _ = try await stores.models.register(model, countMax: countMax, in: scope) } catch let error
            as QuotaExceeded
        {
            // Another one came in the meantime.
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        return model
    }

    /// Makes a version the organization's champion, once it is proven again; its lane swaps it in between two batches.
    package func deploy(
        _ version: ModelVersion,
        by: String,
        reason: String,
        in scope: OrganizationScope
    ) async throws -> LedgerEntry {
        guard try await stores.models.byHash(version, in: scope) != nil else {
            throw ModelError(.artifactMissing, "there is no model \(version) in this organization: upload it first")
        }
        _ = try await prove(version, in: scope)
        if try await stores.models.champion(in: scope)?.version == version,
            let last = try await stores.models.ledger(of: .champion, in: scope).first
        {
            return last  // It is live already: there is nothing to note, and nothing to go back from.
        }
        return try await self.move(
            try await moves(putting: AliasMove(.champion, to: version), in: scope),
            because: AliasReason(by: by, reason: reason),
            in: scope
        )
    }

    /// A champion that a person chose is watched by nobody, and is no rival of itself.
    private func moves(putting move: AliasMove, in scope: OrganizationScope) async throws -> [AliasMove] {
        var moves = [move]
        if try await stores.models.model(as: .predecessor, in: scope) != nil {
            moves.append(AliasMove(.predecessor, to: nil))
        }
        if try await stores.models.model(as: .challenger, in: scope)?.version == move.to {
            moves.append(AliasMove(.challenger, to: nil))
        }
        return moves
    }

    /// Takes the newest move back that has not been taken back yet: once more goes one further back.
    ///
    /// - Throws: ``ModelError`` with `.artifactMissing` where no model was live before, or as ``load(_:in:)``.
    package func rollback(by: String, reason: String, in scope: OrganizationScope) async throws -> LedgerEntry {
        let entries = try await stores.models.ledger(of: .champion, in: scope)
        var move = entries.first
        while let undone = move?.undoes { move = entries.first { $0.number < undone } }
        guard let move, let before = move.from else {
            throw ModelError(
                .artifactMissing,
                "no other model was live before this one: there is nothing to go back to"
            )
        }
        _ = try await prove(before, in: scope)
        return try await self.move(
            try await moves(putting: AliasMove(.champion, to: before, undoing: move.number), in: scope),
            because: AliasReason(by: by, reason: reason),
            in: scope
        )
    }

    /// What a registered version says of itself.
    ///
    /// - Throws: ``ModelError`` with `.artifactMissing` for a version that the organization does not have.
    package func manifest(of version: ModelVersion, in scope: OrganizationScope) async throws -> ModelManifest {
        guard let model = try await stores.models.byHash(version, in: scope) else {
            throw ModelError(.artifactMissing, "there is no model \(version) in this organization: upload it first")
        }
        return try JSONDecoder().decode(ModelManifest.self, from: Data(model.manifest.utf8))
    }

    /// What a version says of itself, whether or not it can be run here; the report is nil where it was made elsewhere.
    ///
    /// - Throws: ``ModelError`` with `.artifactMissing` or `.artifactCorrupt`.
    package func card(
        of version: ModelVersion,
        in scope: OrganizationScope
    ) async throws -> (manifest: ModelManifest, report: ModelReport?) {
        try await work.run {
            let artifact = try ModelArtifact(bytes: fileBytes(of: version, in: scope))
            return (artifact.manifest, artifact.report)
        }
    }

    /// Puts a registered version where a decision wants it, as long as the champion is the one it was decided against.
    ///
    /// - Throws: `StorageError` with `.cursorMoved` where another has become champion.
    package func place(
        _ moves: [AliasMove],
        expecting champion: ModelVersion?,
        because reason: AliasReason,
        in scope: OrganizationScope
    ) async throws -> [LedgerEntry] {
        for version in moves.compactMap(\.to) { _ = try await prove(version, in: scope) }
        let entries = try await stores.models.move(
            moves,
            expecting: .some(champion),
            because: reason,
            at: time.now,
            in: scope
        )
        dismissThoseBefore(entries, in: scope)
        return entries
    }

    /// Makes a version champion that has proven itself; the one before watches over it if it is to.
    ///
    /// - Throws: As ``place(_:expecting:because:in:)``.
    package func promote(
        _ version: ModelVersion,
        over champion: ModelVersion?,
        isGuarded: Bool,
        because reason: AliasReason,
        in scope: OrganizationScope
    ) async throws -> [LedgerEntry] {
        var moves = [AliasMove(.champion, to: version)]
        if try await stores.models.model(as: .challenger, in: scope)?.version == version {
            moves.append(AliasMove(.challenger, to: nil))
        }
        let watching = isGuarded ? champion : nil
        if try await stores.models.model(as: .predecessor, in: scope)?.version != watching {
            moves.append(AliasMove(.predecessor, to: watching))
        }
        return try await place(moves, expecting: champion, because: reason, in: scope)
    }

    /// Lets a champion's predecessor take over again.
    ///
    /// - Throws: As ``place(_:expecting:because:in:)``.
    func takeBack(
        _ predecessor: ModelVersion,
        from champion: ModelVersion,
        because reason: AliasReason,
        in scope: OrganizationScope
    ) async throws -> [LedgerEntry] {
        let last = try await stores.models.ledger(of: .champion, in: scope).first
        let undone = last?.from == predecessor ? last?.number : nil
        return try await place(
            [AliasMove(.champion, to: predecessor, undoing: undone), AliasMove(.predecessor, to: nil)],
            expecting: champion,
            because: reason,
            in: scope
        )
    }

    /// Moves aliases and returns what the ledger says of the first.
    private func move(
        _ moves: [AliasMove],
        because reason: AliasReason,
        in scope: OrganizationScope
    ) async throws -> LedgerEntry {
        let entries = try await stores.models.move(moves, because: reason, at: time.now, in: scope)
        guard let first = entries.first else { preconditionFailure("a move gives an entry") }
        dismissThoseBefore(entries, in: scope)
        return first
    }

    /// Its lane asks a former champion until the next one is warm: it leaves memory once nobody asks it.
    private func dismissThoseBefore(_ entries: [LedgerEntry], in scope: OrganizationScope) {
        let staying = Set(entries.compactMap(\.to))
        for version in entries.compactMap(\.from) where !staying.contains(version) {
            cache.dismiss(ModelKey(version, in: scope))
        }
    }

    /// A proven model, from memory or from the organization's own folder.
    ///
    /// - Throws: ``ModelError`` with `.artifactMissing`, `.artifactCorrupt`, `.runtimeMissing` ...
    package func load(_ version: ModelVersion, in scope: OrganizationScope) async throws(ModelError) -> LoadedModel {
        do { return try await cache.model(ModelKey(version, in: scope)) } catch { throw ModelError(loading: error) }
    }

    /// The same within a time.
    ///
    /// - Returns: Nil where it takes longer; the load goes on, and serves whoever asks next.
    /// - Throws: As ``load(_:in:)``.
    func load(
        _ version: ModelVersion,
        within limit: Duration,
        in scope: OrganizationScope
    ) async throws(ModelError) -> LoadedModel? {
        do { return try await cache.model(ModelKey(version, in: scope), until: .now + limit) } catch is Overdue {
            return nil
        } catch {
            throw ModelError(loading: error)
        }
    }

    /// The same from the file as it is now, in the place of what is in memory.
    ///
    /// - Throws: As ``load(_:in:)``; what was in memory stays there then.
    package func prove(_ version: ModelVersion, in scope: OrganizationScope) async throws(ModelError) -> LoadedModel {
        do { return try await cache.reload(ModelKey(version, in: scope)) } catch { throw ModelError(loading: error) }
    }

    /// Lets go of what is in memory; whoever asks next has the file proven.
    package func release(_ version: ModelVersion, in scope: OrganizationScope) {
        cache.forget(ModelKey(version, in: scope))
    }

    /// Lets go of all that is in memory of an organization's models.
    package func forget(in scope: OrganizationScope) { cache.forget(in: scope) }

    static func runtime() throws(ModelError) -> ONNXRuntimeLibrary {
        do { return try ONNXRuntimeLibrary.load() } catch {
            throw ModelError(.runtimeMissing, "ONNX Runtime can't be loaded", cause: error)
        }
    }
}

extension ModelError {
    fileprivate init(loading error: any Error) {
        self = error as? ModelError ?? ModelError(.artifactMissing, "the model's file can't be read", cause: error)
    }
}
