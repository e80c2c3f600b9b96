import Connectors
import Plant
import TestSupport
import Testing

@Suite struct ReadingsFileTests {
    private let folder: TemporaryDirectory
    private var schema: SignalSchema

    init() throws {
        folder = try TemporaryDirectory()
        schema = SignalSchema(
            organization: "northwind",
            timestampColumn: "time",
            assetColumn: "machine",
            continuousColumns: ["temperature", "pressure"],
            booleanColumns: ["fault"]
        )
        schema.timeZone = "UTC"
    }

    private func load(_ text: String, _ schema: SignalSchema? = nil) throws -> ReadingsFile {
        try ReadingsFile.load(path: folder.write(text, to: "readings.csv"), schema: schema ?? self.schema)
    }

    @Test func `rows are sorted by asset and instant, and each stands once`() throws {
        let file = try load(
            """
            time,machine,temperature,pressure,fault
            2026-01-01 02:00:00,b,3,,0
            2026-01-01 01:00:00,b,2,1.5,true
            2026-01-01 02:00:00,a,1,1.5,0
            2026-01-01 02:00:00,b,3,,0
            2026-01-01 02:00:00,b,4,,0
            2026-01-01T02:00:00Z,b,3.0,,no
            """
        )
        #expect(file.readings.map(\.asset) == ["a", "b", "b"])
        #expect(file.readings.map { $0.values[0] } == [1, 2, 3])
        #expect(file.readings[1].values == [2, 1.5, 1])
        #expect(file.report.rows == 6)
        #expect(file.report.repeated == 2)
        #expect(file.report.conflicting == 1)
    }

    @Test func `assets are in plain string order, not in that of numbers`() throws {
        let rows = [10, 9, 1, 100, 2].map { "2026-01-01 00:00:00,\($0),1,1,0" }
        let file = try load((["time,machine,temperature,pressure,fault"] + rows).joined(separator: "\n"))
        #expect(file.readings.map(\.asset) == ["1", "10", "100", "2", "9"])
    }

    @Test func `numbers come as text, and what is no number is missing`() throws {
        let file = try load(
            """
            time,machine,temperature,pressure,fault
            2026-01-01 00:00:00,a,"850.2",,yes
            2026-01-01 00:01:00,a, 850.2 ,NaN,2
            2026-01-01 00:02:00,a,inf,1e400,off
            2026-01-01 00:03:00,a,off,-1.5E2,
            """
        )
        let temperatures = file.readings.map { $0.values[0] }
        #expect(temperatures[0] == 850.2 && temperatures[1] == 850.2)
        #expect(temperatures[2].isNaN && temperatures[3].isNaN)
        #expect(file.readings.prefix(3).allSatisfy { $0.values[1].isNaN })
        #expect(file.readings[3].values[1] == -150)
        #expect(file.readings[0].values[2] == 1 && file.readings[2].values[2] == 0)
        #expect(file.readings[1].values[2].isNaN && file.readings[3].values[2].isNaN)
    }

    @Test func `a missing column is missing values and one warning, an unknown one is passed over`() throws {
        var schema = schema
        schema.columnMapping = ["TEMP": "temperature"]
        schema.targetColumn = "failed"
        let file = try load("time,machine,TEMP,fault,note\n2026-01-01 00:00:00,a,1,0,\"all, well\"\n", schema)
        #expect(file.report.missingColumns == ["pressure"])
        #expect(file.report.missingTarget == "failed")
        #expect(file.readings[0].values[0] == 1)
        #expect(file.readings[0].values[1].isNaN)
    }

    @Test func `a row without a place in time is quarantined, counted and told`() throws {
        let rows = (0..<8).map { "2026-01-0\($0 + 1) 00:00:00,\($0 == 4 ? "" : "a"),1,1,0" }
        let head = ["time,machine,temperature,pressure,fault", "yesterday,a,1,1,0", ",a,1,1,0"]
        let file = try load((head + rows).joined(separator: "\n"))
        #expect(file.report.rows == 10)
        #expect(file.report.quarantined == 3)
        #expect(file.report.quarantinedRows.map(\.line) == [2, 3, 8])
        #expect(file.report.quarantinedRows[0].reason.contains("'yesterday'"))
        #expect(file.readings.count == 7)
    }

