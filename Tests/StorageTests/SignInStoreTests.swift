import Database
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing
import Trust

@Suite(.timeLimit(.minutes(60))) struct SignInStoreTests {
    static let issuer = "https://issuer.example"

    func hash() throws -> PasswordHash {
        var generator = SeededGenerator(seed: 1)
        return try PasswordHash(of: "a password", cost: .weakest, using: &generator)
    }

    func user(
        _ email: String,
        _ world: World,
        role: Role = .operator,
        in scope: OrganizationScope? = nil
    ) async throws -> User {
        try await world.stores.users.create(
            email: email,
            passwordHash: hash(),
            role: role,
            at: .t0,
            in: scope ?? world.north
        )
    }

    private func codes(_ seed: UInt64) -> [TokenHash] {
        var generator = SeededGenerator(seed: seed)
        return (0..<3).map { _ in RecoveryCode(using: &generator).hash }
    }

    private func enrol(_ user: User, _ world: World) async throws -> SecondFactor {
        var generator = SystemRandomNumberGenerator()
        let factor = SecondFactor(
            id: ID(UUID()),
            user: user.id,
            organization: world.north.id,
            sealedSecret: try await world.stores.keyring.seal(
                Array(TOTPSecret(using: &generator).base32.utf8),
                as: .totp,
                named: user.id.description,
                in: world.north
            ),
            enrolledAt: .t0
        )
        try await world.stores.secondFactors.enrol(factor, in: world.system)
        return factor
    }

    private func confirmed(_ user: User, _ world: World, seed: UInt64 = 1) async throws -> SecondFactor {
        let factor = try await enrol(user, world)
        try await world.stores.secondFactors.confirm(
            factor,
            step: 100,
            recoveryCodes: codes(seed),
            at: .t0,
            in: world.system
        )
        return factor
    }

    @Test(arguments: Engine.allCases)
    func `a factor that was begun can be begun anew, a confirmed one can't`(engine: Engine) async throws {
        let world = try await World(engine)
        let factors = world.stores.secondFactors
        let ann = try await user("ann@example.com", world)
        let first = try await enrol(ann, world)
        let second = try await enrol(ann, world)
        #expect(try await factors.ofUser(ann.id, in: world.system) == second)
        func confirm(_ factor: SecondFactor) async throws {
            try await factors.confirm(factor, step: 7, recoveryCodes: codes(1), at: .t0, in: world.system)
        }
        #expect(await storageError { try await confirm(first) } == .cursorMoved)
        #expect(try await factors.recoveryCodesLeft(of: ann.id, in: world.system) == 0)
        try await confirm(second)
        #expect(await storageError { try await confirm(second) } == .cursorMoved)
        #expect(await storageError { try await enrol(ann, world) } == .duplicate)
        let kept = try #require(try await factors.ofUser(ann.id, in: world.system))
        #expect(kept.sealedSecret == second.sealedSecret && kept.lastStep == 7 && kept.confirmedAt == .t0)
        #expect(try await factors.recoveryCodesLeft(of: ann.id, in: world.system) == 3)
    }

    @Test(arguments: Engine.allCases)
    func `of two who give a step's code at once one has it`(engine: Engine) async throws {
        let world = try await World(engine)
        let factors = world.stores.secondFactors
        let factor = try await confirmed(try await user("ann@example.com", world), world)
        #expect(try await !factors.use(step: 100, of: factor, in: world.system))
        async let first = factors.use(step: 101, of: factor, in: world.system)
        async let second = factors.use(step: 101, of: factor, in: world.system)
        #expect(try await [first, second].filter(\.self).count == 1)
        #expect(try await !factors.use(step: 99, of: factor, in: world.system))
        #expect(try await factors.use(step: 102, of: factor, in: world.system))
    }

    @Test(arguments: Engine.allCases)
    func `a recovery code is good once, and for nobody else`(engine: Engine) async throws {
        let world = try await World(engine)
        let factors = world.stores.secondFactors
        let ann = try await confirmed(try await user("ann@example.com", world), world)
        let bob = try await confirmed(try await user("bob@example.com", world), world, seed: 2)
        let code = codes(1)[0]
        #expect(try await !factors.use(recoveryCode: code, of: bob, at: .t0, in: world.system))
        async let first = factors.use(recoveryCode: code, of: ann, at: .t0, in: world.system)
        async let second = factors.use(recoveryCode: code, of: ann, at: .t0, in: world.system)
        #expect(try await [first, second].filter(\.self).count == 1)
        #expect(try await factors.recoveryCodesLeft(of: ann.user, in: world.system) == 2)
        #expect(try await factors.recoveryCodesLeft(of: bob.user, in: world.system) == 3)
        try await factors.remove(of: ann.user, in: world.system)
        let late = codes(1)[1]
        #expect(try await !factors.use(recoveryCode: late, of: ann, at: .t0, in: world.system))
    }

    @Test(arguments: Engine.allCases)
    func `an organization takes factors away from its own users alone`(engine: Engine) async throws {
        let world = try await World(engine)
        let factors = world.stores.secondFactors
        let ann = try await user("ann@example.com", world)
        _ = try await confirmed(ann, world)
        #expect(try await !factors.remove(of: ann.id, in: world.south))
        #expect(try await factors.ofUser(ann.id, in: world.system) != nil)
        #expect(try await factors.remove(of: ann.id, in: world.north))
        #expect(try await !factors.remove(of: ann.id, in: world.north))
        #expect(try await factors.ofUser(ann.id, in: world.system) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `a policy is one organization's own`(engine: Engine) async throws {
        let world = try await World(engine)
        let policies = world.stores.signInPolicies
        #expect(try await !policies.isSecondFactorRequired(in: world.north))
        try await policies.setSecondFactorRequired(true, at: .t0, in: world.north)
        #expect(try await policies.isSecondFactorRequired(in: world.north))
        #expect(try await !policies.isSecondFactorRequired(in: world.south))
        try await policies.setSecondFactorRequired(false, at: .t0, in: world.north)
        #expect(try await !policies.isSecondFactorRequired(in: world.north))
    }

    /// A login by what was proven before.
    private func login(
        _ user: User,
        by proof: LoginProof,
        knowing password: StoredPassword? = nil,
        _ world: World
    ) async throws -> ID<RefreshFamily> {
        var generator = SystemRandomNumberGenerator()
        let session = RefreshSession(
            hash: RefreshToken(using: &generator).hash,
            family: ID(UUID()),
            user: user.id,
            issuedAt: .t0,
            expiresAt: .t0 + .seconds(100)
        )
        try await world.stores.users.saveRefresh(session, by: proof, knowing: password, in: world.system)
        return session.family
    }

    @Test(arguments: Engine.allCases)
    func `asking for a factor ends the logins of those without one, and of nobody else`(engine: Engine) async throws {
        let world = try await World(engine)
        let (users, policies) = (world.stores.users, world.stores.signInPolicies)
        let ann = try await user("ann@example.com", world)
        let bob = try await user("bob@example.com", world)
        let eve = try await user("eve@example.com", world, in: world.south)
        let factor = try await confirmed(ann, world)
        // One that was begun and never confirmed is none.
        _ = try await enrol(bob, world)
        func isIn(_ user: User, _ session: ID<RefreshFamily>) async throws -> Bool {
            try await users.user(user.id, in: session, scope: world.system) != nil
        }
        let hers = try await login(ann, by: .secondFactor(factor.id), world)
        let his = try await login(bob, by: .password, world)
        let elsewhere = try await login(eve, by: .password, world)
        func ask(_ isRequired: Bool = true, by user: User) async throws -> [ID<User>] {
            try await policies.setSecondFactorRequired(isRequired, by: user.id, at: .t0, in: world.north)
        }
        // Whoever asks for it would be out himself: nothing of it is done.
        #expect(await storageError { try await ask(by: bob) } == .conflict)
        #expect(try await !policies.isSecondFactorRequired(in: world.north))
        #expect(try await isIn(bob, his))
        world.faults.fail(at: [.commit(1)])
        #expect(await databaseError { try await ask(by: ann) } == .unavailable)
        world.faults.fail(at: [])
        #expect(try await isIn(bob, his))
        #expect(try await ask(by: ann) == [bob.id])
        #expect(try await !isIn(bob, his))
        #expect(try await isIn(ann, hers))
        #expect(try await isIn(eve, elsewhere))
        #expect(try await ask(false, by: ann) == [])
    }

    @Test(arguments: Engine.allCases)
    func `a login that was proven before a factor was asked for begins no more`(engine: Engine) async throws {
        let world = try await World(engine)
        let factors = world.stores.secondFactors
        let ann = try await user("ann@example.com", world)
        let eve = try await user("eve@example.com", world, in: world.south)
        let factor = try await confirmed(ann, world)
        _ = try await login(ann, by: .password, world)
        try await world.stores.signInPolicies.setSecondFactorRequired(true, at: .t0, in: world.north)
        func refusal(_ proof: LoginProof) async -> StorageError.Code? {
            await storageError { try await login(ann, by: proof, world) }
        }
        #expect(await refusal(.password) == .conflict)
        #expect(await refusal(.secondFactor(ID(UUID()))) == .conflict)
        #expect(await refusal(.secondFactor(factor.id)) == nil)
        #expect(await refusal(.issuer(provider: "sso")) == nil)
        // What was proven and taken away since is nothing.
        try await factors.remove(of: ann.id, in: world.system)
        #expect(await refusal(.secondFactor(factor.id)) == .conflict)
        #expect(await refusal(.issuer(provider: "sso")) == nil)
        #expect(try await world.stores.users.logins(of: ann.id, at: .t0, in: world.system).count == 4)
        _ = try await login(eve, by: .password, world)
        try await world.stores.signInPolicies.setSecondFactorRequired(false, at: .t0, in: world.north)
        #expect(await refusal(.password) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `a login that was proven by a password that was changed since begins no more`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        let ann = try await user("ann@example.com", world)
        let factor = try await confirmed(ann, world)
        func known() async throws -> StoredPassword {
            try #require(try await users.account(of: ann.id, in: world.system)).password
        }
        let former = try await known()
        let first = try await login(ann, by: .password, knowing: former, world)
        var generator = SeededGenerator(seed: 2)
        let changed = try PasswordHash(of: "another password", cost: .weakest, using: &generator)
        try await users.setPassword(changed, of: ann.id, at: .t0, in: world.system)
        for proof in [LoginProof.password, .secondFactor(factor.id)] {
            let code = await storageError { try await login(ann, by: proof, knowing: former, world) }
            #expect(code == .notFound)
        }
        #expect(try await users.user(ann.id, in: first, scope: world.system) == nil)
        let second = try await login(ann, by: .password, knowing: known(), world)
        let third = try await login(ann, by: .issuer(provider: "sso"), world)
        for session in [second, third] {
            #expect(try await users.user(ann.id, in: session, scope: world.system) != nil)
        }
    }
}
