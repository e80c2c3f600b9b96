package import Plant

/// From where somebody signs in, as far as the server can tell.
package struct LoginOrigin: Hashable, Sendable {
    /// The peer's, without its port.
    package let address: String
    /// What the client says of itself; empty where it says nothing.
    package let userAgent: String

    package static let userAgentLengthMax = 200

    /// - Parameters:
    ///   - address: The peer's, without its port.
    ///   - userAgent: Cut off after 200 characters; what can't be printed is left out.
    package init(address: String = "", userAgent: String? = nil) {
        self.address = String(address.prefix(64))
        self.userAgent = String(
            String.UnicodeScalarView(
                (userAgent ?? "").unicodeScalars.lazy
                    .filter { $0.properties.generalCategory != .control }
                    .prefix(Self.userAgentLengthMax)
            )
        )
    }
}

/// A login that lasts: all the tokens that came out of it.
package struct LoginSession: Hashable, Sendable {
    package let id: ID<RefreshFamily>
    package let user: ID<User>
    package let origin: LoginOrigin
    package let startedAt: Instant
    /// When it got its newest tokens.
    package let lastUsedAt: Instant
    /// When it ends unless it is used before.
    package let expiresAt: Instant

    package init(
        id: ID<RefreshFamily>,
        user: ID<User>,
        origin: LoginOrigin,
        startedAt: Instant,
        lastUsedAt: Instant,
        expiresAt: Instant
    ) {
        self.id = id
        self.user = user
        self.origin = origin
        self.startedAt = startedAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
    }
}
