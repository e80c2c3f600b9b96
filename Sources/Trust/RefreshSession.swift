package import Plant

/// All refresh tokens that came one out of the other since one login.
package enum RefreshFamily {}

/// What the server keeps of one refresh token.
package struct RefreshSession: Hashable, Sendable {
    package enum Decision: Hashable, Sendable {
        /// It is worth a new pair, and used with that.
        case rotate
        case expired
        case revoked
        /// It was used before: one of its two bearers has stolen it, so the whole family ends.
        case reused
    }

    package let hash: TokenHash
    package let family: ID<RefreshFamily>
    package let user: ID<User>
    package let issuedAt: Instant
    package let expiresAt: Instant
    package let usedAt: Instant?
    package let revokedAt: Instant?

    package init(
        hash: TokenHash,
        family: ID<RefreshFamily>,
        user: ID<User>,
        issuedAt: Instant,
        expiresAt: Instant,
        usedAt: Instant? = nil,
        revokedAt: Instant? = nil
    ) {
        self.hash = hash
        self.family = family
        self.user = user
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.usedAt = usedAt
        self.revokedAt = revokedAt
    }

    /// What presenting the token means (RFC 9700, section 4.14.2).
    package func decision(at now: Instant) -> Decision {
        if revokedAt != nil { return .revoked }
        if usedAt != nil { return .reused }
        return expiresAt <= now ? .expired : .rotate
    }

    /// The one that replaces it, of the same family and user.
    package func successor(hash: TokenHash, at now: Instant, expiresAt: Instant) -> RefreshSession {
        RefreshSession(hash: hash, family: family, user: user, issuedAt: now, expiresAt: expiresAt)
    }
}
