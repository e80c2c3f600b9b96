import Hummingbird
import Logging
import Plant
import Serving
import Storage
import Synchronization
import Trust

/// Signs people in, keeps them in, and lets them out.
///
/// Who somebody is has to be found out before there is a scope for him: this is the web face's only use of the
/// login's own scope.
struct Sessions: Sendable {
    static let scope = SystemScope(for: .login)

    /// What a client gets: short proof of who he is, and the secret that renews it.
    struct Grant: Sendable {
        let user: User
        let access: AccessToken
        let refresh: RefreshToken
    }

    let context: WebContext
    let tokens: AccessTokens
    let passwords: PasswordDesk
    let standings: Standings
    private let throttle: Throttle

    private final class Throttle: Sendable {
        let state = Mutex(LoginThrottle())
    }

    init(context: WebContext) async throws {
        self.context = context
        tokens = await AccessTokens(key: context.signingKey, lifetime: context.limits.accessTokenLifetime)
        passwords = try PasswordDesk(cost: context.passwordCost, limits: context.limits)
        standings = Standings(ageMax: context.limits.standingAgeMax)
        throttle = Throttle()
    }

    // MARK: Signing in

    /// - Throws: ``Problem``, see ``proven(email:password:from:further:)`` and ``proveSecondFactor(of:code:at:)``.
    func login(email: String, password: String, code: String? = nil, from origin: LoginOrigin) async throws -> Grant {
        let now = context.now()
        var proof = LoginProof.password
        let (user, known) = try await proven(email: email, password: password, from: origin) { user in
            proof = try await proveSecondFactor(of: user, code: code, at: now)
        }
        return try await begin(for: user, from: origin, by: proof, knowing: known, at: now)
    }

    /// Whose the password is, and what else is asked of him; a try that fails in any of it counts as one.
    ///
    /// - Returns: Who it is, and what is kept of that password.
    /// - Throws: ``Problem``: `.invalidCredentials`, at the same cost for no account, a disabled one, one of an
    ///   organization that is no more and a wrong password; `.tooManyRequests` after too many tries; and whatever `further` throws, once the password was right.
    func proven(
        email: String,
        password: String,
        from origin: LoginOrigin,
        further: (User) async throws -> Void
    ) async throws -> (User, StoredPassword) {
        let account = Self.accountKey(email)
        try attempt(account, from: origin, at: context.now())
        let (found, isRight) = try await judged(account, from: origin) {
            let found = try await context.stores.users.byEmail(email, in: Self.scope)
            return (found, try await self.isRight(password, for: found?.password))
        }
        guard isRight, let found, mayComeIn(found.user) else {
            context.metrics.loginFailed()
            context.audit.noteRefusedLogin(account: account, .wrongPassword, from: origin.address)
            throw Problem(.invalidCredentials, "Check both and try again.")
        }
        do { try await further(found.user) } catch let problem as Problem {
            switch problem.code {
            case .secondFactorWrong:
                context.audit.noteRefusedLogin(account: account, .wrongSecondFactor, from: origin.address)
            case .secondFactorRequired, .secondFactorEnrolmentRequired:
                // The password was right, and no code was guessed at: half a login is no failure.
                throttle.state.withLock { $0.takenBack(account: account, address: origin.address) }
            default: break
            }
            throw problem
        }
        throttle.state.withLock { $0.succeeded(account: account, address: origin.address, at: context.now()) }
        return (found.user, await rehash(found, password))
    }

    /// Whether he is neither disabled nor of an organization that is being erased.
    func mayComeIn(_ user: User) -> Bool {
        user.disabledAt == nil && user.organization.map { context.lanes.isClosed($0) } != true
    }

