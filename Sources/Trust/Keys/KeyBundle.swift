package import Plant

/// All keys that one holder has: whatever is his opens with one of them, and nothing else does.
package struct KeyBundle: Sendable {
    package let holder: KeyHolder
    /// By version.
    package let keys: [Int: DataKey]
    /// Former keys that are gone.
    package let destroyed: Set<KeyID>
    /// Whether the holder himself is: he gets no keys any more.
    package let isErased: Bool

    package init(holder: KeyHolder, keys: [DataKey], destroyed: Set<KeyID> = [], isErased: Bool = false) {
        self.holder = holder
        self.keys = Dictionary(keys.map { ($0.version, $0) }) { $1 }
        self.destroyed = destroyed
        self.isErased = isErased
    }

    /// The one that seals.
    package var current: DataKey? { keys.keys.max().flatMap { keys[$0] } }

    /// The plain bytes of something sealed for this holder.
    ///
    /// - Parameters:
    ///   - sealed: Whatever bytes.
    ///   - kind: What they are to be.
    ///   - subject: What they are to be of.
    /// - Returns: What was sealed.
    /// - Throws: ``KeyError``; `.destroyed` where the key they need was.
    /// - Complexity: One AES-GCM over the bytes: keep megabytes off the cooperative threads.
    package func open(_ sealed: [UInt8], as kind: SealedKind, named subject: String) throws(KeyError) -> [UInt8] {
        try open(SealedArtifact(bytes: sealed), as: kind, named: subject)
    }

    package func open(
        _ artifact: SealedArtifact,
        as kind: SealedKind,
        named subject: String
    ) throws(KeyError) -> [UInt8] {
        if isErased || destroyed.contains(artifact.keyID) {
            throw KeyError(.destroyed, "the key \(artifact.keyID) was destroyed: nobody can read what it sealed")
        }
        guard let key = keys[artifact.keyVersion] else {
            throw KeyError(
                .unknownKey,
                "there is no key of version \(artifact.keyVersion) here: it is another's, or the keyring is too old"
            )
        }
        return try key.open(artifact, as: kind, named: subject)
    }
}

/// What became of an erased organization's keys.
package struct KeyDestruction: Hashable, Sendable, Codable {
    package let organization: ID<Organization>
    /// All that there ever were.
    package let versions: [Int]
    /// In the versions' order.
    package let keyIDs: [KeyID]
    /// When that was done first.
    package let at: Instant

    package init(organization: ID<Organization>, versions: [Int], keyIDs: [KeyID], at: Instant) {
        self.organization = organization
        self.versions = versions
        self.keyIDs = keyIDs
        self.at = at
    }
}
