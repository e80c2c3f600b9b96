import Hummingbird
import Plant
import Storage
import Trust

/// What everybody who is signed in has for himself: his password and his sessions.
struct SessionRoutes: Sendable {
    struct PasswordChange: Decodable, Sendable {
        let password: String
        let newPassword: String
    }

    let sessions: Sessions

    var all: [Route] {
        [
            Route(.post, "/api/v1/auth/password", .signedIn(changePassword)),
            Route(.get, "/api/v1/auth/sessions", .signedIn(list)),
            Route(.delete, "/api/v1/auth/sessions", .signedIn(endOthers)),
            Route(.delete, "/api/v1/auth/sessions/{id}", .signedIn(end)),
        ]
    }

    private func changePassword(_ call: Call, _ principal: Principal) async throws -> Response {
        try call.query.allow()
        _ = try principal.person()
        let change = try await call.json(PasswordChange.self)
        try await sessions.changePassword(
            of: principal,
            from: change.password,
            to: change.newPassword,
            at: call.origin
        )
        return .noContent
    }

    private func list(_ call: Call, _ principal: Principal) async throws -> Response {
        try call.query.allow()
        let logins = try await sessions.logins(of: principal, at: call.now)
        return try .json(PageDocument(logins.map { LoginDocument($0, current: principal.session) }))
    }

    private func endOthers(_ call: Call, _ principal: Principal) async throws -> Response {
        try call.query.allow()
        try await sessions.endOthers(than: principal, at: call.now)
        return .noContent
    }

    private func end(_ call: Call, _ principal: Principal) async throws -> Response {
        try call.query.allow()
        _ = try principal.person()
        try await sessions.end(try call.id("session"), of: principal, at: call.now)
        return .noContent
    }
}

/// One login, as its owner or an admin sees it.
struct LoginDocument: Encodable, Sendable {
    let id: ID<RefreshFamily>
    let startedAt: Instant
    let lastUsedAt: Instant
    let expiresAt: Instant
    /// Absent where it was not known.
    let address: String?
    let userAgent: String?
    /// Whether it is the one that asks.
    let isCurrent: Bool

    init(_ login: LoginSession, current: ID<RefreshFamily>?) {
        id = login.id
        startedAt = login.startedAt
        lastUsedAt = login.lastUsedAt
        expiresAt = login.expiresAt
        address = login.origin.address.isEmpty ? nil : login.origin.address
        userAgent = login.origin.userAgent.isEmpty ? nil : login.origin.userAgent
        isCurrent = login.id == current
    }
}
