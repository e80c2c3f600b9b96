package import Plant

extension Authorizer {
    /// Proof that an issuer's word may be taken within the one organization that its provider was set up for.
    ///
    /// - Throws: `.notFound` for any other.
    package static func scope(
        of provider: OpenIDProvider,
        for organization: Organization
    ) throws(AuthorizationError) -> OrganizationScope {
        guard organization.slug == provider.organization else { throw AuthorizationError(.notFound) }
        return OrganizationScope(provenFor: organization.id)
    }
}
