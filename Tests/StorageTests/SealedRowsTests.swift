import Alarms
import Database
import Foundation
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// Credentials in rows: sealed for their organization and their row.
@Suite struct SealedRowsTests {
    private static let canary = "canary-5f3a"

    private func source(_ text: String = canary) -> SourceConfiguration {
        SourceConfiguration(id: ID(UUID()), name: "main", configuration: #"{"password":"\#(text)"}"#)
    }

    private func target(_ world: World, _ name: String = "hook", in scope: OrganizationScope) async throws
        -> ID<DeliveryTarget>
    {
        let target = DeliveryTarget(id: ID(UUID()), name: name, channel: .webhook(server: "https://a.example"))
        let secret = DeliverySecret(url: "https://a.example/\(Self.canary)", signingKeys: ["whsec_" + Self.canary])
        try await world.stores.deliveryTargets.put(target, secret: secret, by: "a", at: .t0, in: scope)
        return target.id
    }

    private func texts(_ world: World, _ scope: OrganizationScope) async throws -> [String] {
        let rows = try await world.stores.database.query(
            """
            SELECT configuration AS content FROM source WHERE organization_id = \(scope.id.description)
            UNION ALL
            SELECT secret AS content FROM delivery_secret WHERE organization_id = \(scope.id.description)
            ORDER BY content
            """
        )
        return try rows.map { try $0.decode("content") }
    }

    @Test(arguments: Engine.allCases)
    func `a super admin's second factor is sealed anew when the server's own key is changed`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let (stores, system) = (world.stores, world.system)
        var generator = SystemRandomNumberGenerator()
        let user = try await stores.users.create(
            email: "root@example.com",
            passwordHash: PasswordHash(of: "a password", cost: .weakest, using: &generator),
            role: .superAdmin,
            organization: nil,
            at: .t0,
            in: system
        )
        let plain = Array(Self.canary.utf8)
        let name = user.id.description
        let factor = SecondFactor(
            id: .random(using: &generator),
            user: user.id,
            organization: nil,
            sealedSecret: try await stores.keyring.seal(plain, as: .totp, named: name, in: system),
            enrolledAt: .t0
        )
        try await stores.secondFactors.enrol(factor, in: system)
        #expect(try await stores.sealedRows.references(in: system) == [1: 1])
        #expect(try await stores.keyring.rotate(in: system).version == 2)
        let outcome = try await stores.sealedRows.reseal(in: system)
        #expect(outcome.count == 1 && outcome.failures.isEmpty)
        #expect(try await stores.sealedRows.references(in: system) == [2: 1])
        #expect(try await stores.sealedRows.reseal(in: system) == SealedRows.Outcome())
        let kept = try #require(try await stores.secondFactors.ofUser(user.id, in: system))
        #expect(try await stores.keyring.open(kept.sealedSecret, as: .totp, named: name, in: system) == plain)
    }

