/// What was sealed: bytes of one kind never open as another's.
package enum SealedKind: String, Hashable, Sendable, CaseIterable {
    /// A model version's artifact; its subject is the hash of the plain bytes.
    case model
    /// Report, verdict and labels of a training run; the subject is the run's id and the file's name.
    case trainingArtifact
    /// How an organization's SCADA source is reached; the subject is the source's id.
    case source
    /// What lets one in at a delivery target; the subject is the target's id.
    case deliverySecret
    case backup
    case totp
}

extension SealedKind {
    /// Where things of the kind lie: from that comes who seals them anew under a new key.
    package enum Home: Hashable, Sendable {
        /// A column of the database, which `SealedColumn` lists.
        case row
        /// A file below the data directory.
        case file
        /// Where its maker has put it: nobody seals it anew, and it needs the key it was sealed under.
        case elsewhere
    }

    package var home: Home {
        switch self {
        case .model, .trainingArtifact: .file
        case .source, .deliverySecret, .totp: .row
        case .backup: .elsewhere
        }
    }
}
