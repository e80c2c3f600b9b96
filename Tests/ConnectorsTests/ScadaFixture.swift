import Connectors
import Database
import Plant
import TestSupport
import Testing

/// A SCADA database in a folder of its own, written as the plant's own software would.
struct ScadaFixture {
    let folder: TemporaryDirectory
    let path: String
    let database: SQLiteDatabase

    init(folder: TemporaryDirectory, path: String, database: SQLiteDatabase) {
        self.folder = folder
        self.path = path
        self.database = database
    }

    init() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path("scada.db")
        self.init(folder: folder, path: path, database: try SQLiteDatabase(.file(path)))
    }

    func execute(_ statements: SQL...) async throws {
        try await database.transaction { transaction in
            for statement in statements { try transaction.execute(statement) }
        }
    }

    /// A table of the furnace's kind, numbers as text, times without a zone.
    func createFurnace() async throws {
        try await execute(
            """
            CREATE TABLE jk2 (
                id INTEGER PRIMARY KEY,
                created_timestamp TEXT,
                HZ1_PV TEXT,
                oilpv REAL,
                hz1hfail BOOLEAN
            )
            """
        )
    }

    func insert(_ id: Int64, _ time: String?, _ value: String? = "850.2") async throws {
        try await insert([(id, time)], value)
    }

    func insert(_ rows: [(id: Int64, time: String?)], _ value: String? = "850.2") async throws {
        try await database.transaction { transaction in
            for (id, time) in rows {
                try transaction.execute(
                    """
                    INSERT INTO jk2 (id, created_timestamp, HZ1_PV, oilpv, hz1hfail)
                    VALUES (\(id), \(time), \(value), \(Double(id)), \(false))
                    """
                )
            }
        }
    }

    static func furnaceSchema(zone: String = "Asia/Kolkata") -> SignalSchema {
        var schema = SignalSchema(
            organization: "northwind",
            timestampColumn: "created_timestamp",
            continuousColumns: ["hz1pv", "oilpv"],
            booleanColumns: ["hz1hfail"]
        )
        schema.columnMapping = ["HZ1_PV": "hz1pv"]
        schema.timeZone = zone
        return schema
    }

    /// A new source, as after a restart.
    func source(
        orderColumn: String? = "id",
        overlapRows: Int = 1_000,
        overlapSeconds: Int = 600,
        table: String = "jk2",
        schema: SignalSchema = ScadaFixture.furnaceSchema(),
        now: Instant = .distantFuture
    ) throws -> SQLPollingSource {
        let options = SQLPollingOptions(
            path: path,
            table: table,
            orderColumn: orderColumn,
            overlapRows: overlapRows,
            overlapSeconds: overlapSeconds
        )
        return try SQLPollingSource(options: options, schema: schema) { now }
    }
}

extension SQLPollingSource {
    /// All that is there after a cursor, batch by batch.
    func all(after cursor: inout Cursor, countMax: Int = 100) async throws -> [Reading] {
        var all: [Reading] = []
        while true {
            let batch = try await readings(after: cursor, countMax: countMax)
            #expect(batch.readings.count + batch.quarantined.count <= countMax)
            guard !batch.readings.isEmpty || !batch.quarantined.isEmpty else {
                cursor = batch.cursor
                return all
            }
            all += batch.readings
            cursor = batch.cursor
        }
    }
}
