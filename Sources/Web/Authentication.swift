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
    private let idempotency = IdempotencyDesk()

    init(sessions: Sessions) { self.sessions = sessions }

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
        try await admitByQuota(principal)
        do {
            return try await admit(call, to: route, principal)
        } catch {
            call.context.audit.noteDenial(error, of: call, route, to: principal)
            throw error
        }
    }

    /// Every call goes through the audit trail, whatever route it is for.
    private func admit(_ call: Call, to route: Route, _ principal: Principal) async throws -> Response {
        let audit = call.context.audit
        switch route.access {
        case .open(let answer): return try await answer(call)
        case .signedIn(let answer):
            guard route.auditAction != nil else { return try await answer(call, principal) }
            let place = try Authorizer(principal).ownPlace()
            return try await audit.carryOut(call, route, by: principal, in: place) {
                try await answer(call, principal)
            }
        case .server(let permission, let answer):
            let scope = try Authorizer(principal).systemScope(permission)
            return try await audit.carryOut(call, route, by: principal, in: .server(scope)) {
                try await answer(call, Administrator(principal: principal, scope: scope))
            }
        case .organization(let permission, let answer):
            let scope = try await scope(
                of: principal,
                named: call.request.headers[.eagleOrganization],
                for: permission
            )
            var call = call
            call.bodies = BodyShare(of: scope, in: call.context.bodies)
            return try await audit.carryOut(call, route, by: principal, in: .organization(scope)) { [call] in
                try await idempotency.answer(call, Member(principal: principal, scope: scope), by: route, answer)
            }
        }
    }

    /// Counts a request among its organization's, whatever it asks for and may.
    ///
    /// What is refused, and what somebody does to what is his own, takes the server's time too. Those who run the server
    /// are not held up by a tenant's.
    ///
    /// - Throws: `QuotaExceeded` that says how long to wait.
    private func admitByQuota(_ principal: Principal) async throws {
        guard principal.role != .superAdmin else { return }
        let scope = try Authorizer(principal).ownScope()
        try await sessions.context.lanes.quotas.allowance(in: scope).takeRequest()
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
    /// - Throws: `AuthorizationError` or ``Problem`` with `.notFound`, which are answered alike: for one that is
    ///   another's and one that isn't there.
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
            guard ID<Organization>(name) == own.id || name == own.slug else { throw AuthorizationError(.notFound) }
            organization = own
        }
        guard let organization, !isErased(organization.id) else { throw Problem.notFound("organization") }
        return organization.id
    }
}

/// The stream's door: admits those who could also read the alarms.
struct StreamDoor: Sendable {
    let authentication: Authentication

    /// By `peer` who holds the other end of the connection is meant: the client, or a proxy.
    func admit(_ head: HTTPRequestHead, from peer: String) async -> Result<StreamAdmission, Problem> {
        do {
            let request = try StreamRequest(head)
            let sessions = authentication.sessions
            guard PageOrigin(head, edge: sessions.context.edge).mayOpenStream else {
                throw Problem(.crossOrigin, "Another page's streams are refused; corsOrigins can let its origin in.")
            }
            let client = ClientAddress(
                peer: peer,
                forwardedFor: head.headers["X-Forwarded-For"],
                forwardedProto: nil,
                edge: sessions.context.edge
            )
            let standing = try await sessions.standing(of: request.token, from: client.throttleKey)
            let principal = standing.principal
            let scope = try await scope(of: principal, named: request.organization)
            let allowance = try await sessions.context.lanes.quotas.allowance(in: scope)
            if principal.role != .superAdmin { try allowance.takeRequest() }
            return .success(
                StreamAdmission(
                    principal: principal,
                    scope: scope,
                    place: try allowance.openStream(),
                    hearsSystem: principal.may(.deployModels),
                    hearsTraining: principal.may(.readModels),
                    after: request.after,
                    expires: standing.expiresAt ?? .distantFuture
                )
            )
        } catch {
            return .failure(ErrorMiddleware.problem(of: error))
        }
    }

    /// Whoever runs the server leaves his trace before he hears anything; and so does whoever is refused.
    private func scope(of principal: Principal, named name: String?) async throws -> OrganizationScope {
        let audit = authentication.sessions.context.audit
        let metadata = ["method": "GET", "route": StreamRequest.path]
        do {
            let scope = try await authentication.scope(of: principal, named: name, for: .readAlarms)
            if principal.role == .superAdmin {
                try await audit.visit(by: principal, to: StreamRequest.path, metadata, in: .organization(scope))
            }
            return scope
        } catch {
            audit.noteDenial(error, to: principal, metadata)
            throw error
        }
    }

    func session(for admission: StreamAdmission) -> StreamSession {
        StreamSession(admission: admission, sessions: authentication.sessions)
    }
}
