import Alarms
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// Browsers that people subscribed, when those may sign in no more.
@Suite(.timeLimit(.minutes(60))) struct BrowserStoreTests {
    /// How somebody leaves.
    enum Leaving: CaseIterable, Sendable { case disabled, removed }

    private func user(
        _ email: String,
        _ role: Role,
        _ world: World,
        in organization: OrganizationScope?
    ) async throws -> User {
        var generator = SeededGenerator(seed: 1)
        return try await world.stores.users.create(
            email: email,
            passwordHash: try PasswordHash(of: "a password", cost: .weakest, using: &generator),
            role: role,
            organization: organization?.id,
            at: .t0,
            in: world.system
        )
    }

    /// Puts a target whose secret says whose it is.
    private func target(
        _ name: String,
        _ channel: DeliveryChannel = .webPush(host: "push.example", p256dh: "x"),
        of owner: String,
        _ world: World,
        in scope: OrganizationScope
    ) async throws -> DeliveryTarget {
        let target = DeliveryTarget(id: ID(UUID()), name: name, channel: channel)
        let secret = DeliverySecret(url: "https://push.example/\(owner)", auth: owner)
        try await world.stores.deliveryTargets.put(target, secret: secret, by: owner, at: .t0, in: scope)
        return target
    }

    private func names(_ world: World, in scope: OrganizationScope) async throws -> [String] {
        try await world.stores.deliveryTargets.list(in: scope).map(\.target.name)
    }

    private func leave(
        _ user: User,
        _ leaving: Leaving,
        _ world: World,
        in scope: OrganizationScope
    ) async throws -> [SystemAlarm] {
        switch leaving {
        case .disabled: try await world.stores.users.disable(user.id, at: .t0, in: scope).told
        case .removed: try await world.stores.users.remove(user.id, at: .t0, in: scope)
        }
    }

    @Test(arguments: Engine.allCases, Leaving.allCases)
    func `whoever may sign in no more is told nothing more on his browsers, and nobody else loses one`(
        engine: Engine,
        leaving: Leaving
    ) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", .operator, world, in: world.north)
        let phone = try await target("ann's phone", of: ann.email, world, in: world.north)
        _ = try await target("ann's desk", of: ann.email, world, in: world.north)
        let mail = DeliveryChannel.email(to: ["shift@plant.example"])
        _ = try await target("a shift's mail", mail, of: ann.email, world, in: world.north)
        let other = try await target("bob's phone", of: "bob@example.com", world, in: world.north)
        _ = try await target("theirs", of: ann.email, world, in: world.south)
        let deliveries = world.stores.deliveries
        let raised = AlarmTransition(alarm: .test(), change: .raised, at: .t0)
        _ = try await world.stores.lane.commit(
            LaneCommit(expectedCursor: 0, cursor: 0, transitions: [raised], at: .t0),
            in: world.north
        )
        let plan = DeliveryPlan(.standard) { _ in .utc }
        _ = try await deliveries.plan(with: plan, version: 0, at: .t0, in: world.north)
        #expect(try await leave(ann, leaving, world, in: world.north).isEmpty)
        #expect(try await names(world, in: world.north) == ["a shift's mail", "bob's phone"])
        #expect(try await names(world, in: world.south) == ["theirs"])
        #expect(try await world.stores.deliveryTargets.secret(of: phone.id, in: world.north) == .none)
        #expect(try await world.stores.deliveryTargets.secret(of: other.id, in: world.north) != .none)
        let records = try await deliveries.page(limit: 99, in: world.north).elements
        #expect(records.count == 4)
        for record in records {
            #expect(record.state == (record.targetName.hasPrefix("ann's") ? .cancelled : .pending))
        }
    }

    @Test(arguments: Engine.allCases)
    func `whoever stays keeps his browsers`(engine: Engine) async throws {
        let world = try await World(engine)
        let ann = try await user("ann@example.com", .admin, world, in: world.north)
        _ = try await target("ann's phone", of: ann.email, world, in: world.north)
        // The last admin: all of it is taken back.
        for leaving in Leaving.allCases {
            #expect(await storageError { try await leave(ann, leaving, world, in: world.north) } == .conflict)
            #expect(await storageError { try await leave(ann, leaving, world, in: world.south) } == .notFound)
        }
        #expect(try await names(world, in: world.north) == ["ann's phone"])
    }

    @Test(arguments: Engine.allCases, Leaving.allCases)
    func `where the policy names such a browser the admins hear of it until it changes`(
        engine: Engine,
        leaving: Leaving
    ) async throws {
        let world = try await World(engine)
        let (policies, system) = (world.stores.deliveryPolicies, world.stores.systemAlarms)
        let ann = try await user("ann@example.com", .operator, world, in: world.north)
        _ = try await target("ann's phone", of: ann.email, world, in: world.north)
        let mail = DeliveryChannel.email(to: ["shift@plant.example"])
        let shift = try await target("shift", mail, of: "bob@example.com", world, in: world.north)
        let route = DeliveryRoute(id: "a", targets: [.name("ann's phone")])
        _ = try await policies.put(DeliveryPolicy(routes: [route]), by: "a", at: .t0, in: world.north)
        // It takes nothing already: that is over, for it is no target any more.
        let former = SystemAlarm(
            id: ID(UUID()),
            kind: .deliveryFailed,
            subject: "ann's phone",
            message: "Notices were given up.",
            raisedAt: .t0 - .seconds(9)
        )
        #expect(try await system.raise(former, in: world.north))
        let told = try await leave(ann, leaving, world, in: world.north)
        #expect(told.map(\.subject) == ["ann's phone", "ann's phone"])
        #expect(told.first?.id == former.id && told.first?.clearedAt == .t0)
        #expect(told.last?.kind == .deliveryFailed && told.last?.clearedAt == nil)
        #expect(try await system.newest(limit: 9, in: world.north).map(\.id) == told.reversed().map(\.id))
        // Told to whoever is left.
        let records = try await world.stores.deliveries.page(limit: 99, in: world.north).elements
        #expect(records.contains { $0.systemAlarm == told.last?.id && $0.target == shift.id })
        #expect(records.allSatisfy { $0.target == shift.id })
        let (_, cleared) = try await policies.put(.standard, by: "a", at: .t0, in: world.north)
        #expect(cleared.map(\.id) == told.suffix(1).map(\.id))
    }

    @Test(arguments: Engine.allCases, Leaving.allCases)
    func `a super admin's browsers go in all organizations, and no other super admin's`(
        engine: Engine,
        leaving: Leaving
    ) async throws {
        let world = try await World(engine)
        let (users, system) = (world.stores.users, world.system)
        let ann = try await user("ann@example.com", .superAdmin, world, in: nil)
        let bob = try await user("bob@example.com", .superAdmin, world, in: nil)
        let scopes = [world.north, world.south]
        for scope in scopes {
            for (name, owner) in [("ann's", ann), ("bob's", bob)] {
                _ = try await target(name, of: UserStore.browserOwner(superAdmin: owner.id), world, in: scope)
            }
        }
        switch leaving {
        case .disabled: _ = try await users.disable(ann.id, at: .t0, leaving: scopes, in: system)
        case .removed: try await users.remove(ann.id, at: .t0, leaving: scopes, in: system)
        }
        for scope in scopes { #expect(try await names(world, in: scope) == ["bob's"]) }
    }
}
