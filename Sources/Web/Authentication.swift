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
        let principal = try await sessions.principal(of: Self.bearer(call.request.headers[.authorization]))
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
            return try await idempotency.answer(call, Member(principal: principal, scope: scope), by: route, answer)
        }
    }

    /// Proof that the principal may do that within the organization he means: his own, or the one a super admin names.
    func scope(of principal: Principal, named name: String?, for permission: Permission) async throws
        -> OrganizationScope
    {
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
        guard let organization else { throw Problem.notFound("organization") }
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
            let token = request.token
            let principal = try await sessions.principal(of: token)
            let scope = try await authentication.scope(of: principal, named: request.organization, for: .readAlarms)
            return .success(
                StreamAdmission(
                    scope: scope,
                    hearsSystem: principal.role.permissions.contains(.deployModels),
                    after: request.after,
                    expires: token.flatMap(Self.expiry(ofVerified:)) ?? sessions.context.now()
                )
            )
        } catch {
            return .failure(ErrorMiddleware.problem(of: error))
        }
    }

    /// When a token that was found good ceases to be (RFC 7519, section 4.1.4).
    static func expiry(ofVerified token: String) -> Instant? {
        struct Claims: Decodable {
            let exp: Int64
        }
        let parts = token.split(separator: ".")
        guard parts.count == 3 else { return nil }
        let base64 = String(parts[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        let padded = base64 + String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded) else { return nil }
        return (try? JSONDecoder().decode(Claims.self, from: data)).map { Instant(seconds: $0.exp) }
    }

    func session(for admission: StreamAdmission) -> StreamSession {
        StreamSession(admission: admission, context: authentication.sessions.context)
    }
}