    @Test func `a file none of whose rows has a time is refused with an example`() throws {
        var schema = schema
        schema.timeZone = nil
        let error = try #require(throws: FileError.self) {
            try load("time,machine,temperature\n2026-01-01 00:00:00,a,1\n2026-01-01 00:01:00,a,1\n", schema)
        }
        #expect(error.code == .noReadings)
        #expect("\(error)".hasSuffix("add one, such as timeZone: Asia/Kolkata"))
        #expect(error.line == 2)
    }

    @Test func `a broken row is an error with its line, not a row left out`() throws {
        let error = try #require(throws: FileError.self) {
            try load("time,machine,temperature,pressure,fault\n2026-01-01 00:00:00,a,1,1,0\n2026-01-01 00:01:00,a\n")
        }
        #expect(error.code == .fieldCount)
        #expect(error.line == 3)
    }

    @Test func `a header without the time, with a column twice or with semicolons is refused`() throws {
        let noTime = try #require(throws: FileError.self) { try load("when,machine,temperature\n") }
        #expect(noTime.code == .columnMissing)
        #expect(noTime.message.contains("'time'") && noTime.message.contains("when, machine, temperature"))
        let twice = try #require(throws: FileError.self) { try load("time,machine,pressure,pressure\n") }
        #expect(twice.code == .columnRepeated)
        let semicolons = try #require(throws: FileError.self) { try load("time;machine;temperature\n") }
        #expect(semicolons.message.contains("semicolons"))
    }

    @Test func `an asset keeps its name's spelling`() throws {
        let file = try load("time,machine,temperature\n2026-01-01 00:00:00,007,1\n2026-01-01 00:00:00,7.0,2\n")
        #expect(file.readings.map(\.asset) == ["007", "7.0"])
    }

    @Test func `a doubled hour is told apart by the file's order, asset by asset`() throws {
        var schema = schema
        schema.timeZone = "America/New_York"
        let times = ["00:50", "01:10", "01:50", "01:10", "01:50", "02:10"]
        let rows = times.flatMap { ["2026-11-01 \($0):00,b,1,1,0", "2026-11-01 \($0):00,a,1,1,0"] }
        let header = "time,machine,temperature,pressure,fault"
        let file = try load(([header] + rows).joined(separator: "\n"), schema)
        let expected = [
            "2026-11-01T04:50:00Z", "2026-11-01T05:10:00Z", "2026-11-01T05:50:00Z", "2026-11-01T06:10:00Z",
            "2026-11-01T06:50:00Z", "2026-11-01T07:10:00Z",
        ]
        #expect(file.readings.filter { $0.asset == "a" }.map(\.instant.description) == expected)
        #expect(file.readings.filter { $0.asset == "b" }.map(\.instant.description) == expected)
    }

    @Test func `Lord Howe's clocks repeat half an hour and skip half an hour`() throws {
        var schema = schema
        schema.timeZone = "Australia/Lord_Howe"
        let file = try load(
            """
            time,machine,temperature,pressure,fault
            2026-04-05 01:20:00,a,1,1,0
            2026-04-05 01:40:00,a,1,1,0
            2026-04-05 01:55:00,a,1,1,0
            2026-04-05 01:40:00,a,1,1,0
            2026-04-05 02:00:00,a,1,1,0
            2026-10-04 01:59:00,a,1,1,0
            2026-10-04 02:15:00,a,1,1,0
            2026-10-04 02:30:00,a,1,1,0
            """,
            schema
        )
        #expect(
            file.readings.map(\.instant.description) == [
                "2026-04-04T14:20:00Z", "2026-04-04T14:40:00Z", "2026-04-04T14:55:00Z", "2026-04-04T15:10:00Z",
                "2026-04-04T15:30:00Z", "2026-10-03T15:29:00Z", "2026-10-03T15:30:00Z",
            ]
        )
        #expect(file.report.quarantinedRows.map(\.line) == [8])
        #expect(file.report.quarantinedRows.first?.reason.contains("never was") == true)
    }

    @Test(.enabled(if: SharedData.isThere, "needs the shared data"))
    func `Azure's daily rows are all read, with progress`() throws {
        let schema = try SharedSchema.azureDaily.schema()
        var calls: [Int64] = []
        var total: Int64 = 0
        let file = try ReadingsFile.load(path: SharedData.path("azure-pdm/readings_daily.csv.gz"), schema: schema) {
            calls.append($0)
            total = $1
        }
        #expect(Set(file.readings.map(\.asset)).count == 65)
        #expect(file.report.quarantined == 0 && file.report.missingColumns.isEmpty && file.report.conflicting == 0)
        #expect(file.readings.count + file.report.repeated == file.report.rows)
        #expect(file.readings.count - file.report.events == 17_745)
        #expect(calls == calls.sorted() && calls.last == total)
    }
}
