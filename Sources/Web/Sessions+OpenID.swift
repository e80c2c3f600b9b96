import Logging
import Plant
import Serving
import Storage
import Trust

/// Sessions of those whom an issuer names.
extension Sessions {
    private static let issuerScope = SystemScope(for: .login)

    /// Who somebody is within the one organization whose issuer has named him; made there where the provider says so.
    ///
    /// - Throws: ``OpenIDError`` where he has no place in it, in the same words whether he has one elsewhere.
    func user(_ arrival: OpenIDDesk.Arrival, at now: Instant) async throws -> User {
        let (provider, claims) = (arrival.provider, arrival.claims)
        let email = try provider.email(in: claims)
        guard
            let organization = try await context.stores.organizations.bySlug(
                provider.organization,
                in: Self.issuerScope
            ), !context.lanes.isClosed(organization.id)
        else {
            throw OpenIDError(.refused, "there is no organization '\(provider.organization)', for which it was set up")
        }
        let scope = try Authorizer.scope(of: provider, for: organization)
        let decision = provider.role(in: claims)
        let role: Role?
        switch decision {
        case .unchanged: role = nil
        case .role(let given): role = given
        case .none: throw OpenIDError(.refused, "the issuer gives none of the roles that are set")
        }
        let identity = OpenIDIdentity(issuer: provider.issuer, subject: arrival.subject, email: email)
        let links = context.stores.openIDLinks
        var outcome = try await links.signIn(identity, as: role, at: now, in: scope)
        if outcome == .unknown, let newUser = provider.newUsers {
            let made = OpenIDLinkStore.NewUser(
                role: role ?? newUser,
                passwordHash: try await unknownPassword(),
                countMax: try await context.lanes.quotas.limits(in: scope)[.users]
            )
            do {
                outcome = try await links.signIn(identity, as: role, orMaking: made, at: now, in: scope)
            } catch is QuotaExceeded {
                throw OpenIDError(.refused, "the organization has as many users as it may")
            }
        }
        if case .lastAdmin(let id) = outcome {
            context.logger.warning(
                "an issuer gives an organization's last ADMIN a lower role: he stays one",
                metadata: ["provider": .string(provider.id), "user": .string(id.description)]
            )
        }
        guard let id = outcome.user, let user = try await context.stores.users.byID(id, in: scope),
            user.organization == scope.id, user.role != .superAdmin, mayComeIn(user)
        else { throw OpenIDError(.refused, "the organization has no such user") }
        return user
    }

    /// Counts a refusal, for the chain of the organization whose provider it is; the server's own where it is not there.
    func noteRefusal(_ error: OpenIDError, by provider: OpenIDProvider, from address: String) async {
        let organizations = context.stores.organizations
        let found = try? await organizations.bySlug(provider.organization, in: Self.issuerScope)
        let scope = found.flatMap { try? Authorizer.scope(of: provider, for: $0) }
        context.audit.noteRefusedArrival(
            RefusedArrival(
                place: scope.map { .organization($0) } ?? .server(Self.issuerScope),
                provider: provider.id,
                reason: error.code.rawValue
            ),
            from: address
        )
    }

    /// The session of somebody who came back from his issuer a moment ago.
    ///
    /// The issuer's word stands for both factors: what is asked for there is the issuer's to say.
    func login(
        _ user: ID<User>,
        by provider: OpenIDProvider,
        from origin: LoginOrigin,
        at now: Instant
    ) async throws -> Grant {
        guard let found = try await context.stores.users.byID(user, in: Self.issuerScope),
            found.role != .superAdmin, mayComeIn(found)
        else { throw Problem(.signInUnknown, "Sign in again.") }
        return try await begin(for: found, from: origin, by: .issuer(provider: provider.id), at: now)
    }

    /// Of a password that nobody knows.
    private func unknownPassword() async throws -> PasswordHash {
        var generator = SystemRandomNumberGenerator()
        return try await passwords.hash(SignInSecret(using: &generator).text)
    }
}
