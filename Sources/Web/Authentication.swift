import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Plant
import Serving
import Storage
import Trust

/// Asks each request who makes it, what he may, and in which organization.
struct Authentication: Sendable {
    let sessions: Sessions

    /// The token of an `Authorization: Bearer` header (RFC 6750, section 2.1).
    static func bearer(_ header: String?) -> String? {
        guard let header, header.count > 7, header.prefix(7).lowercased() == "bearer " else { return nil }
        return String(header.dropFirst(7).trimmed)
    }

    func admit(_ call: Call, to route: Route) async throws -> Response {
        if case .open(let answer) = route.access { return try await answer(call) }
        let principal = try await sessions.principal(
            of: Self.bearer(call.request.headers[.authorization]),
            from: call.address
        )
        try refuseErased(principal)
        switch route.access {
        case .open(let answer): return try await answer(call)
        case .signedIn(let answer): return try await answer(call, principal)
        case .server(let permission, let answer):
            let scope = try Authorizer(principal).systemScope(permission)
            return try await answer(call, Administrator(principal: principal, scope: scope))
        case .organization(let permission, let answer):
            let scope = try await scope(
                of: principal,
                named: call.request.headers[.eagleOrganization],
                for: permission
            )
            return try await answer(call, Member(principal: principal, scope: scope))
        }
    }

    /// Proof that the principal may do that within the organization he means: his own, or the one a super admin names.
    func scope(of principal: Principal, named name: String?, for permission: Permission) async throws
        -> OrganizationScope
    {
        try refuseErased(principal)
        let authorizer = Authorizer(principal)
        let scope: OrganizationScope
        if let name {
            scope = try authorizer.scope(for: try await organization(name, for: principal))
        } else {
            scope = try authorizer.ownScope()
        }
        try authorizer.require(permission)
        return scope
    }

    /// The organization with that slug or id, as far as the principal may know of it.
    ///
    /// - Throws: ``Problem`` with `.notFound`, the same for one that is another's and one that isn't there.
    func organization(_ name: String, for principal: Principal) async throws -> ID<Organization> {
        let store = sessions.context.stores.organizations
        let organization: Organization?
        if principal.role == .superAdmin {
            let scope = try Authorizer(principal).systemScope(.manageOrganizations)
            if let id = ID<Organization>(name) {
                organization = try await store.byID(id, in: scope)
            } else {
                organization = try await store.bySlug(name, in: scope)
            }
        } else {
            let own = try await store.organization(in: try Authorizer(principal).ownScope())
            organization = ID<Organization>(name) == own.id || name == own.slug ? own : nil
        }
        guard let organization, !isErased(organization.id) else { throw Problem.notFound("organization") }
        return organization.id
    }
}

/// The stream's door: admits those who could also read the alarms.
struct StreamDoor: Sendable {
    let authentication: Authentication

    func admit(_ head: HTTPRequestHead, from address: String) async -> Result<StreamAdmission, Problem> {
        do {
            let request = try StreamRequest(head)
            let sessions = authentication.sessions
            guard PageOrigin(head, edge: sessions.context.edge).mayOpenStream else {
                throw Problem(.crossOrigin, "Another page's streams are refused; corsOrigins can let its origin in.")
            }
            let standing = try await sessions.standing(of: request.token, from: address)
            let principal = standing.principal
            let scope = try await authentication.scope(of: principal, named: request.organization, for: .readAlarms)
            return .success(
                StreamAdmission(
                    principal: principal,
                    scope: scope,
                    hearsSystem: principal.may(.deployModels),
                    after: request.after,
                    expires: standing.expiresAt ?? .distantFuture
                )
            )
        } catch {
            return .failure(ErrorMiddleware.problem(of: error))
        }
    }

    func session(for admission: StreamAdmission) -> StreamSession {
        StreamSession(admission: admission, sessions: authentication.sessions)
    }
}
