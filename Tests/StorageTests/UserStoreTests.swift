import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing
import Trust

@Suite(.timeLimit(.minutes(60))) struct UserStoreTests {
    private func hash(_ password: String = "a password") throws -> PasswordHash {
        var generator = SeededGenerator(seed: 1)
        return try PasswordHash(of: password, cost: .weakest, using: &generator)
    }

    private func user(_ email: String, _ world: World, role: Role = .operator) async throws -> User {
        try await world.stores.users.create(email: email, passwordHash: hash(), role: role, at: .t0, in: world.north)
    }

    private func tokenHash(_ seed: UInt64) -> TokenHash {
        var generator = SeededGenerator(seed: seed)
        return RefreshToken(using: &generator).hash
    }

    @Test(arguments: Engine.allCases)
    func `an address is one account's across the server, whatever its case`(engine: Engine) async throws {
        let world = try await World(engine)
        let users = world.stores.users
        #expect(try await users.count(in: world.system) == 0)
        let ann = try await user("Ann@Example.com", world)
        let taken = await storageError {
            try await users.create(
                email: "ann@example.COM ",
                passwordHash: hash(),
                role: .admin,
                at: .t0,
                in: world.south
            )
        }
        #expect(taken == .duplicate)
        let account = try #require(try await users.byEmail(" ANN@example.com", in: world.system))
        #expect(account.user == ann)
        #expect(account.user.email == "Ann@Example.com")
        #expect(try account.password.matches("a password"))
        #expect(try await users.byEmail("bob@example.com", in: world.system) == nil)
        #expect(try await users.count(in: world.system) == 1)
    }

    @Test(arguments: Engine.allCases)
    func `a super admin belongs to no organization, and no organization makes one`(engine: Engine) async throws {
        let world = try await World(engine)
        #expect(await storageError { try await user("x@y.z", world, role: .superAdmin) } == .invalid)
        let rootless = await storageError {
            try await world.stores.users.create(
                email: "x@y.z",
                passwordHash: hash(),
                role: .admin,
                organization: nil,
                at: .t0,
                in: world.system
            )
        }
        #expect(rootless == .invalid)
        let root = try await world.stores.users.create(
            email: "root@y.z",
            passwordHash: hash(),
            role: .superAdmin,
            organization: nil,
            at: .t0,
            in: world.system
        )
        #expect(try await world.stores.users.byID(root.id, in: world.system) == root)
        #expect(try await world.stores.users.byID(root.id, in: world.north) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `a password can be set anew`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", world)
        try await world.stores.users.setPassword(hash("another one"), of: ann.id, at: .t0, in: world.system)
        let account = try #require(try await world.stores.users.byEmail("ann@example.com", in: world.system))
        #expect(try account.password.matches("another one"))
        let unknown = await storageError {
            try await world.stores.users.setPassword(hash(), of: ID(UUID()), at: .t0, in: world.system)
        }
        #expect(unknown == .notFound)
    }

    /// Saves the first session of a login and rotates it.
    private func login(_ user: User, seed: UInt64, _ world: World) async throws {
        try await world.stores.users.saveRefresh(
            RefreshSession(
                hash: tokenHash(seed),
                family: ID(UUID()),
                user: user.id,
                issuedAt: .t0,
                expiresAt: .t0 + .seconds(100)
            ),
            in: world.system
        )
    }

    private enum Rotation: Hashable { case rotated(User), unknown, expired, revoked, reused }

    private func rotate(_ seed: UInt64, to next: UInt64, at second: Int, _ world: World) async throws -> Rotation {
        let outcome = try await world.stores.users.rotate(
            tokenHash(seed),
            to: tokenHash(next),
            at: .t0 + .seconds(second),
            expiresAt: .t0 + .seconds(second + 100),
            in: world.system
        )
        return switch outcome {
        case .rotated(let user, _): .rotated(user)
        case .unknown: .unknown
        case .expired: .expired
        case .revoked: .revoked
        case .reused: .reused
        }
    }

    @Test(arguments: Engine.allCases)
    func `a token used twice ends its whole family, and no other`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", world)
        try await login(ann, seed: 1, world)
        try await login(ann, seed: 10, world)
        #expect(try await rotate(1, to: 2, at: 10, world) == .rotated(ann))
        #expect(try await rotate(2, to: 3, at: 20, world) == .rotated(ann))
        // The thief, or the one he stole it from.
        #expect(try await rotate(1, to: 4, at: 30, world) == .reused)
        #expect(try await rotate(3, to: 5, at: 40, world) == .revoked)
        #expect(try await rotate(4, to: 6, at: 40, world) == .unknown)
        #expect(try await rotate(10, to: 11, at: 40, world) == .rotated(ann))
    }

    @Test(arguments: Engine.allCases)
    func `of two who present a token at once one gets the successor, and then neither has one`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", world)
        try await login(ann, seed: 1, world)
        async let first = rotate(1, to: 2, at: 10, world)
        async let second = rotate(1, to: 3, at: 10, world)
        let outcomes = try await [first, second]
        #expect(outcomes.contains(.rotated(ann)))
        #expect(outcomes.contains(.reused))
        #expect(try await rotate(2, to: 4, at: 11, world) != .rotated(ann))
        #expect(try await rotate(3, to: 5, at: 11, world) != .rotated(ann))
    }

    @Test(arguments: Engine.allCases)
    func `a token past its time, of an ended login or of nobody is worth nothing`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", world)
        for seed in [1, 10, 20] as [UInt64] { try await login(ann, seed: seed, world) }
        #expect(try await rotate(99, to: 100, at: 0, world) == .unknown)
        #expect(try await rotate(1, to: 2, at: 100, world) == .expired)
        try await world.stores.users.revokeFamily(of: tokenHash(10), at: .t0, in: world.system)
        #expect(try await rotate(10, to: 11, at: 1, world) == .revoked)
        #expect(try await rotate(20, to: 21, at: 1, world) == .rotated(ann))
        try await world.stores.users.revokeAll(of: ann.id, at: .t0, in: world.system)
        #expect(try await rotate(21, to: 22, at: 2, world) == .revoked)
        #expect(try await world.stores.users.removeSessions(expiredBefore: .t0 + .seconds(101), in: world.system) == 3)
        #expect(try await rotate(1, to: 2, at: 0, world) == .unknown)
    }
}
