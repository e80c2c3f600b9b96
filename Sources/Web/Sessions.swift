import Logging
import Plant
import Storage
import Synchronization
import Trust

/// Signs people in, keeps them in, and lets them out.
///
/// Who somebody is has to be found out before there is a scope for him: this is the web face's only use of the
/// login's own scope.
struct Sessions: Sendable {
    private static let scope = SystemScope(for: .login)

    /// What a client gets: short proof of who he is, and the secret that renews it.
    struct Grant: Sendable {
        let user: User
        let access: AccessToken
        let refresh: RefreshToken
    }

    let context: WebContext
    let tokens: AccessTokens
    let passwords: PasswordDesk
    private let throttle: Throttle

    private final class Throttle: Sendable {
        let state = Mutex(LoginThrottle())
    }

    init(context: WebContext) async throws {
        self.context = context
        tokens = await AccessTokens(key: context.signingKey, lifetime: context.limits.accessTokenLifetime)
        passwords = try PasswordDesk(cost: context.passwordCost, limits: context.limits)
        throttle = Throttle()
    }

    /// - Throws: ``Problem``: `.invalidCredentials`, in the same time for no account as for a wrong password;
    ///   `.tooManyRequests` after too many tries.
    func login(email: String, password: String, from address: String) async throws -> Grant {
        let now = context.now()
        let account = String(email.lowercased().prefix(320))
        if let wait = throttle.state.withLock({ $0.attempt(account: account, address: address, at: now) }) {
            context.audit.noteRefusedLogin(account: account, .throttled, from: address)
            let seconds = Int((wait.microseconds + 999_999) / 1_000_000)
            throw Problem(
                .tooManyRequests,
                "Too many tries. Wait \(seconds) s, then try again.",
                retryAfterSeconds: seconds
            )
        }
        let found = try await context.stores.users.byEmail(email, in: Self.scope)
        guard try await passwords.isRight(password, for: found?.passwordHash), let found else {
            context.metrics.loginFailed()
            context.audit.noteRefusedLogin(account: account, .wrongPassword, from: address)
            throw Problem(.invalidCredentials, "Check both and try again.")
        }
        throttle.state.withLock { $0.succeeded(account: account, address: address) }
        var generator = SystemRandomNumberGenerator()
        let refresh = RefreshToken(using: &generator)
        let session = RefreshSession(
            hash: refresh.hash,
            family: .random(using: &generator),
            user: found.user.id,
            issuedAt: now,
            expiresAt: now + context.limits.refreshTokenLifetime
        )
        try await context.stores.users.saveRefresh(session, in: Self.scope)
        try await noteLogin(of: found.user, from: address)
        return Grant(
            user: found.user,
            access: try await tokens.issue(for: found.user.principal, at: now),
            refresh: refresh
        )
    }

    /// A new pair for a refresh token, which is then used up.
    func refresh(_ text: String) async throws -> Grant {
        let now = context.now()
        guard let presented = RefreshToken(text: text) else { throw Self.ended }
        var generator = SystemRandomNumberGenerator()
        let next = RefreshToken(using: &generator)
        let outcome = try await context.stores.users.rotate(
            presented.hash,
            to: next.hash,
            at: now,
            expiresAt: now + context.limits.refreshTokenLifetime,
            in: Self.scope
        )
        switch outcome {
        case .rotated(let user):
            return Grant(user: user, access: try await tokens.issue(for: user.principal, at: now), refresh: next)
        case .unknown, .expired, .revoked: throw Self.ended
        case .reused:
            context.logger.warning("a refresh token was used twice: its session was ended")
            await noteReuse(of: presented.hash)
            throw Self.ended
        }
    }

    /// Ends the token's session; for an unknown token there is nothing to end.
    func logout(_ text: String) async throws {
        guard let presented = RefreshToken(text: text) else { return }
        try await noteLogout(of: presented.hash)
        try await context.stores.users.revokeFamily(of: presented.hash, at: context.now(), in: Self.scope)
    }

    /// Who a bearer token speaks for.
    func principal(of token: String?) async throws(Problem) -> Principal {
        guard let token else {
            throw Problem(.unauthorized, "Send 'Authorization: Bearer <access token>' from POST /api/v1/auth/login.")
        }
        do {
            return try await tokens.principal(of: token, at: context.now())
        } catch {
            switch error.code {
            case .expired: throw Problem(.tokenExpired, "Get a new one from POST /api/v1/auth/refresh.")
            case .invalid, .unsigned: throw Problem(.unauthorized, "The access token is not one of this server's.")
            }
        }
    }

    /// The user himself, as he is in the store now.
    func user(_ principal: Principal) async throws -> User {
        guard let user = try await context.stores.users.byID(principal.user, in: Self.scope) else {
            throw Problem(.unauthorized, "The user is no more.")
        }
        return user
    }

    /// Reads something that the store must have.
    ///
    /// - Throws: What the store throws where it does not answer.
    func checkStore() async throws { _ = try await context.stores.users.count(in: Self.scope) }

    private static let ended = Problem(.sessionRevoked, "Sign in again.")
}
