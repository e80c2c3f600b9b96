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

    package init(id: ID<User>, organization: ID<Organization>?, email: String, role: Role, createdAt: Instant) {
        self.id = id
        self.organization = organization
        self.email = email
        self.role = role
        self.createdAt = createdAt
    }

    package var principal: Principal { Principal(user: id, organization: organization, role: role) }
}