    /// A login of somebody who has proven who he is.
    ///
    /// - Throws: ``Problem`` with `.secondFactorEnrolmentRequired` where his organization has asked for a second factor
    ///   in the meantime, and the one that he has was not proven; with `.invalidCredentials` where his password was
    ///   changed in the meantime.
    func begin(
        for user: User,
        from origin: LoginOrigin,
        by proof: LoginProof,
        knowing password: StoredPassword? = nil,
        at now: Instant
    ) async throws -> Grant {
        var generator = SystemRandomNumberGenerator()
        let refresh = RefreshToken(using: &generator)
        let session = RefreshSession(
            hash: refresh.hash,
            family: .random(using: &generator),
            user: user.id,
            issuedAt: now,
            expiresAt: now + context.limits.refreshTokenLifetime
        )
        do {
            try await context.stores.users.saveRefresh(
                session,
                from: origin,
                by: proof,
                knowing: password,
                in: Self.scope
            )
        } catch let error as StorageError where error.code == .conflict {
            throw Self.factorMissing
        } catch let error as StorageError where error.code == .notFound {
            context.metrics.loginFailed()
            context.audit.noteRefusedLogin(
                account: Self.accountKey(user.email),
                .wrongPassword,
                from: origin.address
            )
            throw Problem(.invalidCredentials, "Check both and try again.")
        }
        try await noteLogin(of: user, from: origin.address, by: proof)
        let access = try await tokens.issue(for: user.principal(in: session.family), at: now)
        return Grant(user: user, access: access, refresh: refresh)
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
        case .rotated(let user, let session):
            guard mayComeIn(user) else { throw Self.ended }
            let access = try await tokens.issue(for: user.principal(in: session), at: now)
            return Grant(user: user, access: access, refresh: next)
        case .unknown, .expired, .revoked: throw Self.ended
        case .reused(let session):
            standings.changed(.session(session))
            context.logger.warning("a refresh token was used twice: its session was ended")
            await noteReuse(of: presented.hash)
            throw Self.ended
        }
    }

    /// Ends the token's session; for an unknown token there is nothing to end.
    func logout(_ text: String) async throws {
        guard let presented = RefreshToken(text: text) else { return }
        try await noteLogout(of: presented.hash)
        let session = try await context.stores.users.revokeFamily(
            of: presented.hash,
            at: context.now(),
            in: Self.scope
        )
        if let session { standings.changed(.session(session)) }
    }

    // MARK: Passwords

    /// A new password for whoever knows his old one; his other sessions end.
    ///
    /// - Throws: ``Problem``: `.invalid` for a wrong old one; `.tooManyRequests` after too many tries.
    func changePassword(
        of principal: Principal,
        from old: String,
        to new: String,
        at origin: LoginOrigin
    ) async throws {
        let now = context.now()
        let user = try await user(principal)
        let account = Self.accountKey(user.email)
        try attempt(account, from: origin, at: now)
        let isRight = try await judged(account, from: origin) {
            let found = try await context.stores.users.account(of: user.id, in: Self.scope)
            return try await self.isRight(old, for: found?.password)
        }
        guard isRight else {
            throw Problem.invalid("password", "is not the present one")
        }
        throttle.state.withLock { $0.succeeded(account: account, address: origin.address, at: now) }
        guard new != old else { throw Problem.invalid("newPassword", "is the old one") }
        try await context.stores.users.setPassword(
            try await passwords.hash(new),
            of: user.id,
            keeping: principal.session,
            at: now,
            in: Self.scope
        )
        standings.changed(.user(user.id, but: principal.session))
    }

    private func isRight(_ password: String, for stored: StoredPassword?) async throws -> Bool {
        let importedCost = try await context.stores.users.importedCost(in: Self.scope)
        return try await passwords.isRight(password, for: stored, importedCost: importedCost)
    }

    /// A hash that was brought along gives way to our own; of a password that is too short here it stays, and where
    /// that can't be done now it is done at the next login: whoever is right, a used code of his gone, is let in.
    ///
    /// - Returns: What is kept of that password now.
    private func rehash(_ account: Account, _ password: String) async -> StoredPassword {
        guard case .bcrypt = account.password, PasswordError.lengths.contains(password.utf8.count) else {
            return account.password
        }
        do {
            let users = context.stores.users
            let hash = try await passwords.hash(password)
            if try await users.rehash(account.user.id, from: account.password, to: hash, in: Self.scope) {
                return .scrypt(hash)
            }
            // Another login of his was faster, or the password is another one by now.
            if let found = try await users.account(of: account.user.id, in: Self.scope),
                try await isRight(password, for: found.password)
            {
                return found.password
            }
        } catch {
            context.logger.warning("a password's hash stays as it is for now", metadata: ["cause": "\(error)"])
        }
        return account.password
    }

    // MARK: Throttling

    /// The very key by which the store finds the account: what is one account there is one here, however it is written.
    private static func accountKey(_ email: String) -> String { String(UserStore.key(email).prefix(320)) }

    private func attempt(_ account: String, from origin: LoginOrigin, at now: Instant) throws(Problem) {
        let wait = throttle.state.withLock { $0.attempt(account: account, address: origin.address, at: now) }
        guard let wait else { return }
        context.audit.noteRefusedLogin(account: account, .throttled, from: origin.address)
        throw Self.tooMany(wait)
    }

    /// Looks at a password; where nobody could, as with too many waiting or a store that does not answer, the try that
    /// was counted for it is taken back: nobody has guessed.
    private func judged<Verdict>(
        _ account: String,
        from origin: LoginOrigin,
        _ look: () async throws -> Verdict
    ) async throws -> Verdict {
        do { return try await look() } catch {
            throttle.state.withLock { $0.takenBack(account: account, address: origin.address) }
            throw error
        }
    }

    /// Counts a key that opens nothing.
    func failed(machineAt address: String, at now: Instant) throws(Problem) {
        let wait = throttle.state.withLock { $0.failed(machineAt: address, at: now) }
        if let wait { throw Self.tooMany(wait) }
    }

    private static func tooMany(_ wait: Duration) -> Problem {
        let seconds = Int((wait.microseconds + 999_999) / 1_000_000)
        return Problem(
            .tooManyRequests,
            "Too many tries. Wait \(seconds) s, then try again.",
            retryAfterSeconds: seconds
        )
    }

    // MARK: Whoever is signed in

    /// The user himself, as he is in the store now.
    func user(_ principal: Principal) async throws -> User {
        guard let user = try await context.stores.users.byID(try principal.person(), in: Self.scope) else {
            throw Problem(.unauthorized, "The user is no more.")
        }
        return user
    }

    /// Reads something that the store must have.
    ///
    /// - Throws: What the store throws where it does not answer.
    func checkStore() async throws { _ = try await context.stores.users.count(in: Self.scope) }

    static let ended = Problem(.sessionRevoked, "Sign in again.")
}

extension Call {
    /// From where somebody signs in.
    var origin: LoginOrigin { LoginOrigin(address: address, userAgent: request.headers[.userAgent]) }
}
