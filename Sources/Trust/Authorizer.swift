package import Plant

/// Decides what someone may do, and is the only maker of scopes for what people ask.
package struct Authorizer: Sendable {
    package let principal: Principal

    package init(_ principal: Principal) { self.principal = principal }

    package func require(_ permission: Permission) throws(AuthorizationError) {
        guard principal.may(permission) else { throw AuthorizationError(.forbidden, permission: permission) }
    }

    /// Proof that the principal may act within that organization.
    ///
    /// Those who run the server may name any; whether there is one with that id, the store says.
    /// - Throws: `.notFound` for another's organization: that there is one is not told either.
    package func scope(for organization: ID<Organization>) throws(AuthorizationError) -> OrganizationScope {
        switch principal.role {
        case .superAdmin: break
        case .admin, .operator:
            guard principal.organization == organization else { throw AuthorizationError(.notFound) }
        }
        return OrganizationScope(provenFor: organization)
    }

    /// Proof that the principal may act within his own organization.
    ///
    /// - Throws: `.organizationRequired` for those who have none, and must name one.
    package func ownScope() throws(AuthorizationError) -> OrganizationScope {
        guard let organization = principal.organization else { throw AuthorizationError(.organizationRequired) }
        return OrganizationScope(provenFor: organization)
    }

    /// Proof that the principal may touch what belongs to the server.
    ///
    /// - Throws: `.forbidden` without the permission, and for a permission that is about one organization only.
    package func systemScope(_ permission: Permission) throws(AuthorizationError) -> SystemScope {
        guard permission.isOfServer, principal.role == .superAdmin, principal.may(permission) else {
            throw AuthorizationError(.forbidden, permission: permission)
        }
        return SystemScope(for: .administration)
    }
}

/// Why someone may not do what he asks.
package struct AuthorizationError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// The role has no such permission.
        case forbidden
        /// It is another organization's, or is not there.
        case notFound
        /// Someone without an organization has to say which he means.
        case organizationRequired
    }

    package let code: Code
    package let permission: Permission?

    package init(_ code: Code, permission: Permission? = nil) {
        self.code = code
        self.permission = permission
    }
}
