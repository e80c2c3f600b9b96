import Connectors
import Database
import Plant
import TestSupport
import Testing

/// Tables without a growing number, whose rows are found by their timestamp.
@Suite struct SQLPollingByTimeTests {
    private let scada: ScadaFixture

    init() async throws {
        scada = try ScadaFixture()
        try await scada.createFurnace()
    }

    private func source(overlap: Int = 60, zone: String = "Asia/Kolkata", now: Instant = .distantFuture) throws
        -> SQLPollingSource
    {
        var schema = ScadaFixture.furnaceSchema(zone: zone)
        if zone != "Asia/Kolkata" { schema.doubledHour = .earlier }
        return try scada.source(orderColumn: nil, overlapSeconds: overlap, schema: schema, now: now)
    }

    @Test func `rows with an older timestamp are found once, within the overlap`() async throws {
        var cursor = Cursor.start
        try await scada.insert(1, "2026-01-01 06:01:00.500")
        try await scada.insert(2, "2026-01-01 06:02:00.500")
        #expect(try await source().all(after: &cursor).map { $0.values[1] } == [1, 2])
        try await scada.insert(3, "2026-01-01 06:01:00.500")
        try await scada.insert(4, "2026-01-01 06:00:00.500")
        try await scada.insert(5, "2026-01-01 06:02:30.500")
        #expect(try await source().all(after: &cursor).map { $0.values[1] } == [3, 5])
        #expect(try await source().all(after: &cursor).isEmpty)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `no row is lost or read twice, whatever the order of commits`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let count = 160
        var seconds = (0..<count).map { $0 / 3 }
        for start in stride(from: 0, to: count, by: 12) {
            seconds[start..<min(start + 12, count)].shuffle(using: &generator)
        }
        var cursor = Cursor.start
        var found: [Double] = []
        let separator = seed.isMultiple(of: 2) ? "T" : " "
        var rows = seconds.enumerated().map { index, second in
            (Int64(index), Optional("2026-01-01\(separator)06:00:\(second < 10 ? "0" : "")\(second)"))
        }
        while !rows.isEmpty {
            let committed = rows.prefix(Int.random(in: 1...8, using: &generator))
            rows.removeFirst(committed.count)
            try await scada.insert(Array(committed))
            let batch = try await source(overlap: 20)
                .readings(after: cursor, countMax: Int.random(in: 1...9, using: &generator))
            guard Int.random(in: 0..<5, using: &generator) > 0 else { continue }
            found += batch.readings.map { $0.values[1] }
            cursor = batch.cursor
        }
        found += try await source(overlap: 20).all(after: &cursor, countMax: 7).map { $0.values[1] }
        #expect(found.count == count && Set(found) == Set(seconds.indices.map(Double.init)))
    }

    @Test func `a row from the future hides nothing and comes once`() async throws {
        var cursor = Cursor.start
        let now = Instant.at("2026-01-01T00:35:00Z")
        try await scada.insert(1, "2026-01-01 06:00:00")
        try await scada.insert(2, "2099-01-01 06:00:00")
        #expect(try await source(now: now).all(after: &cursor).map { $0.values[1] } == [1, 2])
        try await scada.insert(3, "2026-01-01 06:01:00")
        #expect(try await source(now: now).all(after: &cursor, countMax: 1).map { $0.values[1] } == [3])
        #expect(try await source(now: now).all(after: &cursor).isEmpty)
    }

    @Test func `rows alike in all columns are read as often as they stand there`() async throws {
        try await scada.execute("CREATE TABLE plain (created_timestamp TEXT, HZ1_PV TEXT, oilpv REAL, hz1hfail INT)")
        var cursor = Cursor.start
        let row: SQL = "INSERT INTO plain VALUES ('2026-01-01 06:00:00', '1', 1, 0)"
        try await scada.execute(row, row, row, row, row)
        let source = try scada.source(orderColumn: nil, table: "plain")
        #expect(try await source.all(after: &cursor, countMax: 2).count == 5)
        try await scada.execute(row)
        #expect(try await source.all(after: &cursor).count == 1)
    }

    @Test func `an hour repeated on the clock is not passed by`() async throws {
        var cursor = Cursor.start
        let zone = "America/New_York"
        try await scada.insert(1, "2026-11-01 01:59:00")
        #expect(try await source(zone: zone).all(after: &cursor).count == 1)
        try await scada.insert(2, "2026-11-01 01:05:00")
        #expect(try await source(zone: zone).all(after: &cursor).map { $0.values[1] } == [2])
        try await scada.execute("UPDATE jk2 SET created_timestamp = '2026-10-25T02:59:00+02:00' WHERE id = 1")
        try await scada.execute("DELETE FROM jk2 WHERE id = 2")
        cursor = .start
        #expect(try await source(zone: zone).all(after: &cursor).count == 1)
        try await scada.insert(2, "2026-10-25T02:01:00+01:00")
        #expect(try await source(zone: zone).all(after: &cursor).map { $0.values[1] } == [2])
    }

    @Test func `doubled hours can't be told apart by an order that is not there`() throws {
        let problem = try #require(throws: SchemaProblem.self) {
            try scada.source(orderColumn: nil, schema: ScadaFixture.furnaceSchema(zone: "Europe/Amsterdam"))
        }
        #expect(problem.path == ["doubledHour"])
        #expect(problem.message.contains("orderColumn"))
    }

    @Test func `a time written with a T hides none of those with a space`() async throws {
        var cursor = Cursor.start
        try await scada.insert(1, "2026-01-01 06:01:00")
        try await scada.insert(2, "2026-01-01T06:02:00")
        #expect(try await source().all(after: &cursor).map { $0.values[1] } == [1, 2])
        for number in 3...9 {
            try await scada.insert(Int64(number), "2026-01-01\(number == 5 ? "T" : " ")06:0\(number):00")
            #expect(try await source().all(after: &cursor).map { $0.values[1] } == [Double(number)])
        }
    }
}
