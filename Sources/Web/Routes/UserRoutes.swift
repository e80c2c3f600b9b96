import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// An organization's users, as its admins run them.
struct UserRoutes: Sendable {
    struct NewUser: Decodable, Sendable {
        let email: String
        let password: String
        let role: Role
    }

    struct NewRole: Decodable, Sendable {
        let role: Role
    }

    struct NewPassword: Decodable, Sendable {
        let password: String
    }

    struct OrganizationUser: Encodable, Sendable {
        let id: ID<User>
        let email: String
        let role: Role
        let createdAt: Instant
        /// Absent for those who may sign in.
        let disabledAt: Instant?

        init(_ user: User) {
            id = user.id
            email = user.email
            role = user.role
            createdAt = user.createdAt
            disabledAt = user.disabledAt
        }
    }

    let sessions: Sessions

    var all: [Route] {
        [
            Route(.get, "/api/v1/users", .organization(.readUsers, list)),
            Route(.post, "/api/v1/users", .organization(.manageUsers, create)),
            Route(.get, "/api/v1/users/{id}", .organization(.readUsers, one)),
            Route(.delete, "/api/v1/users/{id}", .organization(.manageUsers, remove)),
            Route(.put, "/api/v1/users/{id}/role", .organization(.manageUsers, setRole)),
            Route(.put, "/api/v1/users/{id}/password", .organization(.manageUsers, setPassword)),
            Route(.post, "/api/v1/users/{id}/disable", .organization(.manageUsers, disable)),
            Route(.post, "/api/v1/users/{id}/enable", .organization(.manageUsers, enable)),
            Route(.get, "/api/v1/users/{id}/sessions", .organization(.readUsers, logins)),
            Route(.delete, "/api/v1/users/{id}/sessions", .organization(.manageUsers, endLogins)),
        ]
    }

    private func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let users = try await call.context.stores.users.list(in: member.scope)
        return try .json(PageDocument(users.map { OrganizationUser($0) }))
    }

    private func one(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try .json(OrganizationUser(try await user(call, member)))
    }

    private func create(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let new = try await call.json(NewUser.self)
        try Self.check(new.role)
        guard User.isEmail(new.email) else { throw Problem.invalid("email", "is no e-mail address") }
        let user = try await call.context.stores.users.create(
            email: new.email,
            passwordHash: try await sessions.passwords.hash(new.password),
            role: new.role,
            at: call.now,
            countMax: try await call.context.lanes.quotas.limits(in: member.scope)[.users],
            in: member.scope
        )
        return try .json(OrganizationUser(user), status: .created)
    }

    private func setRole(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let new = try await call.json(NewRole.self)
        try Self.check(new.role)
        return try await change(call) { try await $0.setRole(new.role, of: $1, in: member.scope) }
    }

    private func disable(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try await change(call) {
            let (user, told) = try await $0.disable($1, at: call.now, in: member.scope)
            call.context.lanes.systemNews.publish(told, in: member.scope)
            return user
        }
    }

    private func enable(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try await change(call) { try await $0.enable($1, at: call.now, in: member.scope) }
    }

    private func remove(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let id: ID<User> = try call.id("user")
        let told = try await call.context.stores.users.remove(id, at: call.now, in: member.scope)
        sessions.standings.changed(.user(id, but: nil))
        call.context.lanes.systemNews.publish(told, in: member.scope)
        return .noContent
    }

    private func setPassword(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let new = try await call.json(NewPassword.self)
        // Nobody is made to hash for a user who is not there.
        let user = try await user(call, member)
        try await call.context.stores.users.setPassword(
            try await sessions.passwords.hash(new.password),
            of: user.id,
            at: call.now,
            in: member.scope
        )
        sessions.standings.changed(.user(user.id, but: nil))
        return .noContent
    }

    private func logins(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let user = try await user(call, member)
        let logins = try await call.context.stores.users.logins(of: user.id, at: call.now, in: member.scope)
        return try .json(PageDocument(logins.map { LoginDocument($0, current: member.principal.session) }))
    }

    private func endLogins(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let id: ID<User> = try call.id("user")
        try await call.context.stores.users.endLogins(of: id, at: call.now, in: member.scope)
        sessions.standings.changed(.user(id, but: nil))
        return .noContent
    }

    // MARK: What they share

    private func user(_ call: Call, _ member: Member) async throws -> User {
        guard let user = try await call.context.stores.users.byID(try call.id("user"), in: member.scope) else {
            throw Problem.notFound("user")
        }
        return user
    }

    /// In force with the user's next request.
    private func change(
        _ call: Call,
        _ change: (UserStore, ID<User>) async throws -> User
    ) async throws -> Response {
        let user = try await change(call.context.stores.users, try call.id("user"))
        sessions.standings.changed(.user(user.id, but: nil))
        return try .json(OrganizationUser(user))
    }

    private static func check(_ role: Role) throws(Problem) {
        guard role != .superAdmin else {
            throw Problem.invalid("role", "must be ADMIN or OPERATOR: super admins belong to no organization")
        }
    }
}
