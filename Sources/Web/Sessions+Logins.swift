import Plant
import Storage
import Trust

/// Somebody's own logins: they are the server's, for a super admin has no organization.
extension Sessions {
    func logins(of principal: Principal, at now: Instant) async throws -> [LoginSession] {
        try await context.stores.users.logins(of: try principal.person(), at: now, in: Self.scope)
    }

    /// Ends one of them, as well the one that asks.
    func end(_ session: ID<RefreshFamily>, of principal: Principal, at now: Instant) async throws {
        do {
            try await context.stores.users.endLogin(
                session,
                of: try principal.person(),
                at: now,
                in: Self.scope
            )
        } catch let error as StorageError where error.code == .notFound {
            throw Problem.notFound("session")
        }
        standings.changed(.session(session))
    }

    /// Ends all but the one that asks.
    func endOthers(than principal: Principal, at now: Instant) async throws {
        let user = try principal.person()
        try await context.stores.users.revokeAll(of: user, but: principal.session, at: now, in: Self.scope)
        standings.changed(.user(user, but: principal.session))
    }
}
