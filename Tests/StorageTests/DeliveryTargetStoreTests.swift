import Alarms
import Database
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// Targets' rows, of which nobody learns what lets one in there.
@Suite struct DeliveryTargetStoreTests {
    private static let server = "https://hooks.example:8443"
    private static let canaries = ["canary-path-5f3a", "canary-query-77c1"]
    private static let url = "\(server)/\(canaries[0])?token=\(canaries[1])"
    private static let secret = DeliverySecret(url: url, signingKeys: ["whsec_canary"])

    /// Puts a webhook.
    private func webhook(
        _ world: World,
        _ name: String = "hook",
        secret: DeliverySecret = secret,
        in scope: OrganizationScope
    ) async throws -> DeliveryTarget {
        let target = DeliveryTarget(id: ID(UUID()), name: name, channel: .webhook(server: Self.server))
        try await world.stores.deliveryTargets.put(target, secret: secret, by: "a", at: .t0, in: scope)
        return target
    }

    /// A webhook as earlier versions kept it, with its URL in the target's row and in no secret.
    private func openWebhook(
        _ world: World,
        _ name: String = "hook",
        url: String = url,
        in scope: OrganizationScope
    ) async throws -> DeliveryTarget {
        let secret = DeliverySecret(signingKeys: ["whsec_canary"])
        let target = try await webhook(world, name, secret: secret, in: scope)
        let channel = #"{"kind":"webhook","url":"\#(url)"}"#
        try await world.stores.database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE delivery_target
                SET channel = \(channel)
                WHERE organization_id = \(scope.id.description) AND id = \(target.id.description)
                """
            )
        }
        return target
    }

    /// All texts that lie in targets' rows and their secrets'.
    private func texts(_ world: World, _ scope: OrganizationScope) async throws -> [String] {
        try await world.stores.database.query(
            """
            SELECT channel AS content FROM delivery_target WHERE organization_id = \(scope.id.description)
            UNION ALL
            SELECT secret AS content FROM delivery_secret WHERE organization_id = \(scope.id.description)
            ORDER BY content
            """
        ).map { try $0.decode("content") }
    }

    private func holdsCanary(_ texts: [String]) -> Bool {
        texts.contains { text in Self.canaries.contains { text.contains($0) } }
    }

    @Test(arguments: Engine.allCases)
    func `of a webhook's URL the server alone lies open, and the whole comes back for who sends`(engine: Engine)
        async throws
    {
        let world = try await World(engine)
        let target = try await webhook(world, in: world.north)
        let texts = try await texts(world, world.north)
        #expect(texts.count == 2)
        #expect(texts.first == #"{"kind":"webhook","url":"https://hooks.example:8443"}"#)
        #expect(!holdsCanary(texts))
        let targets = world.stores.deliveryTargets
        #expect(try await targets.secret(of: target.id, in: world.north) == Self.secret)
        #expect(try await targets.list(in: world.north).map(\.target) == [target])
        // Another URL at the same server, under a new key of the organization's.
        _ = try await world.stores.keyring.rotate(in: world.north)
        #expect(try await world.stores.sealedRows.reseal(in: world.north).count == 1)
        #expect(try await targets.secret(of: target.id, in: world.north) == Self.secret)
        let other = DeliverySecret(url: Self.server + "/other", signingKeys: ["whsec_canary"])
        try await targets.put(target, secret: other, by: "a", at: .t0, in: world.north)
        #expect(try await targets.secret(of: target.id, in: world.north) == other)
    }

    @Test(arguments: Engine.allCases)
    func `URLs that earlier versions left open are sealed, however often that breaks off`(engine: Engine) async throws {
        let world = try await World(engine)
        let targets = world.stores.deliveryTargets
        let first = try await openWebhook(world, in: world.north)
        let second = try await openWebhook(world, "bare", url: Self.server, in: world.north)
        let theirs = try await openWebhook(world, in: world.south)
        let sealed = try await webhook(world, "sealed", in: world.north)
        #expect(try await holdsCanary(texts(world, world.north)))
        // Shown is its server, and nothing is sent by what lies open.
        #expect(try await targets.list(in: world.north).allSatisfy { $0.target.channel == sealed.channel })
        #expect(try await targets.secret(of: first.id, in: world.north).url == nil)
        var breaks = 0
        var count = 0
        while count == 0 {
            world.faults.fail(at: breaks < 4 ? [.write(breaks + 1)] : [])
            do {
                count = try await targets.sealURLs(in: world.north).count
            } catch is DatabaseError {
                breaks += 1
                // Of each webhook both parts are as they were, or neither is.
                for row in try await world.stores.database.query(
                    """
                    SELECT id, channel
                    FROM delivery_target
                    WHERE organization_id = \(world.north.id.description) AND name = 'hook'
                    """
                ) {
                    let isOpen = try holdsCanary([row.decode("channel")])
                    let secret = try await targets.secret(of: first.id, in: world.north)
                    #expect(isOpen == (secret.url == nil))
                }
            }
        }
        world.faults.fail(at: [])
        #expect(breaks > 1)
        #expect(try await !holdsCanary(texts(world, world.north)))
        #expect(try await targets.secret(of: first.id, in: world.north) == Self.secret)
        #expect(try await targets.secret(of: second.id, in: world.north).url == Self.server)
        #expect(try await targets.secret(of: sealed.id, in: world.north) == Self.secret)
        #expect(try await targets.sealURLs(in: world.north) == SealedRows.Outcome())
        // One organization's alone.
        #expect(try await holdsCanary(texts(world, world.south)))
        #expect(try await targets.sealURLs(in: world.south).count == 1)
        #expect(try await targets.secret(of: theirs.id, in: world.south) == Self.secret)
    }

    @Test(arguments: Engine.allCases)
    func `an open URL whose secret can't be opened is named, and holds up no other`(engine: Engine) async throws {
        let world = try await World(engine)
        let targets = world.stores.deliveryTargets
        let (broken, whole) = (
            try await openWebhook(world, "broken", in: world.north), try await openWebhook(world, in: world.north)
        )
        try await world.stores.database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE delivery_secret
                SET secret = (
                    SELECT secret
                    FROM delivery_secret
                    WHERE organization_id = \(world.north.id.description) AND target_id = \(whole.id.description)
                )
                WHERE organization_id = \(world.north.id.description) AND target_id = \(broken.id.description)
                """
            )
        }
        let outcome = try await targets.sealURLs(in: world.north)
        #expect(outcome.count == 1 && outcome.failures.count == 1)
        #expect(outcome.failures.first?.contains(broken.id.description) == true)
        #expect(!holdsCanary(outcome.failures))
        #expect(try await targets.secret(of: whole.id, in: world.north) == Self.secret)
        // Entered anew it is as good as another.
        try await targets.put(broken, secret: Self.secret, by: "a", at: .t0, in: world.north)
        #expect(try await targets.secret(of: broken.id, in: world.north) == Self.secret)
        #expect(try await !holdsCanary(texts(world, world.north)))
    }

    @Test(arguments: Engine.allCases)
    func `a database in which URLs lie open is sealed once more`(engine: Engine) async throws {
        let database = try engine.database()
        try await Migrator(Array(Migrations.all.prefix { $0.name != "webhooks' URLs" })).migrate(database)
        try await database.transaction { transaction in
            try transaction.execute("INSERT INTO keyring (number, id, sealed_at) VALUES (1, 'k', 1)")
        }
        #expect(try await Stores.open(database).keyringMark.sealedAt() == nil)
        try await Stores.open(database).keyringMark.noteSealed(at: .t0)
        #expect(try await Stores.open(database).keyringMark.sealedAt() == .t0)
    }

    @Test(arguments: Engine.allCases)
    func `a secret made from a former one does not take the place of a newer`(engine: Engine) async throws {
        let world = try await World(engine)
        let targets = world.stores.deliveryTargets
        let target = try await webhook(world, in: world.north)
        let former = try #require(try await targets.byID(target.id, in: world.north))
        let newer = DeliverySecret(url: Self.url, signingKeys: ["whsec_newer"])
        func put(_ secret: DeliverySecret, after seconds: Int) async throws {
            let now = Instant.t0 + .seconds(seconds)
            try await targets.put(target, secret: secret, replacing: former, by: "a", at: now, in: world.north)
        }
        try await put(newer, after: 1)
        #expect(await storageError { try await put(Self.secret, after: 2) } == .conflict)
        #expect(try await targets.secret(of: target.id, in: world.north) == newer)
        _ = try await targets.remove(target.id, at: .t0, in: world.north)
        #expect(await storageError { try await put(Self.secret, after: 3) } == .conflict)
        #expect(try await targets.list(in: world.north).isEmpty)
    }
}
