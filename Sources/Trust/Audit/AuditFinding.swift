package import Plant

/// The first place at which an export is not what the chain was, and in what way.
package struct AuditFinding: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// The entry says something else than when it was hashed, or can't be read.
        case altered
        /// The entry is not there, but later ones are.
        case missing
        /// The entry is there, but not in its place.
        case outOfOrder
        /// The entry stands there twice.
        case doubled
        /// The entry is another chain's.
        case foreign
        /// The entry was added: no head vouches for it.
        case added
        /// The entry, or one of those up to the next signed head, was changed, and all after it hashed anew.
        case rewritten
        /// The head behind the entry is not signed by the server.
        case badSignature
        /// Nothing says that the chain ended before the entry: it may have been cut off.
        case truncated
        /// The entry says something else of predictions than those that are kept.
        case predictionsDiffer
    }

    package let kind: Kind
    /// The number of the first broken entry.
    package let entry: Int64
    /// In the export, from 1.
    package let line: Int
    package let detail: String

    package init(_ kind: Kind, entry: Int64, line: Int, _ detail: String) {
        self.kind = kind
        self.entry = entry
        self.line = line
        self.detail = detail
    }
}

/// What became of verifying an export.
package struct AuditReport: Hashable, Sendable, Codable {
    package let isWhole: Bool
    /// Nil where nothing broken was found.
    package let finding: AuditFinding?
    /// `organization:<uuid>` or `server`.
    package let chain: String?
    /// How many entries were in order.
    package let entryCount: Int64
    package let headCount: Int
    package let firstAt: Instant?
    package let lastAt: Instant?
    /// When the export was signed.
    package let signedAt: Instant?
    /// Whose signatures they are, in hexadecimal digits.
    package let publicKey: String?
    /// Whether that key was given, and not taken from the export itself.
    package let isKeyKnown: Bool
}
