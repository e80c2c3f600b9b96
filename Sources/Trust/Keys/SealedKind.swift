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
