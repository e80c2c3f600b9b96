import Connectors
import Database
import Plant
import TestSupport
import Testing

@Suite struct SQLPollingSourceTests {
    private let scada: ScadaFixture

    init() throws { scada = try ScadaFixture() }

    @Test func `rows are mapped by the schema, text numbers, nulls and naive times`() async throws {
        try await scada.createFurnace()
        try await scada.insert(1, "2026-01-01 05:30:00.250")
        try await scada.insert(2, "2026-01-01T05:31:00", "")
        let batch = try await scada.source().readings(after: .start, countMax: 10)
        #expect(batch.readings.map(\.instant) == [.t0 + .milliseconds(250), .t0 + .seconds(60)])
        #expect(batch.readings[0].values == [850.2, 1, 0])
        #expect(batch.readings[1].values[0].isNaN)
        #expect(batch.readings.allSatisfy { $0.asset == Asset.onlyName })
    }

    @Test func `pages follow one another, and a restart goes on where the cursor says`() async throws {
        try await scada.createFurnace()
        try await scada.insert((1...25).map { (Int64($0), "2026-01-01 06:00:\($0 + 10)") })
        var cursor = Cursor.start
        var ids: [Double] = []
        for _ in 0..<3 {
            let batch = try await scada.source().readings(after: cursor, countMax: 10)
            ids += batch.readings.map { $0.values[1] }
            cursor = batch.cursor
        }
        #expect(ids == (1...25).map(Double.init))
        #expect(try await scada.source().readings(after: cursor, countMax: 10).readings.isEmpty)
        try await scada.insert(26, "2026-01-01 06:01:00")
        #expect(try await scada.source().readings(after: cursor, countMax: 10).readings.map { $0.values[1] } == [26])
    }

    @Test func `a row that can't be placed in time is quarantined with what it says`() async throws {
        try await scada.createFurnace()
        try await scada.insert(1, "yesterday")
        try await scada.insert(2, nil)
        try await scada.insert(3, "2026-01-01 06:00:00")
        let batch = try await scada.source().readings(after: .start, countMax: 10)
        #expect(batch.readings.count == 1)
        #expect(batch.quarantined.count == 2)
        #expect(batch.quarantined[0].row.contains("created_timestamp=yesterday"))
        #expect(batch.quarantined[0].reason.contains("'yesterday'"))
    }

    @Test func `rows committed late are found once, even below the first`() async throws {
        try await scada.createFurnace()
        var cursor = Cursor.start
        try await scada.insert([10, 11, 14].map { ($0, "2026-01-01 06:00:\($0)") })
        #expect(try await scada.source().all(after: &cursor).map { $0.values[1] } == [10, 11, 14])
        try await scada.insert([9, 12, 15].map { ($0, "2026-01-01 06:00:\($0 + 10)") })
        #expect(try await scada.source().all(after: &cursor).map { $0.values[1] } == [9, 12, 15])
        try await scada.insert(13, "2026-01-01 06:00:30")
        #expect(try await scada.source().all(after: &cursor).map { $0.values[1] } == [13])
        #expect(try await scada.source().all(after: &cursor).isEmpty)
    }

