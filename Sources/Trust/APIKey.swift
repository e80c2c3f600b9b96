package import Plant

/// What lets a machine in: within one organization, for some of what its maker may, until it is revoked or expires.
package struct APIKey: Hashable, Sendable {
    package let id: ID<APIKey>
    package let organization: ID<Organization>
    package let name: String
    package let permissions: Set<Permission>
    package let createdBy: Actor
    package let createdAt: Instant
    /// Nil for one that lasts until it is revoked.
    package let expiresAt: Instant?
    /// Coarse: see ``APIKey/lastUsedGrain``.
    package let lastUsedAt: Instant?
    package let revokedAt: Instant?

    package init(
        id: ID<APIKey>,
        organization: ID<Organization>,
        name: String,
        permissions: Set<Permission>,
        createdBy: Actor,
        createdAt: Instant,
        expiresAt: Instant? = nil,
        lastUsedAt: Instant? = nil,
        revokedAt: Instant? = nil
    ) {
        self.id = id
        self.organization = organization
        self.name = name
        self.permissions = permissions
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.revokedAt = revokedAt
    }

    /// A use is noted at most so often: a busy machine costs no write per request.
    package static let lastUsedGrain: Duration = .seconds(300)

    package func isGood(at now: Instant) -> Bool {
        revokedAt == nil && expiresAt.map { now < $0 } != false
    }

    package var principal: Principal {
        Principal(apiKey: id, organization: organization, limitedTo: permissions)
    }
}
