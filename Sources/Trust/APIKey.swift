package import Plant

/// What lets a machine in: within one organization, for some of what its maker may, until it is revoked or expires.
package struct APIKey: Hashable, Sendable {
    package let id: ID<APIKey>
    package let organization: ID<Organization>
    package let name: String
    package let permissions: Set<Permission>
    /// As the plant's records name him.
    package let createdBy: String
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
        createdBy: String,
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

    /// Of its name, in bytes.
    package static let nameLengths = 1...100

    package func isGood(at now: Instant) -> Bool {
        revokedAt == nil && expiresAt.map { now < $0 } != false
    }

    package var principal: Principal {
        Principal(apiKey: id, organization: organization, limitedTo: permissions)
    }
}

extension APIKey {
    /// A new key, as far as there may be one like it.
    ///
    /// - Throws: ``APIKeyError``.
    package init(
        id: ID<APIKey>,
        organization: ID<Organization>,
        named name: String,
        for permissions: [Permission],
        createdBy author: String,
        at now: Instant,
        until expiry: Instant? = nil
    ) throws(APIKeyError) {
        let name = String(name.split { $0 == " " || $0 == "\t" }.joined(separator: " "))
        guard Self.nameLengths.contains(name.utf8.count), !name.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
            throw APIKeyError(
                "name",
                "must have \(Self.nameLengths.lowerBound) to \(Self.nameLengths.upperBound) bytes, all to be printed"
            )
        }
        guard !permissions.isEmpty else { throw APIKeyError("permissions", "must name what the key is for") }
        if let odd = permissions.first(where: { !$0.isForKeys }) {
            throw APIKeyError("permissions", "must not have '\(odd.rawValue)': that is for people alone")
        }
        self.init(
            id: id,
            organization: organization,
            name: name,
            permissions: Set(permissions),
            createdBy: author,
            createdAt: now,
            expiresAt: expiry
        )
    }
}

/// Why there can be no such key.
package struct APIKeyError: Error, Hashable, Sendable {
    /// What of it is wrong.
    package let key: String
    package let message: String

    init(_ key: String, _ message: String) {
        self.key = key
        self.message = message
    }
}

extension APIKeyError: CustomStringConvertible {
    package var description: String { "\(key) \(message)" }
}
