import Logging
import Plant
import Storage
import Trust

/// The second factor: asked for once the password was right, so that nobody learns of it who has not that.
extension Sessions {
    private static let loginScope = SystemScope(for: .login)

    /// A code is short, or it is none.
    private static let codeByteCountMax = 64

    /// What an authenticator is given, shown this once.
    struct Enrolment: Sendable {
        let secret: TOTPSecret
        let uri: String
    }

    /// How a user stands to his second factor.
    struct FactorStatus: Sendable {
        let factor: SecondFactor?
        let recoveryCodesLeft: Int
        /// Whether his organization asks for one.
        let isRequired: Bool
    }

    /// Asks for the second factor of somebody whose password was right.
    ///
    /// - Returns: What he has proven himself by.
    /// - Throws: ``Problem``: `.secondFactorRequired` without a code, `.secondFactorWrong` for one that is wrong or was
    ///   used, `.secondFactorEnrolmentRequired` where the organization asks for a factor and there is none.
    func proveSecondFactor(of user: User, code: String?, at now: Instant) async throws -> LoginProof {
        guard let factor = try await confirmedFactor(of: user) else {
            guard try await isRequired(of: user) else { return .password }
            throw Self.factorMissing
        }
        guard let code, !code.isEmpty else {
            throw Problem(.secondFactorRequired, "Send the authenticator's code, or a recovery code, as 'code'.")
        }
        guard try await accepts(code, factor, of: user, at: now) else {
            context.metrics.loginFailed()
            throw Self.wrongCode
        }
        return .secondFactor(factor.id)
    }

    /// Begins a second factor, which counts only once it is confirmed.
    ///
    /// - Throws: ``Problem`` as for a login; `.conflict` where there is one already.
    func enrolSecondFactor(email: String, password: String, from origin: LoginOrigin) async throws -> Enrolment {
        let now = context.now()
        let (user, _) = try await proven(email: email, password: password, from: origin) { user in
            guard try await confirmedFactor(of: user) == nil else {
                throw Problem(.conflict, "There is a second factor already. Remove it first.")
            }
        }
        var generator = SystemRandomNumberGenerator()
        let secret = TOTPSecret(using: &generator)
        let factor = SecondFactor(
            id: .random(using: &generator),
            user: user.id,
            organization: user.organization,
            sealedSecret: try await seal(secret, of: user),
            enrolledAt: now
        )
        try await context.stores.secondFactors.enrol(factor, in: Self.loginScope)
        return Enrolment(secret: secret, uri: secret.uri(account: user.email, issuer: "Eagle"))
    }

    /// Confirms a second factor by a first right code, which is used up by that.
    ///
    /// - Returns: The recovery codes, to be shown this once.
    /// - Throws: ``Problem`` as for a login; `.conflict` where none was begun, or it is confirmed already.
    func confirmSecondFactor(
        email: String,
        password: String,
        code: String,
        from origin: LoginOrigin
    ) async throws -> [RecoveryCode] {
        let now = context.now()
        var generator = SystemRandomNumberGenerator()
        let codes = (0..<RecoveryCode.countPerFactor).map { _ in RecoveryCode(using: &generator) }
        let (user, _) = try await proven(email: email, password: password, from: origin) { user in
            let factors = context.stores.secondFactors
            guard let factor = try await factors.ofUser(user.id, in: Self.loginScope), factor.confirmedAt == nil else {
                throw Problem(.conflict, "There is nothing to confirm. Begin with POST /api/v1/auth/totp.")
            }
            let totp = TOTP(try await secret(factor, of: user))
            guard let step = totp.step(of: Self.plain(code), at: now, after: nil) else { throw Self.wrongCode }
            try await factors.confirm(
                factor,
                step: step,
                recoveryCodes: codes.map(\.hash),
                at: now,
                in: Self.loginScope
            )
        }
        try await record("enrolled", of: user)
        return codes
    }

    /// Takes one's own second factor away.
    ///
    /// - Throws: ``Problem`` as for a login; `.conflict` where there is none.
    func removeSecondFactor(email: String, password: String, code: String, from origin: LoginOrigin) async throws {
        let now = context.now()
        let (user, _) = try await proven(email: email, password: password, from: origin) { user in
            guard let factor = try await confirmedFactor(of: user) else {
                throw Problem(.conflict, "There is no second factor.")
            }
            guard try await accepts(code, factor, of: user, at: now) else { throw Self.wrongCode }
        }
        try await context.stores.secondFactors.remove(of: user.id, in: Self.loginScope)
        if try await isRequired(of: user) { try await endSessions(of: user.id, at: now) }
        try await record("removed", of: user)
    }

