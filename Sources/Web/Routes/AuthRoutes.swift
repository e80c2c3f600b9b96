import Hummingbird
import Plant
import Storage
import Trust

/// Signing in and staying so.
struct AuthRoutes: Sendable {
    struct Credentials: Decodable, Sendable {
        let email: String
        let password: String
        /// Of the authenticator, or a recovery code; only where it is asked for.
        let code: String?
    }

    struct RefreshBody: Decodable, Sendable {
        let refreshToken: String
    }

    struct SessionDocument: Encodable, Sendable {
        let tokenType = "Bearer"
        let accessToken: String
        let expiresIn: Int
        let expiresAt: Instant
        /// Absent where it is in the console's cookie.
        let refreshToken: String?
        let user: UserDocument
    }

    let sessions: Sessions

    var all: [Route] {
        [
            Route(.post, "/api/v1/auth/login", .open(login)),
            Route(.post, "/api/v1/auth/refresh", .open(refresh)),
            Route(.post, "/api/v1/auth/logout", .open(logout)),
            Route(.get, "/api/v1/auth/me", .signedIn(me)),
        ]
    }

    private func login(_ call: Call) async throws -> Response {
        try call.query.allow()
        let cookie = try ConsoleCookie(call)
        let credentials = try await call.json(Credentials.self)
        return try await answer(
            try await sessions.login(
                email: credentials.email,
                password: credentials.password,
                code: credentials.code,
                from: call.origin
            ),
            by: cookie,
            at: call.now
        )
    }

    private func refresh(_ call: Call) async throws -> Response {
        try call.query.allow()
        guard let cookie = try ConsoleCookie(call) else {
            let token = try await call.json(RefreshBody.self).refreshToken
            return try await answer(try await sessions.refresh(token), by: nil, at: call.now)
        }
        do {
            return try await answer(try await sessions.refresh(cookie.token ?? ""), by: cookie, at: call.now)
        } catch let problem as Problem where problem.code == .sessionRevoked {
            var response = ErrorMiddleware.response(for: problem, to: call)
            cookie.clear(on: &response)
            return response
        }
    }

    private func logout(_ call: Call) async throws -> Response {
        try call.query.allow()
        guard let cookie = try ConsoleCookie(call) else {
            try await sessions.logout(try await call.json(RefreshBody.self).refreshToken)
            return .noContent
        }
        if let token = cookie.token { try await sessions.logout(token) }
        var response = Response.noContent
        cookie.clear(on: &response)
        return response
    }

    private func me(_ call: Call, _ principal: Principal) async throws -> Response {
        try call.query.allow()
        return try .json(try await document(of: try await sessions.user(principal)))
    }

    /// Signed in: with the refresh token in the console's cookie, or for all others in the body.
    func answer(_ grant: Sessions.Grant, by cookie: ConsoleCookie?, at now: Instant) async throws -> Response {
        var response = try Response.json(
            SessionDocument(
                accessToken: grant.access.text,
                expiresIn: Int((grant.access.expiresAt - now).components.seconds),
                expiresAt: grant.access.expiresAt,
                refreshToken: cookie == nil ? grant.refresh.text : nil,
                user: try await document(of: grant.user)
            )
        )
        cookie?.set(grant.refresh, on: &response)
        return response
    }

    private func document(of user: User) async throws -> UserDocument {
        var organization: Organization?
        if user.organization != nil {
            let scope = try Authorizer(user.principal).ownScope()
            organization = try await sessions.context.stores.organizations.organization(in: scope)
        }
        return UserDocument(user, organization: organization)
    }
}

/// A user as he sees himself.
struct UserDocument: Encodable, Sendable {
    let id: ID<User>
    let email: String
    let role: Role
    /// Absent for super admins, who name one with each request.
    let organization: OrganizationDocument?
    let permissions: [Permission]

    init(_ user: User, organization: Organization?) {
        id = user.id
        email = user.email
        role = user.role
        self.organization = organization.map { OrganizationDocument($0) }
        permissions = user.role.permissions.sorted { $0.rawValue < $1.rawValue }
    }
}

struct OrganizationDocument: Encodable, Sendable {
    let id: ID<Organization>
    let slug: String
    let name: String
    let predictionEnabled: Bool

    init(_ organization: Organization) {
        id = organization.id
        slug = organization.slug
        name = organization.name
        predictionEnabled = organization.predictionEnabled
    }
}