    @Test(arguments: Engine.allCases)
    func `credentials lie sealed in their rows, and come back as they were`(engine: Engine) async throws {
        let world = try await World(engine)
        let source = source()
        try await world.stores.sources.put(source, at: .t0, in: world.north)
        let target = try await target(world, in: world.north)
        let texts = try await texts(world, world.north)
        #expect(texts.count == 2)
        #expect(texts.allSatisfy { $0.hasPrefix(#"{"sealed":""#) && !$0.contains(Self.canary) })
        #expect(try await world.stores.sources.list(in: world.north) == [source])
        #expect(try await world.stores.sources.byID(source.id, in: world.north) == source)
        let secret = try await world.stores.deliveryTargets.secret(of: target, in: world.north)
        #expect(secret.signingKeys == ["whsec_" + Self.canary])
        let fresh = ID<SourceConfiguration>(UUID())
        try await world.stores.sources.rewind(source.id, as: fresh, at: .t0, in: world.north)
        #expect(try await world.stores.sources.byID(fresh, in: world.north)?.configuration == source.configuration)
        #expect(
            await storageError { try await world.stores.sources.rewind(fresh, as: source.id, at: .t0, in: world.south) }
                == .notFound
        )
    }

    @Test(arguments: Engine.allCases)
    func `one organization's sealed bytes in another's row, or in another row of its own, are refused`(engine: Engine)
        async throws
    {
        let world = try await World(engine)
        let (own, others) = (source(), source("theirs"))
        try await world.stores.sources.put(own, at: .t0, in: world.north)
        try await world.stores.sources.put(others, at: .t0, in: world.south)
        let (first, second) = (
            try await target(world, "a", in: world.north), try await target(world, "b", in: world.north)
        )
        let database = world.stores.database
        func copy(
            _ table: String,
            _ key: String,
            _ column: String,
            from: (OrganizationScope, String),
            to: (OrganizationScope, String)
        )
            async throws
        {
            let row = try #require(
                try await database.query(
                    "SELECT \(identifier: column) AS content FROM \(identifier: table) WHERE organization_id = \(from.0.id.description) AND \(identifier: key) = \(from.1)"
                ).first
            )
            let content: String = try row.decode("content")
            try await database.transaction { transaction in
                try transaction.execute(
                    "UPDATE \(identifier: table) SET \(identifier: column) = \(content) WHERE organization_id = \(to.0.id.description) AND \(identifier: key) = \(to.1)"
                )
            }
        }
        try await copy(
            "source",
            "id",
            "configuration",
            from: (world.north, own.id.description),
            to: (world.south, others.id.description)
        )
        let crossed = await #expect(throws: KeyError.self) { try await world.stores.sources.list(in: world.south) }
        #expect(crossed?.code == .wrongKey)
        // It is entered anew, and only there.
        try await world.stores.sources.removeUnreadable(in: world.south)
        #expect(try await world.stores.sources.list(in: world.south).isEmpty)
        try await world.stores.sources.removeUnreadable(in: world.north)
        try await copy(
            "delivery_secret",
            "target_id",
            "secret",
            from: (world.north, first.description),
            to: (world.north, second.description)
        )
        let moved = await #expect(throws: KeyError.self) {
            try await world.stores.deliveryTargets.secret(of: second, in: world.north)
        }
        #expect(moved?.code == .tampered)
        #expect(try await world.stores.deliveryTargets.secret(of: first, in: world.north).signingKeys.count == 1)
        #expect(try await world.stores.sources.list(in: world.north) == [own])
    }

    @Test(arguments: Engine.allCases)
    func `rows that earlier versions left open are sealed, however often that breaks off`(engine: Engine) async throws {
        let world = try await World(engine)
        let source = source()
        try await world.stores.sources.put(source, at: .t0, in: world.north)
        let target = try await target(world, in: world.north)
        let secret = #"{"signingKeys":["whsec_canary"]}"#
        try await world.stores.database.transaction { transaction in
            try transaction.execute("UPDATE source SET configuration = \(source.configuration)")
            try transaction.execute("UPDATE delivery_secret SET secret = \(secret)")
        }
        // Nobody takes an open row for a sealed one.
        let error = await #expect(throws: KeyError.self) { try await world.stores.sources.list(in: world.north) }
        #expect(error?.code == .notSealed)
        #expect(try await world.stores.sealedRows.references(in: world.north) == [0: 2])
        #expect(try await world.stores.sealedRows.reseal(in: world.north).count == 0)
        var breaks = 0
        while true {
            world.faults.fail(at: breaks < 2 ? [.write(breaks + 1)] : [])
            do {
                _ = try await world.stores.sealedRows.reseal(in: world.north, sealingPlain: true)
                break
            } catch is DatabaseError {
                breaks += 1
                let counts = try await world.stores.sealedRows.references(in: world.north)
                #expect(counts.values.reduce(0, +) == 2)
            }
        }
        #expect(breaks > 0)
        #expect(try await world.stores.sealedRows.references(in: world.north) == [1: 2])
        #expect(try await world.stores.sources.list(in: world.north) == [source])
        let opened = try await world.stores.deliveryTargets.secret(of: target, in: world.north)
        #expect(opened.signingKeys == ["whsec_canary"])
    }

    @Test(arguments: Engine.allCases)
    func `rows of an organization that has never had a key are sealed under its first`(engine: Engine) async throws {
        let world = try await World(engine)
        let source = source()
        // As an earlier version wrote it, which knew of no keys.
        try await world.stores.database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO source (organization_id, id, name, configuration, changed_at)
                VALUES (
                    \(world.north.id.description), \(source.id.description), \(source.name), \(source.configuration),
                    \(Instant.t0.microseconds)
                )
                """
            )
        }
        #expect(try await world.stores.keyring.versions(in: world.north).isEmpty)
        #expect(try await world.stores.sealedRows.reseal(in: world.north).count == 0)
        #expect(try await world.stores.sealedRows.reseal(in: world.north, sealingPlain: true).count == 1)
        #expect(try await world.stores.sealedRows.references(in: world.north) == [1: 1])
        #expect(try await world.stores.sources.list(in: world.north) == [source])
        #expect(try await texts(world, world.north).allSatisfy { !$0.contains(Self.canary) })
    }

    @Test(arguments: Engine.allCases)
    func `after a rotation rows move to the new key, one organization's alone, and what can't be opened stays`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let source = source()
        for scope in [world.north, world.south] {
            try await world.stores.sources.put(source, at: .t0, in: scope)
            _ = try await target(world, in: scope)
        }
        let before = try await texts(world, world.south)
        _ = try await world.stores.keyring.rotate(in: world.north)
        let outcome = try await world.stores.sealedRows.reseal(in: world.north)
        #expect(outcome.count == 2 && outcome.failures.isEmpty)
        #expect(try await world.stores.sealedRows.references(in: world.north) == [2: 2])
        #expect(try await texts(world, world.south) == before)
        #expect(try await world.stores.sources.list(in: world.north) == [source])
        #expect(try await world.stores.sealedRows.reseal(in: world.north).count == 0)

        let foreign = try #require(before.first)
        try await world.stores.database.transaction { transaction in
            try transaction.execute(
                "UPDATE source SET configuration = \(foreign) WHERE organization_id = \(world.north.id.description)"
            )
        }
        _ = try await world.stores.keyring.rotate(in: world.north)
        let second = try await world.stores.sealedRows.reseal(in: world.north)
        #expect(second.count == 1 && second.failures.count == 1)
        #expect(second.failures.first?.contains("source") == true)
        #expect(second.failures.first?.contains(Self.canary) == false)
        #expect(try await texts(world, world.north).contains(foreign))
    }

    @Test func `every kind that lies in rows has its column in the list`() {
        for kind in SealedKind.allCases where kind.home == .row {
            #expect(SealedColumn.all.contains { $0.kind == kind }, "\(kind.rawValue) is not resealed")
        }
    }

    @Test func `a database knows its keyring, and takes no other`() async throws {
        let folder = try TemporaryDirectory()
        let database = try SQLiteDatabase(.memory)
        var generator = SeededGenerator(seed: 1)
        let masters = MasterKeys(MasterKey(using: &generator))
        func keyring(_ name: String) async throws -> Keyring {
            try await Keyring.open(
                SQLiteDatabase(.forgetfulFile(folder.path(name))),
                provider: GivenKeys(masters),
                now: { .t0 }
            )
        }
        #expect(try await !KeyringMark.isThere(in: database))
        _ = try await Stores.open(database, keyring: keyring("a.sqlite"))
        #expect(try await KeyringMark.isThere(in: database))
        let again = try await Stores.open(database, keyring: keyring("a.sqlite"))
        #expect(try await again.keyringMark.sealedAt() == nil)
        try await again.keyringMark.noteSealed(at: .t0)
        #expect(try await again.keyringMark.sealedAt() == .t0)
        let error = await #expect(throws: KeyError.self) {
            try await Stores.open(database, keyring: keyring("b.sqlite"))
        }
        #expect(error?.code == .keyringLost)
    }
}
