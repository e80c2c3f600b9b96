import Connectors
import Database
import FoundationEssentials
import Plant
import TestSupport
import Testing

@Suite struct SQLPollingErrorsTests {
    private let scada: ScadaFixture

    init() throws { scada = try ScadaFixture() }

    private func failure(of source: SQLPollingSource, after cursor: Cursor = .start) async throws -> SourceError {
        try await #require(throws: SourceError.self) { try await source.readings(after: cursor, countMax: 10) }
    }

    /// A database with one row, closed again.
    private func writeFurnace(at path: String, id: Int64) async throws {
        let other = ScadaFixture(folder: scada.folder, path: path, database: try SQLiteDatabase(.file(path)))
        try await other.createFurnace()
        try await other.insert(id, "2026-01-01 06:00:00")
    }

    @Test func `a table that is not there is an error that lists those that are`() async throws {
        try await scada.createFurnace()
        let error = try await failure(of: scada.source(table: "jk1"))
        #expect(error.code == .tableMissing)
        #expect(error.message.contains("'jk1'") && error.message.contains("jk2") && error.message.contains(scada.path))
        #expect(!error.isTransient)
    }

    @Test func `a needed column that is not there is an error, a tag's is a missing value`() async throws {
        try await scada.createFurnace()
        var schema = ScadaFixture.furnaceSchema()
        schema.timestampColumn = "created_timestmp"
        let time = try await failure(of: scada.source(schema: schema))
        #expect(time.code == .columnMissing)
        #expect(time.message.contains("did you mean created_timestamp"))
        let order = try await failure(of: scada.source(orderColumn: "number"))
        #expect(order.code == .columnMissing)
        schema = ScadaFixture.furnaceSchema()
        schema.continuousColumns.append("cppv")
        try await scada.insert(1, "2026-01-01 06:00:00")
        let source = try scada.source(schema: schema)
        #expect(try await source.missingColumns() == ["cppv"])
        let batch = try await source.readings(after: .start, countMax: 10)
        #expect(batch.readings[0].values[2].isNaN)
    }

    @Test func `a file that is not there may come, and one put in its place is read`() async throws {
        let path = scada.folder.path("later.db")
        let options = SQLPollingOptions(path: path, table: "jk2", orderColumn: "id")
        let source = try SQLPollingSource(options: options, schema: ScadaFixture.furnaceSchema()) { .distantFuture }
        let missing = try await failure(of: source)
        #expect(missing.code == .fileMissing)
        #expect(missing.isTransient)
        try await writeFurnace(at: path, id: 1)
        let first = try await source.readings(after: .start, countMax: 10)
        #expect(first.readings.count == 1)
        try await writeFurnace(at: scada.folder.path("other.db"), id: 2)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: scada.folder.path("other.db"), toPath: path)
        #expect(try await source.readings(after: first.cursor, countMax: 10).readings.map { $0.values[1] } == [2])
    }

    @Test func `a file that is no database is said to be none`() async throws {
        let path = try scada.folder.write(String(repeating: "no database\n", count: 400), to: "text.db")
        let options = SQLPollingOptions(path: path, table: "jk2", orderColumn: "id")
        let source = try SQLPollingSource(options: options, schema: ScadaFixture.furnaceSchema()) { .distantFuture }
        let error = try await failure(of: source)
        #expect(error.code == .corrupt)
    }

    @Test(arguments: ["17", "{}", #"{"time":{"from":"","seen":""}}"#, #"{"sequence":{"high":1,"gaps":[[3,1]]}}"#])
    func `a cursor of another source is refused`(position: String) async throws {
        try await scada.createFurnace()
        let error = try await failure(of: scada.source(), after: Cursor(position: position))
        #expect(error.code == .cursorUnreadable)
    }

    @Test func `names are quoted, whatever stands in them`() async throws {
        let odd = #"jk2"; DROP TABLE jk2; --"#
        try await scada.execute(
            """
            CREATE TABLE \(identifier: odd)
            (\(identifier: "i d"), \(identifier: "when"), \(identifier: #"Torque "peak" [Nm]"#))
            """,
            "INSERT INTO \(identifier: odd) VALUES (1, '2026-01-01 05:30:00', '42.8')"
        )
        var schema = SignalSchema(
            organization: "northwind",
            timestampColumn: "when",
            continuousColumns: [#"Torque "peak" [Nm]"#]
        )
        schema.timeZone = "Asia/Kolkata"
        let batch = try await scada.source(orderColumn: "i d", table: odd, schema: schema)
            .readings(after: .start, countMax: 10)
        #expect(batch.readings == [Reading(asset: Asset.onlyName, instant: .t0, values: [42.8])])
    }

    @Test func `whole numbers too big for a double keep their digits where they name an asset`() async throws {
        try await scada.execute(
            "CREATE TABLE jk2 (id INTEGER PRIMARY KEY, machine INTEGER, created_timestamp TEXT, hz1pv REAL)",
            "INSERT INTO jk2 VALUES (1, 9007199254740993, '2026-01-01 05:30:00', 1), (2, 7, '2026-01-01 05:30:00', 2)"
        )
        var schema = SignalSchema(
            organization: "northwind",
            timestampColumn: "created_timestamp",
            assetColumn: "machine",
            continuousColumns: ["hz1pv"]
        )
        schema.timeZone = "Asia/Kolkata"
        let batch = try await scada.source(schema: schema).readings(after: .start, countMax: 10)
        #expect(batch.readings.map(\.asset) == ["9007199254740993", "7"])
    }
}