    /// Takes away a user's of the organization, for instance one that was lost, and ends his sessions.
    ///
    /// - Throws: ``Problem`` with `.notFound` where the user is another's, or has none.
    func removeSecondFactor(of user: ID<User>, at now: Instant, in scope: OrganizationScope) async throws {
        guard try await context.stores.secondFactors.remove(of: user, in: scope) else {
            throw Problem.notFound("user with a second factor")
        }
        try await endSessions(of: user, at: now)
    }

    func secondFactorStatus(of user: User) async throws -> FactorStatus {
        let factor = try await confirmedFactor(of: user)
        return FactorStatus(
            factor: factor,
            recoveryCodesLeft: factor == nil
                ? 0
                : try await context.stores.secondFactors.recoveryCodesLeft(of: user.id, in: Self.loginScope),
            isRequired: try await isRequired(of: user)
        )
    }

    /// Says whether the organization asks all its users for a second factor; ends the sessions of those without one.
    ///
    /// - Throws: ``StorageError`` with `.conflict` where whoever asks for it would be among those.
    func setSecondFactorRequired(
        _ isRequired: Bool,
        by principal: Principal,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        let without = try await context.stores.signInPolicies.setSecondFactorRequired(
            isRequired,
            by: principal.user,
            at: now,
            in: scope
        )
        for user in without { standings.changed(.user(user, but: nil)) }
    }

    // MARK: Parts

    static let factorMissing = Problem(
        .secondFactorEnrolmentRequired,
        "Your organization asks for a second factor. Set one up: POST /api/v1/auth/totp."
    )

    private static let wrongCode = Problem(
        .secondFactorWrong,
        "The code is wrong, too old, or was used before. Wait for the next one, and see whether the clock is right."
    )

    private func confirmedFactor(of user: User) async throws -> SecondFactor? {
        let factor = try await context.stores.secondFactors.ofUser(user.id, in: Self.loginScope)
        return factor?.confirmedAt == nil ? nil : factor
    }

    private func isRequired(of user: User) async throws -> Bool {
        guard user.organization != nil else { return false }
        let scope = try Authorizer(user.principal).ownScope()
        return try await context.stores.signInPolicies.isSecondFactorRequired(in: scope)
    }

    /// Uses the code up if it is right: the authenticator's, else a recovery code.
    private func accepts(_ code: String, _ factor: SecondFactor, of user: User, at now: Instant) async throws -> Bool {
        guard code.utf8.count <= Self.codeByteCountMax else { return false }
        let factors = context.stores.secondFactors
        if let recovery = RecoveryCode(text: code) {
            let isRight = try await factors.use(recoveryCode: recovery.hash, of: factor, at: now, in: Self.loginScope)
            if isRight { try await record("a recovery code was used", of: user) }
            return isRight
        }
        let totp = TOTP(try await secret(factor, of: user))
        guard let step = totp.step(of: Self.plain(code), at: now, after: factor.lastStep) else { return false }
        return try await factors.use(step: step, of: factor, in: Self.loginScope)
    }

    /// Without the spaces that authenticators show between digits.
    private static func plain(_ code: String) -> String { code.filter { $0 != " " } }

    private func endSessions(of user: ID<User>, at now: Instant) async throws {
        try await context.stores.users.revokeAll(of: user, at: now, in: Self.loginScope)
        standings.changed(.user(user, but: nil))
    }

    private func seal(_ secret: TOTPSecret, of user: User) async throws -> [UInt8] {
        let (keyring, name, plain) = (context.stores.keyring, user.id.description, Array(secret.base32.utf8))
        guard user.organization != nil else {
            return try await keyring.seal(plain, as: .totp, named: name, in: Self.loginScope)
        }
        return try await keyring.seal(plain, as: .totp, named: name, in: try Authorizer(user.principal).ownScope())
    }

    private func secret(_ factor: SecondFactor, of user: User) async throws -> TOTPSecret {
        let (keyring, name, sealed) = (context.stores.keyring, user.id.description, factor.sealedSecret)
        let plain: [UInt8]
        if user.organization == nil {
            plain = try await keyring.open(sealed, as: .totp, named: name, in: Self.loginScope)
        } else {
            let scope = try Authorizer(user.principal).ownScope()
            plain = try await keyring.open(sealed, as: .totp, named: name, in: scope)
        }
        guard let secret = TOTPSecret(base32: String(decoding: plain, as: UTF8.self)) else {
            throw StorageError(.unreadable, "a second factor's secret can't be read: remove the factor")
        }
        return secret
    }

    private func record(_ change: String, of user: User) async throws {
        let event = AuditEvent(.config, by: .user(user.id), on: "accounts/\(user.id)/totp", ["change": change])
        try await context.audit.append(event, in: try place(of: user))
    }
}
