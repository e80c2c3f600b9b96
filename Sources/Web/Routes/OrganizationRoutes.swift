import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// Tenants and their users.
struct OrganizationRoutes: Sendable {
    struct NewOrganization: Decodable, Sendable {
        let slug: String
        let name: String
    }

    struct NewUser: Decodable, Sendable {
        let email: String
        let password: String
        let role: Role
    }

    struct OrganizationUser: Encodable, Sendable {
        let id: ID<User>
        let email: String
        let role: Role
        let createdAt: Instant

        init(_ user: User) {
            id = user.id
            email = user.email
            role = user.role
            createdAt = user.createdAt
        }
    }

    let authentication: Authentication

    var all: [Route] {
        [
            Route(.get, "/api/v1/organizations", .server(.manageOrganizations, list)),
            Route(.post, "/api/v1/organizations", .server(.manageOrganizations, create)),
            Route(.get, "/api/v1/organizations/{id}", .signedIn(one)),
            Route(.get, "/api/v1/users", .organization(.readUsers, users)),
            Route(.post, "/api/v1/users", .organization(.manageUsers, createUser)),
        ]
    }

    private func list(_ call: Call, _ administrator: Administrator) async throws -> Response {
        try call.query.allow(only: "limit", "after")
        let limit = try call.query.limit()
        let after = call.query.text("after") ?? ""
        let following = try await call.context.stores.organizations.all(in: administrator.scope)
            .filter { $0.slug > after }
            .sorted { $0.slug < $1.slug }
        return try .json(
            PageDocument(following, limit: limit, key: { $0.slug }, item: { OrganizationDocument($0) })
        )
    }

    private func create(_ call: Call, _ administrator: Administrator) async throws -> Response {
        try call.query.allow()
        let new = try await call.json(NewOrganization.self)
        let name = String(new.name.trimmed)
        guard Organization.isSlug(new.slug) else {
            throw Problem.invalid("slug", "must be 1 to 63 lower-case letters, digits and inner hyphens")
        }
        guard (1...200).contains(name.utf8.count) else { throw Problem.invalid("name", "must have 1 to 200 bytes") }
        let organization = try await call.context.stores.organizations.create(
            slug: new.slug,
            name: name,
            at: call.now,
            in: administrator.scope
        )
        call.context.lanes.configurationChanged(in: try Authorizer(administrator.principal).scope(for: organization.id))
        var response = try Response.json(OrganizationDocument(organization), status: .created)
        response.headers[.location] = "/api/v1/organizations/\(organization.id)"
        return response
    }

    private func one(_ call: Call, _ principal: Principal) async throws -> Response {
        try call.query.allow()
        let authorizer = Authorizer(principal)
        let id = try await authentication.organization(call.parameters["id"] ?? "", for: principal)
        let scope = try authorizer.scope(for: id)
        try authorizer.require(.readOrganization)
        return try .json(OrganizationDocument(try await call.context.stores.organizations.organization(in: scope)))
    }

    private func users(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let users = try await call.context.stores.users.list(in: member.scope)
        return try .json(PageDocument(users.map { OrganizationUser($0) }))
    }

    private func createUser(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let new = try await call.json(NewUser.self)
        guard new.role != .superAdmin else {
            throw Problem.invalid("role", "must be ADMIN or OPERATOR: super admins belong to no organization")
        }
        guard Self.isEmail(new.email) else { throw Problem.invalid("email", "is no e-mail address") }
        let user = try await call.context.stores.users.create(
            email: new.email,
            passwordHash: try await authentication.sessions.passwords.hash(new.password),
            role: new.role,
            at: call.now,
            countMax: try await call.context.lanes.quotas.limits(in: member.scope)[.users],
            in: member.scope
        )
        return try .json(OrganizationUser(user), status: .created)
    }

    /// One `@` with something on both sides, no spaces, and no longer than RFC 5321, section 4.5.3.1.3 allows.
    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { $0 > 32 && $0 != 127 }
    }
}

extension Problem {
    /// One key of a body that says something that can't be.
    static func invalid(_ key: String, _ message: String) -> Problem {
        Problem(.invalid, "\(key) \(message).", errors: [Detail(path: [key], message: message)])
    }
}
