import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// What organizations may have and do only so much of, and how much of that they use.
struct QuotaRoutes: Sendable {
    let authentication: Authentication

    var all: [Route] {
        [
            Route(.get, "/api/v1/quota", .organization(.readOrganization, own)),
            Route(.get, "/api/v1/organizations/{id}/quota", .server(.manageOrganizations, one)),
            change,
        ]
    }

    private var change: Route {
        Route(.put, "/api/v1/organizations/{id}/quota", .server(.manageOrganizations, put))
    }

    private func own(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let desk = call.context.lanes.quotas
        return try .json(
            QuotaUseDocument(
                try await desk.limits(in: member.scope),
                use: try await use(call, member.scope)
            )
        )
    }

    private func one(_ call: Call, _ administrator: Administrator) async throws -> Response {
        try call.query.allow()
        return try await answer(call, try await scope(call, administrator))
    }

    /// It is written down in the organization's chain too, as whatever a super admin changes within one.
    private func put(_ call: Call, _ administrator: Administrator) async throws -> Response {
        try call.query.allow()
        let scope = try await scope(call, administrator)
        let place = AuditPlace.organization(scope)
        return try await call.context.audit.carryOut(call, change, by: administrator.principal, in: place) {
            try await put(call, administrator, in: scope)
        }
    }

    private func put(
        _ call: Call,
        _ administrator: Administrator,
        in scope: OrganizationScope
    ) async throws -> Response {
        let settings = try await call.document(QuotaSettings.self)
        try await call.context.stores.quotas.put(
            settings,
            by: try await call.author(Member(principal: administrator.principal, scope: scope)),
            at: call.now,
            in: scope
        )
        call.context.lanes.quotas.changed(in: scope)
        return try await answer(call, scope)
    }

    private func answer(_ call: Call, _ scope: OrganizationScope) async throws -> Response {
        let stored = try await call.context.stores.quotas.current(in: scope)
        let desk = call.context.lanes.quotas
        return try .json(
            OrganizationQuotaDocument(
                stored,
                standard: desk.standard,
                limits: try await desk.limits(in: scope),
                use: try await use(call, scope)
            )
        )
    }

    private func use(_ call: Call, _ scope: OrganizationScope) async throws -> [Quota: Int] {
        let kept = try await call.context.stores.quotas.use(at: call.context.plantTime.now, in: scope)
        return kept.merging(try await call.context.lanes.quotas.use(in: scope)) { $1 }
    }

    /// Proof for the organization that the path names, by slug or id.
    private func scope(_ call: Call, _ administrator: Administrator) async throws -> OrganizationScope {
        let id = try await authentication.organization(call.parameters["id"] ?? "", for: administrator.principal)
        return try Authorizer(administrator.principal).scope(for: id)
    }
}
