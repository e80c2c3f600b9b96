package import Plant
package import Trust

/// What may be told of a data key: all but the key.
package struct KeyVersion: Hashable, Sendable {
    /// Why it was made.
    package enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        /// There was none yet.
        case firstUse
        /// Somebody asked for it.
        case rotation
        /// The one before had sealed as much as it may.
        case usesMax
    }

    package let version: Int
    package let id: KeyID
    /// Under which master key it is wrapped.
    package let masterID: KeyID
    package let cause: Cause
    package let madeAt: Instant
    /// How often it may have sealed: uses are written down in blocks, before the first of each.
    package let uses: Int
    /// Whether it is the one that seals.
    package let isCurrent: Bool
}
