package import Plant

/// What is kept of a user's authenticator.
package struct SecondFactor: Hashable, Sendable {
    package let id: ID<SecondFactor>
    package let user: ID<User>
    /// The user's; nil for one who runs the server.
    package let organization: ID<Organization>?
    /// A ``TOTPSecret`` in base32, under the key of the user's organization, else the server's.
    package let sealedSecret: [UInt8]
    /// The last step whose code was accepted.
    package let lastStep: Int64?
    package let enrolledAt: Instant
    /// Nil until a first code has shown that the authenticator has the secret: only then is it asked for.
    package let confirmedAt: Instant?

    package init(
        id: ID<SecondFactor>,
        user: ID<User>,
        organization: ID<Organization>?,
        sealedSecret: [UInt8],
        lastStep: Int64? = nil,
        enrolledAt: Instant,
        confirmedAt: Instant? = nil
    ) {
        self.id = id
        self.user = user
        self.organization = organization
        self.sealedSecret = sealedSecret
        self.lastStep = lastStep
        self.enrolledAt = enrolledAt
        self.confirmedAt = confirmedAt
    }
}
