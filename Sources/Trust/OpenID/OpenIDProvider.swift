/// Somebody else who says who people are, as the server's operator set him up for one organization.
package struct OpenIDProvider: Sendable {
    /// What he says when the server asks, without which nobody else may ask in its name.
    package struct ClientSecret: Sendable, CustomStringConvertible {
        package let text: String

        package init(_ text: String) { self.text = text }

        /// Never the secret itself.
        package var description: String { "a client's secret" }
    }

    /// Which roles his claims give.
    package struct RoleClaim: Sendable {
        /// The claim's name, or a path of names with dots between them.
        package let name: String
        package let roles: [String: Role]

        package init(name: String, roles: [String: Role]) {
            self.name = name
            self.roles = roles
        }
    }

    /// What his word means for a user's role.
    package enum RoleDecision: Hashable, Sendable {
        /// He says nothing of roles: it stays as it is, and new users get the one that is set.
        case unchanged
        case role(Role)
        /// He says of roles, and gives none.
        case none
    }

    /// Stands in addresses.
    package let id: String
    /// Stands on the button.
    package let name: String
    /// Whether everybody may see that there is one.
    package let isPublic: Bool
    /// The slug of the one organization whose users he may name.
    package let organization: String
    package let issuer: String
    package let clientID: String
    package let clientSecret: ClientSecret
    /// In lower case; those of all addresses where there are none.
    package let domains: [String]
    /// What somebody becomes who has no account yet; nil where only those may sign in who have.
    package let newUsers: Role?
    package let roleClaim: RoleClaim?
    /// Whether he has to say that more than a password was asked for.
    package let requiresSecondFactor: Bool

    package init(
        id: String,
        name: String,
        isPublic: Bool = false,
        organization: String,
        issuer: String,
        clientID: String,
        clientSecret: ClientSecret,
        domains: [String] = [],
        newUsers: Role? = nil,
        roleClaim: RoleClaim? = nil,
        requiresSecondFactor: Bool = false
    ) {
        self.id = id
        self.name = name
        self.isPublic = isPublic
        self.organization = organization
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.domains = domains
        self.newUsers = newUsers
        self.roleClaim = roleClaim
        self.requiresSecondFactor = requiresSecondFactor
    }

    /// The verified e-mail address that claims name.
    ///
    /// - Throws: ``OpenIDError`` with `.emailUnverified` or `.refused`.
    package func email(in claims: OpenIDClaims) throws(OpenIDError) -> String {
        guard let email = claims.email, claims.isEmailVerified else {
            throw OpenIDError(.emailUnverified, "the issuer does not say that the e-mail address is verified")
        }
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), email.utf8.count <= 254,
            email.utf8.allSatisfy({ $0 > 32 && $0 != 127 }), !Self.isDisguised(email)
        else { throw OpenIDError(.refused, "the issuer names no e-mail address that can be one") }
        guard domains.isEmpty || domains.contains(parts[1].lowercased()) else {
            throw OpenIDError(.refused, "the e-mail address lies in none of the provider's domains")
        }
        return email
    }

    /// Whether it is another mailbox than the one that it becomes in lower case: the Kelvin sign, which an issuer may
    /// well have verified, is a K to whoever compares addresses whatever their case.
    private static func isDisguised(_ email: String) -> Bool {
        email.unicodeScalars.contains { scalar in
            !scalar.isASCII && scalar.properties.lowercaseMapping.unicodeScalars.contains(where: \.isASCII)
        }
    }

    /// The highest of the roles that his claims give; never that of a super admin, whatever is set.
    package func role(in claims: OpenIDClaims) -> RoleDecision {
        guard let roleClaim else { return .unchanged }
        let given = claims.texts(at: roleClaim.name).compactMap { roleClaim.roles[$0] }
        if given.contains(.admin) { return .role(.admin) }
        return given.contains(.operator) ? .role(.operator) : .none
    }

    /// - Throws: ``OpenIDError`` with `.secondFactorMissing` where he has to say that there was one and does not.
    package func checkSecondFactor(in claims: OpenIDClaims) throws(OpenIDError) {
        guard !requiresSecondFactor || claims.methods.contains("mfa") else {
            throw OpenIDError(.secondFactorMissing, "the issuer's 'amr' does not hold 'mfa'")
        }
    }
}
