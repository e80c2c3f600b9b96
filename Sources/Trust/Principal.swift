package import Plant

/// Who asks, and what he may at most: a person who is signed in, or a machine with an API key.
package struct Principal: Hashable, Sendable {
    package let actor: Actor
    /// Nil only for those who run the server.
    package let organization: ID<Organization>?
    package let role: Role
    /// All that he may of what his role may; nil where that is everything.
    package let limitedTo: Set<Permission>?
    /// The login that it comes from; nil for a machine.
    package let session: ID<RefreshFamily>?

    /// A person.
    package init(user: ID<User>, organization: ID<Organization>?, role: Role, session: ID<RefreshFamily>? = nil) {
        actor = .user(user)
        self.organization = organization
        self.role = role
        limitedTo = nil
        self.session = session
    }

    /// A machine: within its organization, and never more than it was made for.
    package init(apiKey: ID<APIKey>, organization: ID<Organization>, limitedTo permissions: Set<Permission>) {
        actor = .apiKey(apiKey)
        self.organization = organization
        role = .admin
        limitedTo = permissions
        session = nil
    }

    /// The person; nil for a machine.
    package var user: ID<User>? {
        if case .user(let id) = actor { return id }
        return nil
    }

    package var permissions: Set<Permission> {
        limitedTo.map { $0.intersection(role.permissions) } ?? role.permissions
    }

    package func may(_ permission: Permission) -> Bool {
        role.permissions.contains(permission) && limitedTo?.contains(permission) != false
    }
}
