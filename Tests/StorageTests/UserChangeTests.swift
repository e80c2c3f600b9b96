import Database
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing
import Trust

@Suite(.timeLimit(.minutes(60))) struct UserChangeTests {
    private let brought = "$2b$06$abcdefghijklmnopqrstuu/X4.D1u0P8.9IWANKGLpMQMV/R.lWNO"

    private func hash(_ password: String = "a password") throws -> PasswordHash {
        var generator = SeededGenerator(seed: 1)
        return try PasswordHash(of: password, cost: .weakest, using: &generator)
    }

    private func user(_ email: String, _ role: Role, _ world: World) async throws -> User {
        try await world.stores.users.create(email: email, passwordHash: hash(), role: role, at: .t0, in: world.north)
    }

    /// A login, by its id.
    private func login(_ user: User, _ world: World) async throws -> ID<RefreshFamily> {
        var generator = SystemRandomNumberGenerator()
        let session = RefreshSession(
            hash: RefreshToken(using: &generator).hash,
            family: ID(UUID()),
            user: user.id,
            issuedAt: .t0,
            expiresAt: .t0 + .seconds(100)
        )
        try await world.stores.users.saveRefresh(session, from: LoginOrigin(address: "::1"), in: world.system)
        return session.family
    }

    private func isIn(_ user: User, _ session: ID<RefreshFamily>, _ world: World) async throws -> Bool {
        try await world.stores.users.user(user.id, in: session, scope: world.system) != nil
    }

    @Test(arguments: Engine.allCases)
    func `the last admin who can sign in stays one`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        let ann = try await user("ann@example.com", .admin, world)
        let bob = try await user("bob@example.com", .admin, world)
        _ = try await users.disable(bob.id, at: .t0, in: world.north)
        #expect(await storageError { try await users.setRole(.operator, of: ann.id, in: world.north) } == .conflict)
        #expect(await storageError { try await users.disable(ann.id, at: .t0, in: world.north) } == .conflict)
        #expect(await storageError { try await users.remove(ann.id, at: .t0, in: world.north) } == .conflict)
        #expect(try await users.byID(ann.id, in: world.north) == ann)
        _ = try await users.enable(bob.id, at: .t0, in: world.north)
        #expect(try await users.setRole(.operator, of: ann.id, in: world.north).role == .operator)
        // Who is no admin any more may go.
        try await users.remove(ann.id, at: .t0, in: world.north)
        #expect(try await users.byID(ann.id, in: world.north) == nil)
        #expect(await storageError { try await users.remove(bob.id, at: .t0, in: world.north) } == .conflict)
    }

    @Test(arguments: Engine.allCases)
    func `the last super admin who can sign in stays one, and no organization's user is taken for one`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let (users, system) = (world.stores.users, world.system)
        func superAdmin(_ email: String) async throws -> User {
            try await users.create(
                email: email,
                passwordHash: hash(),
                role: .superAdmin,
                organization: nil,
                at: .t0,
                in: system
            )
        }
        let (ann, bob) = (try await superAdmin("ann@example.com"), try await superAdmin("bob@example.com"))
        let kim = try await user("kim@example.com", .operator, world)
        #expect(try await users.superAdmins(in: system) == [ann, bob])
        let session = try await login(ann, world)
        #expect(try await users.disable(ann.id, at: .t0, leaving: [], in: system).disabledAt == .t0)
        #expect(try await !isIn(ann, session, world))
        #expect(await storageError { try await users.disable(bob.id, at: .t0, leaving: [], in: system) } == .conflict)
        #expect(await storageError { try await users.remove(bob.id, at: .t0, leaving: [], in: system) } == .conflict)
        #expect(await storageError { try await users.remove(kim.id, at: .t0, leaving: [], in: system) } == .notFound)
        #expect(await storageError { try await users.disable(kim.id, at: .t0, leaving: [], in: system) } == .notFound)
        #expect(await storageError { try await users.remove(ann.id, at: .t0, in: world.north) } == .notFound)
        #expect(try await users.enable(ann.id, at: .t0, in: system).disabledAt == nil)
        try await users.remove(bob.id, at: .t0, leaving: [], in: system)
        #expect(try await users.superAdmins(in: system) == [ann])
    }

    @Test(arguments: Engine.allCases)
    func `of two admins who remove each other at once one stays`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", .admin, world)
        let bob = try await user("bob@example.com", .admin, world)
        async let first = storageError { try await world.stores.users.remove(ann.id, at: .t0, in: world.north) }
        async let second = storageError { try await world.stores.users.remove(bob.id, at: .t0, in: world.north) }
        let outcomes = await [first, second]
        #expect(outcomes.count { $0 == .conflict } == 1)
        #expect(try await world.stores.users.list(in: world.north).count == 1)
    }

    @Test(arguments: Engine.allCases)
    func `a disabled or removed user's logins are over`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        _ = try await user("root@example.com", .admin, world)
        let ann = try await user("ann@example.com", .operator, world)
        let before = try await login(ann, world)
        #expect(try await isIn(ann, before, world))
        #expect(try await users.disable(ann.id, at: .t0, in: world.north).user.disabledAt == .t0)
        #expect(try await !isIn(ann, before, world))
        // Even one that was begun in the same moment.
        let during = try await login(ann, world)
        #expect(try await !isIn(ann, during, world))
        #expect(try await users.enable(ann.id, at: .t0, in: world.north).disabledAt == nil)
        #expect(try await !isIn(ann, before, world))
        #expect(try await !isIn(ann, during, world))
        let after = try await login(ann, world)
        #expect(try await isIn(ann, after, world))
        try await users.remove(ann.id, at: .t0, in: world.north)
        #expect(try await !isIn(ann, after, world))
    }

    @Test(arguments: Engine.allCases)
    func `operators are counted who may sign in, of one organization`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        #expect(try await users.operatorCount(in: world.north) == 0)
        _ = try await user("root@example.com", .admin, world)
        let ann = try await user("ann@example.com", .operator, world)
        _ = try await user("bob@example.com", .operator, world)
        #expect(try await users.operatorCount(in: world.north) == 2)
        #expect(try await users.operatorCount(in: world.south) == 0)
        _ = try await users.disable(ann.id, at: .t0, in: world.north)
        #expect(try await users.operatorCount(in: world.north) == 1)
        _ = try await users.enable(ann.id, at: .t0, in: world.north)
        #expect(try await users.operatorCount(in: world.north) == 2)
    }

    @Test(arguments: Engine.allCases)
    func `whose a refresh token is, is known for as long as it is kept`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        var generator = SystemRandomNumberGenerator()
        let (first, second) = (RefreshToken(using: &generator).hash, RefreshToken(using: &generator).hash)
        let ann = try await user("ann@example.com", .operator, world)
        let session = RefreshSession(
            hash: first,
            family: ID(UUID()),
            user: ann.id,
            issuedAt: .t0,
            expiresAt: .t0 + .seconds(100)
        )
        try await users.saveRefresh(session, in: world.system)
        #expect(try await users.owner(of: first, in: world.system) == ann)
        _ = try await users.rotate(first, to: second, at: .t0, expiresAt: session.expiresAt, in: world.system)
        // Used up, and of somebody who may not sign in: whoever brings it, it was his.
        let disabled = try await users.disable(ann.id, at: .t0, in: world.north).user
        for token in [first, second] { #expect(try await users.owner(of: token, in: world.system) == disabled) }
        let unknown = RefreshToken(using: &generator).hash
        #expect(try await users.owner(of: unknown, in: world.system) == nil)
        try await users.remove(ann.id, at: .t0, in: world.north)
        #expect(try await users.owner(of: first, in: world.system) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `a user sees his logins, ends one, or all but one, and no other's`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        let ann = try await user("ann@example.com", .operator, world)
        let bob = try await user("bob@example.com", .operator, world)
        let sessions = [try await login(ann, world), try await login(ann, world), try await login(ann, world)]
        let other = try await login(bob, world)
        #expect(try await Set(users.logins(of: ann.id, at: .t0, in: world.system).map(\.id)) == Set(sessions))
        #expect(try await users.logins(of: ann.id, at: .t0, in: world.north).count == 3)
        #expect(try await users.logins(of: ann.id, at: .t0, in: world.south).isEmpty)
        #expect(try await users.logins(of: ann.id, at: .t0 + .seconds(100), in: world.system).isEmpty)
        let foreign = await storageError { try await users.endLogin(other, of: ann.id, at: .t0, in: world.system) }
        #expect(foreign == .notFound)
        #expect(try await isIn(bob, other, world))
        try await users.endLogin(sessions[0], of: ann.id, at: .t0, in: world.system)
        #expect(try await !isIn(ann, sessions[0], world))
        try await users.revokeAll(of: ann.id, but: sessions[1], at: .t0, in: world.system)
        #expect(try await isIn(ann, sessions[1], world))
        #expect(try await !isIn(ann, sessions[2], world))
        #expect(try await isIn(bob, other, world))
        #expect(await storageError { try await users.endLogins(of: ann.id, at: .t0, in: world.south) } == .notFound)
        try await users.endLogins(of: ann.id, at: .t0, in: world.north)
        #expect(try await !isIn(ann, sessions[1], world))
        // The session is another's: its number alone opens nothing.
        #expect(try await !isIn(ann, other, world))
    }

    @Test(arguments: Engine.allCases)
    func `a changed password ends the other logins`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", .operator, world)
        let (own, other) = (try await login(ann, world), try await login(ann, world))
        let users = world.stores.users
        try await users.setPassword(hash("another one"), of: ann.id, keeping: own, at: .t0, in: world.system)
        #expect(try await isIn(ann, own, world))
        #expect(try await !isIn(ann, other, world))
        try await users.setPassword(hash("a third one"), of: ann.id, at: .t0, in: world.north)
        #expect(try await !isIn(ann, own, world))
        let foreign = await storageError {
            try await users.setPassword(hash("an intruder"), of: ann.id, at: .t0, in: world.south)
        }
        #expect(foreign == .notFound)
        let account = try #require(try await users.account(of: ann.id, in: world.system))
        #expect(try account.password.matches("a third one"))
    }

    @Test(arguments: Engine.allCases)
    func `people are brought along all or none`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        let taken = try await user("taken@example.com", .operator, world)
        let bcrypt = try BcryptHash(text: brought)
        func account(_ email: String) -> ImportedAccount {
            ImportedAccount(email: email, role: .operator, password: bcrypt)
        }
        await #expect(throws: AddressesTaken(indices: [1, 3])) {
            try await users.bring(
                [account("a@example.com"), account("TAKEN@example.com"), account("b@example.com")]
                    + [account("A@example.com")],
                at: .t0,
                in: world.south
            )
        }
        #expect(try await users.list(in: world.south).isEmpty)
        #expect(try await users.importedCost(in: world.system) == nil)
        let accounts = [account("a@example.com"), account("b@example.com")]
        let both = try await users.bring(accounts, at: .t0, in: world.south)
        #expect(try await users.list(in: world.south) == both)
        #expect(try await users.list(in: world.north) == [taken])
        #expect(try await users.importedCost(in: world.system) == 6)
        let found = try #require(try await users.byEmail("a@example.com", in: world.system))
        #expect(try found.password.matches("furnace-7"))
        // The first is hashed anew at his login, the second gets a password from an admin.
        try await users.rehash(both[0].id, from: found.password, to: hash("furnace-7"), in: world.system)
        #expect(try await users.importedCost(in: world.system) == 6)
        try await users.setPassword(hash(), of: both[1].id, at: .t0, in: world.south)
        #expect(try await users.importedCost(in: world.system) == nil)
        // Too late: the password was changed meanwhile.
        try await users.setPassword(hash("a newer one"), of: both[0].id, at: .t0, in: world.south)
        try await users.rehash(both[0].id, from: found.password, to: hash("furnace-7"), in: world.system)
        let after = try #require(try await users.byEmail("a@example.com", in: world.system))
        #expect(try after.password.matches("a newer one"))
    }

    @Test(arguments: Engine.allCases)
    func `a new login forgets the user's own that are past their time`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", .operator, world)
        let old = try await login(ann, world)
        var generator = SystemRandomNumberGenerator()
        let session = RefreshSession(
            hash: RefreshToken(using: &generator).hash,
            family: ID(UUID()),
            user: ann.id,
            issuedAt: .t0 + .seconds(101),
            expiresAt: .t0 + .seconds(201)
        )
        try await world.stores.users.saveRefresh(session, in: world.system)
        #expect(try await !isIn(ann, old, world))
        #expect(try await world.stores.users.removeSessions(expiredBefore: .distantFuture, in: world.system) == 1)
    }
}
