package import Plant

/// Someone who can sign in.
package struct User: Hashable, Sendable, Codable {
    package let id: ID<User>
    /// Nil only for those who run the server.
    package let organization: ID<Organization>?
    /// As it was entered; unique across the server whatever its case.
    package let email: String
    package let role: Role
    package let createdAt: Instant
    /// Since when he may not sign in; nil where he may.
    package let disabledAt: Instant?

    package init(
        id: ID<User>,
        organization: ID<Organization>?,
        email: String,
        role: Role,
        createdAt: Instant,
        disabledAt: Instant? = nil
    ) {
        self.id = id
        self.organization = organization
        self.email = email
        self.role = role
        self.createdAt = createdAt
        self.disabledAt = disabledAt
    }

    package var principal: Principal { principal(in: nil) }

    /// As whom he acts in one of his logins.
    package func principal(in session: ID<RefreshFamily>?) -> Principal {
        Principal(user: id, organization: organization, role: role, session: session)
    }

    /// One `@` with something on both sides, no spaces, and no longer than RFC 5321, section 4.5.3.1.3 allows.
    package static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { $0 > 32 && $0 != 127 }
    }
}
