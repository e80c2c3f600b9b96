import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// What models predicted, told of by the minute: each prediction in one entry, and in one only.
@Suite(.timeLimit(.minutes(60))) struct PredictionMinuteTests {
    private func commit(
        _ world: World,
        _ scope: OrganizationScope,
        at seconds: Int,
        rows: ClosedRange<Int>,
        version: Character = "a"
    ) async throws {
        let predictions = try rows.map { row in
            Prediction(
                asset: "pump \(row % 3)",
                instant: .t0 + .seconds(row),
                probability: Double(row) / 1_000,
                confidence: row.isMultiple(of: 2) ? 0.9 : nil,
                component: row.isMultiple(of: 5) ? "bearing" : nil,
                modelVersion: try .test(version)
            )
        }
        let cursor = try await world.stores.lane.lane(in: scope).cursor
        _ = try await world.stores.lane.commit(
            LaneCommit(expectedCursor: cursor, cursor: cursor, predictions: predictions, at: .t0 + .seconds(seconds)),
            in: scope
        )
    }

    private func entries(_ world: World, _ scope: OrganizationScope) async throws -> [AuditEntry] {
        let filter = AuditFilter(action: .prediction)
        return try await world.stores.audit.page(filter, limit: 999, in: scope).elements.sorted {
            $0.number < $1.number
        }
    }

    private func close(_ world: World, at seconds: Int, in scope: OrganizationScope) async throws -> Int {
        try await world.stores.audit.closePredictionMinutes(at: .t0 + .seconds(seconds), in: scope)
    }

    @Test(arguments: Engine.allCases)
    func `a minute is told of once it is over, by model version, with a hash that can be computed again`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        try await commit(world, world.north, at: 5, rows: 1...10)
        try await commit(world, world.north, at: 20, rows: 11...14, version: "b")
        try await commit(world, world.north, at: 59, rows: 15...15)
        try await commit(world, world.north, at: 61, rows: 16...20)
        try await commit(world, world.south, at: 5, rows: 1...3)
        #expect(try await close(world, at: 59, in: world.north) == 0)
        #expect(try await close(world, at: 60, in: world.north) == 2)
        #expect(try await close(world, at: 119, in: world.north) == 0)
        #expect(try await close(world, at: 600, in: world.north) == 1)
        let entries = try await entries(world, world.north)
        #expect(entries.map { $0.metadata["count"] } == ["11", "4", "5"])
        #expect(entries.map { $0.metadata["minute"] } == [Instant.t0, .t0, .t0 + .seconds(60)].map(\.description))
        #expect(entries.map { $0.metadata["first"] } == ["1", "11", "16"])
        #expect(entries.map { $0.metadata["last"] } == ["15", "14", "20"])
        for entry in entries {
            let found = try #require(try await world.stores.audit.recomputedPredictions(of: entry, in: world.north))
            #expect(String(found.count) == entry.metadata["count"])
            #expect(found.hash.hexadecimal == entry.metadata["sha256"])
            // The same numbers name other predictions, or none, of another organization.
            let other = try await world.stores.audit.recomputedPredictions(of: entry, in: world.south)
            #expect(other?.hash.hexadecimal != entry.metadata["sha256"])
        }
        #expect(try await self.entries(world, world.south).isEmpty)
        let north = world.north
        try await world.stores.database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE prediction SET probability = 0.5
                WHERE organization_id = \(north.id.description) AND sequence = 12
                """
            )
        }
        for (entry, isSame) in zip(entries, [true, false, true]) {
            let found = try await world.stores.audit.recomputedPredictions(of: entry, in: world.north)
            #expect((found?.hash.hexadecimal == entry.metadata["sha256"]) == isSame)
        }
    }

    @Test(arguments: Engine.allCases)
    func `corrections, and what was kept late, come in entries of their own, and change none`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        try await commit(world, world.north, at: 5, rows: 1...4)
        #expect(try await close(world, at: 60, in: world.north) == 1)
        // The same rows once more are revisions.
        try await commit(world, world.north, at: 65, rows: 2...3)
        // A lane that was slow to keep what it had said in a minute that is over.
        try await commit(world, world.north, at: 58, rows: 5...6)
        #expect(try await close(world, at: 180, in: world.north) == 2)
        let entries = try await entries(world, world.north)
        #expect(entries.map { $0.metadata["count"] } == ["4", "2", "2"])
        let minutes = [Instant.t0, .t0 + .seconds(60), .t0]
        #expect(entries.map { $0.metadata["minute"] } == minutes.map(\.description))
        for entry in entries {
            let found = try await world.stores.audit.recomputedPredictions(of: entry, in: world.north)
            #expect(found?.hash.hexadecimal == entry.metadata["sha256"])
        }
    }

    @Test(arguments: Engine.allCases)
    func `whatever fails, and however many do it at once, each prediction is told of once`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        var total = 0
        for minute in 0..<5 {
            try await commit(world, world.north, at: minute * 60 + 7, rows: minute * 1_200...minute * 1_200 + 799)
            total += 800
        }
        for fault in (1...6).map(FaultyDatabase.Fault.write) + [.commit(1), .read(1), .read(2)] {
            world.faults.fail(at: [fault])
            #expect(await databaseError { try await close(world, at: 600, in: world.north) } == .unavailable)
            world.faults.fail(at: [])
            #expect(try await entries(world, world.north).isEmpty)
        }
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await close(world, at: 600, in: world.north) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.reduce(0, +) == 5)
        let entries = try await entries(world, world.north)
        #expect(entries.count == 5)
        #expect(entries.compactMap { $0.metadata["count"].flatMap { Int($0) } }.reduce(0, +) == total)
        #expect(try await world.stores.exportedAudit(in: .organization(world.north)).report.finding == nil)
    }
}
