import FoundationEssentials
package import Plant
package import Trust

/// The organizations' data keys, and the server's own: seals what must not lie open, and opens it for its owner alone.
///
/// Kept in a database of its own, so that neither the server's nor a backup of it ever holds a key; each key is wrapped
/// under a master key that is kept elsewhere.
package struct Keyring: Sendable {
    enum Backing: Sendable {
        case kept(KeptKeys)
        /// One holder's keys alone, to open and not to seal.
        case handed(KeyBundle)
    }

    let backing: Backing
    /// Names the keyring, so that a database knows another one's; nil for one that was handed over or is nowhere kept.
    package let identity: String?

    // MARK: - Sealing

    /// Seals something of an organization's: only as this kind, under this name and for this organization it opens.
    ///
    /// - Parameters:
    ///   - plain: Any bytes.
    ///   - kind: What they are.
    ///   - subject: What they are of, such as an id.
    ///   - scope: Whose they are.
    /// - Returns: `SealedArtifact`'s bytes.
    /// - Throws: `KeyError`; `.destroyed` once the organization's keys are. `DatabaseError` of the keyring.
    package func seal(
        _ plain: [UInt8],
        as kind: SealedKind,
        named subject: String,
        in scope: OrganizationScope
    ) async throws -> [UInt8] {
        try await seal(plain, as: kind, named: subject, of: KeyHolder(scope))
    }

    /// The same for what belongs to no organization, under the server's own key.
    package func seal(
        _ plain: [UInt8],
        as kind: SealedKind,
        named subject: String,
        in scope: SystemScope
    ) async throws -> [UInt8] {
        try await seal(plain, as: kind, named: subject, of: KeyHolder(scope))
    }

    /// The plain bytes of something sealed in that organization, as that kind, under that name.
    ///
    /// - Throws: `KeyError`: `.tampered`, `.wrongKey`, `.destroyed` ...; `DatabaseError` of the keyring.
    package func open(
        _ sealed: [UInt8],
        as kind: SealedKind,
        named subject: String,
        in scope: OrganizationScope
    ) async throws -> [UInt8] {
        try await keys(of: KeyHolder(scope)).open(sealed, as: kind, named: subject)
    }

    /// The same for what belongs to no organization.
    package func open(
        _ sealed: [UInt8],
        as kind: SealedKind,
        named subject: String,
        in scope: SystemScope
    ) async throws -> [UInt8] {
        try await keys(of: KeyHolder(scope)).open(sealed, as: kind, named: subject)
    }

    private func seal(
        _ plain: [UInt8],
        as kind: SealedKind,
        named subject: String,
        of holder: KeyHolder
    ) async throws -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return try await sealingKey(of: holder).seal(plain, as: kind, named: subject, using: &generator)
    }

    // MARK: - Keys in hand

    /// An organization's keys as they are now, for threads that open megabytes.
    package func keys(in scope: OrganizationScope) async throws -> KeyBundle { try await keys(of: KeyHolder(scope)) }

    /// The key that seals one thing of an organization's next, for threads that seal megabytes; one use, and no more.
    package func sealingKey(in scope: OrganizationScope) async throws -> DataKey {
        try await sealingKey(of: KeyHolder(scope))
    }

    /// An organization's keys for a process that works for it alone: a line of JSON, for a pipe and nothing else.
    package func handedOver(in scope: OrganizationScope) async throws -> String {
        try await keys(in: scope).handedOver()
    }

    /// Asks the keyring's file, and opens the server's own key.
    ///
    /// - Throws: `DatabaseError` where the file is gone, another one or does not answer, or keeps nothing of what is
    ///   written; `KeyError` where its keys don't open.
    package func probe() async throws {
        guard case .kept(let kept) = backing else { return }
        try await kept.probe(of: .server)
    }

    /// Writes to the keyring's file where that failed last, so that it shows when it can be done again.
    ///
    /// - Throws: `DatabaseError` where still nothing can be kept.
    package func tryWriting() async throws {
        guard case .kept(let kept) = backing else { return }
        try await kept.tryWriting()
    }

    /// How often a key may seal before the next version takes over.
    package var limits: KeyLimits { get throws { try kept().limits } }

    /// The time by which versions are as old as they are.
    package var now: Instant { get throws { try kept().now() } }

    func keys(of holder: KeyHolder) async throws -> KeyBundle {
        switch backing {
        case .kept(let kept): return try await kept.bundle(of: holder)
        case .handed(let bundle):
            guard bundle.holder == holder else {
                throw KeyError(.unknownKey, "there are no keys of \(holder) here")
            }
            return bundle
        }
    }

    func sealingKey(of holder: KeyHolder) async throws -> DataKey {
        try await kept().sealingKey(of: holder)
    }

    func kept() throws(KeyError) -> KeptKeys {
        switch backing {
        case .kept(let kept): return kept
        case .handed: throw KeyError(.readOnly, "keys that were handed over open and do not seal")
        }
    }
}
