import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing
import Trust

@Suite(.timeLimit(.minutes(60))) struct APIKeyStoreTests {
    private func text(_ seed: UInt64) -> APIKeyText {
        var generator = SeededGenerator(seed: seed)
        return APIKeyText(for: .random(using: &generator), using: &generator)
    }

    private func make(_ seed: UInt64, _ world: World, until expiry: Instant? = nil, countMax: Int = 10) async throws
        -> APIKey
    {
        let text = text(seed)
        let key = try APIKey(
            id: text.id,
            organization: world.north.id,
            named: "gateway \(seed)",
            for: [.writeReadings, .readAlarms],
            createdBy: "ann@example.com",
            at: .t0 + .seconds(Int64(seed)),
            until: expiry
        )
        try await world.stores.apiKeys.create(key, hash: text.hash, countMax: countMax, in: world.north)
        return key
    }

    @Test(arguments: Engine.allCases)
    func `a key is found by its id, with the hash of its secret and never the secret`(engine: Engine) async throws {
        let world = try await World(engine)
        let key = try await make(1, world, until: .t0 + .seconds(99))
        let found = try #require(try await world.stores.apiKeys.byID(key.id, in: world.system))
        #expect(found.key == key)
        #expect(found.hash.isEqualInConstantTime(to: text(1).hash))
        #expect(try await world.stores.apiKeys.byID(text(2).id, in: world.system) == nil)
        #expect(try await world.stores.apiKeys.list(in: world.north) == [key])
    }

    @Test(arguments: Engine.allCases)
    func `a revoked key opens nothing and is listed no more, but is known by name`(engine: Engine) async throws {
        let world = try await World(engine)
        let (first, second) = (try await make(1, world), try await make(2, world))
        #expect(try await world.stores.apiKeys.list(in: world.north).map(\.id) == [second.id, first.id])
        try await world.stores.apiKeys.revoke(first.id, at: .t0, in: world.north)
        #expect(try await world.stores.apiKeys.byID(first.id, in: world.system) == nil)
        #expect(try await world.stores.apiKeys.list(in: world.north) == [second])
        #expect(try await world.stores.apiKeys.byID(first.id, in: world.north)?.revokedAt == .t0)
        let again = await storageError {
            try await world.stores.apiKeys.revoke(first.id, at: .t0, in: world.north)
        }
        #expect(again == .notFound)
    }

    @Test(arguments: Engine.allCases)
    func `a use is noted`(engine: Engine) async throws {
        let world = try await World(engine)
        let key = try await make(1, world)
        #expect(key.lastUsedAt == nil)
        try await world.stores.apiKeys.used(key.id, at: .t0 + .seconds(5), in: world.system)
        #expect(try await world.stores.apiKeys.list(in: world.north)[0].lastUsedAt == .t0 + .seconds(5))
    }

    @Test(arguments: Engine.allCases)
    func `an organization has as many keys as its quota says, and revoking one makes room`(engine: Engine) async throws
    {
        let world = try await World(engine)
        for seed in 1...3 as ClosedRange<UInt64> { _ = try await make(seed, world, countMax: 3) }
        await #expect(throws: QuotaExceeded.self) { _ = try await make(4, world, countMax: 3) }
        try await world.stores.apiKeys.revoke(text(1).id, at: .t0, in: world.north)
        _ = try await make(4, world, countMax: 3)
    }

    @Test(arguments: Engine.allCases)
    func `another organization's key can neither be seen nor revoked`(engine: Engine) async throws {
        let world = try await World(engine)
        let key = try await make(1, world)
        #expect(try await world.stores.apiKeys.list(in: world.south).isEmpty)
        #expect(try await world.stores.apiKeys.byID(key.id, in: world.south) == nil)
        let foreign = await storageError {
            try await world.stores.apiKeys.revoke(key.id, at: .t0, in: world.south)
        }
        #expect(foreign == .notFound)
        #expect(try await world.stores.apiKeys.byID(key.id, in: world.system) != nil)
    }
}
