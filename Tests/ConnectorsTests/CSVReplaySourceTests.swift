import Connectors
import Plant
import Synchronization
import TestSupport
import Testing

@Suite struct CSVReplaySourceTests {
    private let folder: TemporaryDirectory
    private let path: String
    private var schema = SignalSchema(
        organization: "northwind",
        timestampColumn: "time",
        assetColumn: "machine",
        continuousColumns: ["x"]
    )

    init() throws {
        folder = try TemporaryDirectory()
        schema.timeZone = "America/New_York"
        let times = ["00:50", "01:10", "01:50", "never", "01:10", "01:50", "02:10"]
        let rows = times.enumerated().map { "2026-11-01 \($1):00,a,\($0)\n" }
        path = try folder.write("time,machine,x\n" + rows.joined(), to: "replay.csv")
    }

    private func all(countMax: Int, restarts: Bool) async throws -> (readings: [Reading], quarantined: [QuarantinedRow])
    {
        var source = try CSVReplaySource(path: path, schema: schema)
        var cursor = Cursor.start
        var readings: [Reading] = []
        var quarantined: [QuarantinedRow] = []
        while true {
            let batch = try await source.readings(after: cursor, countMax: countMax)
            guard !batch.readings.isEmpty || !batch.quarantined.isEmpty else { return (readings, quarantined) }
            #expect(batch.readings.count + batch.quarantined.count <= countMax)
            readings += batch.readings
            quarantined += batch.quarantined
            cursor = batch.cursor
            if restarts { source = try CSVReplaySource(path: path, schema: schema) }
        }
    }

    @Test(arguments: [1, 2, 3, 100], [true, false])
    func `a replay is the file's rows in its order, however it is cut`(countMax: Int, restarts: Bool) async throws {
        let (readings, quarantined) = try await all(countMax: countMax, restarts: restarts)
        #expect(readings.map { $0.values[0] } == [0, 1, 2, 4, 5, 6])
        #expect(
            readings.map { String($0.instant.description.dropFirst(11).prefix(5)) }
                == ["04:50", "05:10", "05:50", "06:10", "06:50", "07:10"]
        )
        #expect(quarantined.map(\.row) == ["2026-11-01 never:00,a,3"])
        #expect(quarantined.first?.reason.hasPrefix("line 5: ") == true)
    }

    @Test func `rows come no sooner than their time`() async throws {
        let now = Mutex(Instant.at("2026-11-01T05:20:00Z"))
        let source = try CSVReplaySource(path: path, schema: schema) { now.withLock { $0 } }
        let first = try await source.readings(after: .start, countMax: 100)
        #expect(first.readings.count == 2)
        #expect(try await source.readings(after: first.cursor, countMax: 100).readings.isEmpty)
        now.withLock { $0 = .at("2026-11-01T06:10:00Z") }
        let second = try await source.readings(after: first.cursor, countMax: 100)
        #expect(second.readings.map { $0.values[0] } == [2, 4])
    }

    @Test func `an older cursor is gone back to`() async throws {
        let source = try CSVReplaySource(path: path, schema: schema)
        let first = try await source.readings(after: .start, countMax: 2)
        let second = try await source.readings(after: first.cursor, countMax: 3)
        let again = try await source.readings(after: first.cursor, countMax: 3)
        #expect(again.readings == second.readings)
        #expect(again.cursor == second.cursor)
    }

    @Test func `a missing file, a broken row and a foreign cursor are told apart`() async throws {
        let missing = try CSVReplaySource(path: folder.path("none.csv"), schema: schema)
        let noFile = try await #require(throws: SourceError.self) {
            try await missing.readings(after: .start, countMax: 1)
        }
        #expect(noFile.code == .fileMissing)
        let broken = try folder.write("time,machine,x\n2026-11-01 00:00:00,a\n", to: "broken.csv")
        let badRow = try await #require(throws: SourceError.self) {
            try await CSVReplaySource(path: broken, schema: schema).readings(after: .start, countMax: 1)
        }
        #expect(badRow.code == .fileBroken)
        #expect(badRow.message.contains("broken.csv:2:"))
        for position in ["x", "-1", "99"] {
            let error = try await #require(throws: SourceError.self) {
                try await CSVReplaySource(path: path, schema: schema)
                    .readings(after: Cursor(position: position), countMax: 1)
            }
            #expect(error.code == .cursorUnreadable)
        }
    }
}