    /// Numbers are committed in any order within the overlap, polls and restarts fall anywhere between.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `no row is lost or read twice, whatever the order of commits`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        try await scada.createFurnace()
        let count = 160
        var ids = (1...count).map { Int64($0) * 3 }
        for start in stride(from: 0, to: count, by: 12) {
            ids[start..<min(start + 12, count)].shuffle(using: &generator)
        }
        var cursor = Cursor.start
        var source = try scada.source(overlapRows: 80)
        var found: [Double] = []
        while !ids.isEmpty {
            let committed = ids.prefix(Int.random(in: 1...8, using: &generator))
            ids.removeFirst(committed.count)
            try await scada.insert(committed.map { ($0, "2026-01-01 06:00:00") })
            if Bool.random(using: &generator) { source = try scada.source(overlapRows: 80) }
            let batch = try await source.readings(after: cursor, countMax: Int.random(in: 1...9, using: &generator))
            // A batch that is not acknowledged comes again.
            guard Int.random(in: 0..<5, using: &generator) > 0 else { continue }
            found += batch.readings.map { $0.values[1] }
            cursor = batch.cursor
        }
        found += try await source.all(after: &cursor, countMax: 7).map { $0.values[1] }
        #expect(found.count == count && Set(found) == Set((1...count).map { Double($0) * 3 }))
        #expect(cursor.position.utf8.count < 2_000)
    }

    @Test func `what is committed after the overlap has passed is not waited for`() async throws {
        try await scada.createFurnace()
        var cursor = Cursor.start
        let source = try scada.source(overlapRows: 3)
        try await scada.insert([1, 3, 9].map { ($0, "2026-01-01 06:00:00") })
        _ = try await source.all(after: &cursor)
        try await scada.insert([2, 5, 7].map { ($0, "2026-01-01 06:00:00") })
        #expect(try await source.all(after: &cursor).map { $0.values[1] } == [7])
    }

    @Test func `numbers of deleted rows may come again, but a table begun anew is an error`() async throws {
        try await scada.createFurnace()
        var cursor = Cursor.start
        let source = try scada.source(overlapRows: 3)
        try await scada.insert((1...9).map { ($0, "2026-01-01 06:00:00") })
        _ = try await source.all(after: &cursor)
        try await scada.execute("DELETE FROM jk2 WHERE id > 7")
        #expect(try await source.all(after: &cursor).isEmpty)
        try await scada.insert(8, "2026-01-01 06:01:00")
        #expect(try await source.all(after: &cursor).map { $0.values[1] } == [8])
        try await scada.execute("DELETE FROM jk2")
        #expect(try await source.all(after: &cursor).isEmpty)
        try await scada.insert(1, "2026-01-01 06:02:00")
        let here = cursor
        let error = try await #require(throws: SourceError.self) { try await source.readings(after: here, countMax: 9) }
        #expect(error.code == .restarted)
        #expect(!error.isTransient)
    }

    @Test func `a number that stands twice, or is no number, is refused`() async throws {
        try await scada.execute("CREATE TABLE jk2 (id, created_timestamp TEXT, HZ1_PV TEXT, oilpv REAL, hz1hfail INT)")
        try await scada.insert(1, "2026-01-01 06:00:00")
        try await scada.insert(1, "2026-01-01 06:01:00")
        let twice = try await #require(throws: SourceError.self) {
            try await scada.source().readings(after: .start, countMax: 1)
        }
        #expect(twice.code == .orderUnusable)
        try await scada.execute("UPDATE jk2 SET id = 'x' || created_timestamp")
        let text = try await #require(throws: SourceError.self) {
            try await scada.source().readings(after: .start, countMax: 9)
        }
        #expect(text.code == .orderUnusable)
    }

    @Test(arguments: [1, 2, 4, 5, 7, 100])
    func `the second pass of a doubled hour is known across batches and restarts`(countMax: Int) async throws {
        try await scada.createFurnace()
        let times = ["00:50", "01:00", "01:20", "01:40", "01:59", "01:05", "01:20", "01:45", "02:00"]
        try await scada.insert(times.enumerated().map { (Int64($0 + 1), "2026-11-01 \($1):00") })
        let schema = ScadaFixture.furnaceSchema(zone: "America/New_York")
        var cursor = Cursor.start
        var readings: [Reading] = []
        while readings.count < times.count {
            let batch = try await scada.source(schema: schema).readings(after: cursor, countMax: countMax)
            readings += batch.readings
            cursor = batch.cursor
        }
        #expect(
            readings.map { String($0.instant.description.dropFirst(11).prefix(5)) }
                == ["04:50", "05:00", "05:20", "05:40", "05:59", "06:05", "06:20", "06:45", "07:00"]
        )
    }
}
