import Alarms
import Database
import FoundationEssentials
import Plant
import TestSupport
import Testing
import Trust

@testable import Storage

/// Rows go in slices, are counted once, and leave nothing; others' stay.
@Suite(.timeLimit(.minutes(60))) struct ErasureStoreTests {
    private func begin(_ world: BackupWorld, _ side: Side) async throws {
        _ = try await world.stores.erasures.begin(side.scope.id, by: .terminal, at: .t0, in: world.world.system)
    }

    private func progress(_ world: BackupWorld, _ side: Side) async throws -> Erasure.Progress {
        try #require(try await world.stores.erasures.byID(side.scope.id, in: world.world.system)).progress
    }

    @Test(arguments: [1, 7, 10_000])
    func `rows go in slices and are counted, and another's stay as they are`(sliceSize: Int) async throws {
        let world = try await BackupWorld()
        let (before, other) = (try await world.dump(world.north), try await world.dump(world.south))
        try await begin(world, world.north)
        let store = world.stores.erasures
        let tables = try await store.tables()
        var total = 0
        while true {
            let count = try await store.deleteSome(sliceSize, from: tables, in: world.north.scope)
            #expect(count <= sliceSize)
            guard count > 0 else { break }
            total += count
        }
        // The organization goes last, when nothing refers to it.
        #expect(total == before.rowCount - 1)
        #expect(try await world.stores.organizations.byID(world.north.scope.id, in: world.world.system) != nil)
        try await store.deleteRest(at: .t0, in: world.north.scope)
        #expect(try await world.dump(world.north).rowCount == 0)
        #expect(try await world.dump(world.south) == other)
        let counted = try await progress(world, world.north).tables
        let expected = before.tables.mapValues(\.count).filter { $0.value > 0 }
        #expect(counted == expected)
    }

    @Test func `a slice that fails counts nothing and deletes nothing, and the next goes on`() async throws {
        let world = try await BackupWorld()
        let before = try await world.dump(world.north)
        try await begin(world, world.north)
        let store = world.stores.erasures
        let tables = try await store.tables()
        _ = try await store.deleteSome(20, from: tables, in: world.north.scope)
        let left = try await world.dump(world.north)
        world.database.fail(at: [.commit(1)])
        let code = await databaseError { try await store.deleteSome(20, from: tables, in: world.north.scope) }
        world.database.fail(at: [])
        #expect(code == .unavailable)
        #expect(try await world.dump(world.north) == left)
        while try await store.deleteSome(20, from: tables, in: world.north.scope) > 0 {}
        try await store.deleteRest(at: .t0, in: world.north.scope)
        let counted = try await progress(world, world.north).tables.values.reduce(0, +)
        #expect(counted == before.rowCount)
    }

    @Test func `what is written in between goes too`() async throws {
        let world = try await BackupWorld()
        try await begin(world, world.north)
        let store = world.stores.erasures
        let tables = try await store.tables()
        while try await store.deleteSome(from: tables, in: world.north.scope) > 0 {}
        // As a request does that was admitted before.
        try await world.world.append(world.world.readings(1...3), in: world.north.scope)
        try await store.deleteRest(at: .t0, in: world.north.scope)
        #expect(try await store.rowCount(in: world.north.scope) == 0)
        // And after that nothing can be.
        let late = await databaseError {
            try await world.world.append(world.world.readings(1...3), in: world.north.scope)
        }
        #expect(late == .constraint)
        #expect(try await store.rowCount(in: world.north.scope) == 0)
    }

    @Test func `it is asked for once, known by id and by name, and ends with its certificate`() async throws {
        let world = try await BackupWorld()
        let (store, system) = (world.stores.erasures, world.world.system)
        try await begin(world, world.north)
        let first = try await store.byID(world.north.scope.id, in: system)
        let again = try await store.begin(world.north.scope.id, by: .server, at: .t0 + .seconds(9), in: system)
        #expect(again == first)
        #expect(again.progress.askedBy == .terminal)
        #expect(try await store.bySlug("north", in: system) == first)
        #expect(try await store.list(isUnderWay: true, in: system) == [again])
        #expect(try await store.byID(world.south.scope.id, in: system) == nil)
        let unknown = await storageError { try await store.begin(ID(UUID()), by: .server, at: .t0, in: system) }
        #expect(unknown == .notFound)
        try await store.end("a certificate", at: .t0 + .seconds(60), in: world.north.scope)
        #expect(try await store.list(isUnderWay: true, in: system).isEmpty)
        try await store.end("a better one", at: .t0 + .seconds(90), in: world.north.scope)
        let ended = try await store.byID(world.north.scope.id, in: system)
        #expect(ended?.certificate == "a better one")
        #expect(ended?.endedAt == .t0 + .seconds(60))
        let other = await storageError { try await store.end("no", at: .t0, in: world.south.scope) }
        #expect(other == .notFound)
    }

    @Test func `a slug is never given again, from when its organization is to be erased`() async throws {
        let world = try await BackupWorld()
        let (organizations, system) = (world.stores.organizations, world.world.system)
        func refusal() async throws -> StorageError? {
            do {
                _ = try await organizations.create(slug: "north", name: "Heir", at: .t0, in: system)
                return nil
            } catch let error as StorageError { return error }
        }
        try await begin(world, world.north)
        let begun = try await refusal()
        #expect(begun?.code == .duplicate && begun?.message.contains("is being erased") == true)
        try await world.stores.erasures.deleteRest(at: .t0, in: world.north.scope)
        #expect(try await organizations.bySlug("north", in: system) == nil)
        #expect(try await refusal()?.code == .duplicate)
        try await world.stores.erasures.end("a certificate", at: .t0, in: world.north.scope)
        let ended = try await refusal()
        #expect(ended?.code == .duplicate && ended?.message.contains("was erased") == true)
        #expect(ended?.message.contains("choose another") == true)
        _ = try await organizations.create(slug: "north-2", name: "Heir", at: .t0, in: system)
        #expect(try await organizations.all(in: system).map(\.slug) == ["north-2", "south"])
    }

    @Test func `how it ended and that the server tells of it are kept both, or neither`() async throws {
        let world = try await BackupWorld()
        let (store, system) = (world.stores.erasures, world.world.system)
        try await begin(world, world.north)
        let event = AuditEvent(.erasure, by: .terminal, on: "organization:north")
        func told() async throws -> Int {
            let rows = try await world.database.query(
                "SELECT COUNT(*) AS count FROM server_audit_entry WHERE resource = 'organization:north'"
            )
            return try rows[0].decode("count")
        }
        for fault in [FaultyDatabase.Fault.write(1), .write(2), .commit(1)] {
            world.database.fail(at: [fault])
            let code = await databaseError {
                try await store.end("a certificate", tellingOf: event, at: .t0, in: world.north.scope, system)
            }
            world.database.fail(at: [])
            #expect(code == .unavailable)
            #expect(try await told() == 0)
            #expect(try await store.byID(world.north.scope.id, in: system)?.certificate == nil)
        }
        try await store.end("a certificate", tellingOf: event, at: .t0, in: world.north.scope, system)
        #expect(try await told() == 1)
        #expect(try await store.byID(world.north.scope.id, in: system)?.certificate == "a certificate")
    }

    /// Rows of both, one after the other, so that their tables' pages hold both; changed and deleted, so that there are
    /// remains from before as well.
    private func live(_ world: BackupWorld, _ side: Side, round: Int, using generator: inout SeededGenerator)
        async throws
    {
        let scope = side.scope
        let readings = (0..<120).map { second in
            Reading(
                asset: side.mark,
                instant: .t0 + .seconds(10_000 + round * 200 + second),
                values: [1, 2, 3],
                failing: "\(side.mark) \(Int.random(in: 0..<1_000_000, using: &generator))"
            )
        }
        try await world.world.append(readings, in: scope)
        let notes = (0..<40).map { _ in
            SystemAlarm(
                id: ID(UUID()),
                kind: .modelUnwell,
                subject: "\(side.mark) \(Int.random(in: 0..<1_000_000, using: &generator))",
                message: String(repeating: "\(side.mark) ", count: Int.random(in: 1..<9, using: &generator)),
                raisedAt: .t0
            )
        }
        for note in notes { _ = try await world.stores.systemAlarms.raise(note, in: scope) }
        try await world.database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE system_alarm
                SET message = message || message
                WHERE organization_id = \(scope.id) AND rowid % 7 = \(round % 7)
                """
            )
            try transaction.execute(
                """
                DELETE FROM reading
                WHERE organization_id = \(scope.id) AND instant / 1000000 % 11 = \(round % 11)
                """
            )
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `no byte of it is left in the database's files, nor of what it deleted before`(seed: UInt64) async throws {
        let world = try await BackupWorld(seed: seed)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<12 {
            for side in [world.north, world.south] { try await live(world, side, round: round, using: &generator) }
        }
        func remains(_ text: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: world.folder.path).filter { name in
                guard name.hasPrefix("eagle.sqlite") else { return false }
                return try world.folder.bytes(name).firstRange(of: Array(text.utf8)) != nil
            }
        }
        #expect(!(try remains("aurora-canary").isEmpty))
        try await begin(world, world.north)
        let store = world.stores.erasures
        let tables = try await store.tables()
        while try await store.deleteSome(100, from: tables, in: world.north.scope) > 0 {}
        try await store.deleteRest(at: .t0, in: world.north.scope)
        #expect(try await store.compact(upTo: .max))
        #expect(try remains("aurora-canary").isEmpty)
        #expect(!(try remains("borealis-canary").isEmpty))
        #expect(try await world.dump(world.south).rowCount > 1_000)
    }

    @Test func `a database that is too large is left to be compacted later, its log emptied`() async throws {
        let world = try await BackupWorld()
        #expect(try await world.stores.erasures.compact(upTo: 1_000) == false)
        let log = try? world.folder.bytes("eagle.sqlite-wal")
        #expect(log?.isEmpty ?? true)
        #expect(try await world.dump(world.north).rowCount > 0)
    }
}
