import Connectors
import Plant
import TestSupport
import Testing

@Suite struct PushMapperTests {
    private var schema: SignalSchema
    private var mapper: PushMapper

    init() throws {
        schema = SignalSchema(
            organization: "northwind",
            timestampColumn: "time",
            assetColumn: "machine",
            continuousColumns: ["temperature", "pressure"],
            booleanColumns: ["fault"]
        )
        schema.timeZone = "Asia/Kolkata"
        schema.columnMapping = ["TEMP": "temperature"]
        mapper = try PushMapper(schema: schema)
    }

    private func rows(_ body: String, _ format: PushedRows.Format = .json, max: Int = 100) throws -> PushedRows {
        var mapper = mapper
        return try mapper.rows(in: Array(body.utf8), as: format, rowCountMax: max)
    }

    private func failure(_ body: String, _ format: PushedRows.Format = .json, max: Int = 100) throws -> FileError {
        try #require(throws: FileError.self) { try rows(body, format, max: max) }
    }

    private static let row = #"{"time": "2026-01-01 05:30:00", "machine": "a", "TEMP": 850.2, "fault": true}"#
    private var expected: Reading {
        Reading(asset: "a", instant: .t0, values: [850.2, .nan, 1])
    }

    @Test(arguments: [
        (PushedRows.Format.json, "[\(row)]"), (.json, #" { "note": [1, {}], "readings": [\#(row)] } "#),
        (.ndjson, row), (.ndjson, "\n\(row)\r\n\n"),
        (.csv, "machine,time,TEMP,fault,note\r\na,2026-01-01 05:30:00,850.2,true,\"x, y\"\r\n"),
        (.csv, "time,machine,TEMP,fault\n2026-01-01T00:00:00Z,a,\"850.2\",1\n"),
    ])
    func `every format gives the same reading`(format: PushedRows.Format, body: String) throws {
        let pushed = try rows(body, format)
        #expect(pushed.readings == [expected])
        #expect(pushed.rows == 1)
        #expect(pushed.missingColumns == ["pressure"])
        #expect(pushed.problems.isEmpty && pushed.quarantined.isEmpty)
    }

    @Test func `numbers lose no digit, as numbers, as text, or where they name an asset`() throws {
        let numbers = [
            "0.1", "-0", "1e-7", "123456789.123456789", "9007199254740993", "4.9e-324", "0.30000000000000004",
        ]
        for number in numbers {
            for written in [number, "\"\(number)\""] {
                let body = #"[{"time": "2026-01-01T00:00:00Z", "machine": 12345678901234567890, "TEMP": \#(written)}]"#
                let reading = try #require(try rows(body).readings.first)
                #expect(reading.values[0].bitPattern == Double(number)?.bitPattern, "\(written)")
                #expect(reading.asset == "12345678901234567890")
            }
        }
    }

    @Test(arguments: ["null", "\"\"", "\"n/a\"", "NaN", "Infinity", "-Infinity", "1e999", "\"inf\""])
    func `what is no finite number is missing`(value: String) throws {
        let body = #"[{"time": "2026-01-01T00:00:00Z", "machine": "a", "TEMP": \#(value)}]"#
        #expect(try rows(body).readings.first?.values[0].isNaN == true)
    }

    @Test func `a quality beside a row marks its tags`() throws {
        let body = #"""
            [{"time": "2026-01-01T00:00:00Z", "machine": "a", "TEMP": 1, "pressure": 2, "fault": 0,
              "quality": {"TEMP": "bad", "pressure": "good", "fault": "UNCERTAIN", "other": "bad"}}]
            """#
        let reading = try #require(try rows(body).readings.first)
        #expect(reading.values == [1, 2, 0])
        #expect(reading.notGood == [0, 2])
        #expect(Sample(reading).values[0].isNaN)
    }

    @Test func `a row that is no row is told by its number, and the others stand`() throws {
        let body = #"[17, \#(Self.row), {"TEMP": [1]}, {"machine": "a", "quality": {"TEMP": "fine"}}]"#
        let pushed = try rows(body)
        #expect(pushed.rows == 4)
        #expect(pushed.readings == [expected])
        #expect(pushed.problems.map(\.row) == [1, 3, 4])
        #expect(pushed.problems[1].reason.contains("'TEMP'"))
        #expect(pushed.problems[2].reason.contains("good, uncertain, bad"))
    }

    @Test func `a row without a place in time is quarantined with its number and its text`() throws {
        let pushed = try rows(#"[\#(Self.row), {"machine": "a", "TEMP": 1}, {"time": "2026-01-01T00:00:00Z"}]"#)
        #expect(pushed.readings.count == 1)
        #expect(
            pushed.quarantined.map(\.row) == [#"{"machine": "a", "TEMP": 1}"#, #"{"time": "2026-01-01T00:00:00Z"}"#]
        )
        #expect(pushed.quarantined[0].reason.hasPrefix("row 2: the timestamp column 'time' is empty"))
        #expect(pushed.quarantined[1].reason.hasPrefix("row 3: the asset column 'machine' is empty"))
    }

    @Test func `a broken line of NDJSON is told by its number and harms no other`() throws {
        let pushed = try rows("\(Self.row)\n\n{\"TEMP\": }\n\(Self.row) x\n[1]\n\(Self.row)\n", .ndjson)
        #expect(pushed.rows == 5)
        #expect(pushed.readings == [expected, expected])
        #expect(pushed.problems.map(\.row) == [3, 4, 5])
        #expect(pushed.problems[0].reason.hasPrefix("column 10: "))
    }

    @Test(arguments: [
        ("[\(row)", 1, 79), ("[\n{\"TEMP\": 1,}]", 2, 12), ("[{\"TEMP\": 01}]", 1, 11), ("[{\"TEMP\": .5}]", 1, 11),
        ("[{\"ü\": tru}]", 1, 8), ("[{'TEMP': 1}]", 1, 3), ("[] []", 1, 4), ("[{\"TEMP\": \"\\x\"}]", 1, 13),
        ("\"text\"", 1, 1), ("[{\"TEMP\": \"\\ud800\"}]", 1, 13), ("[{\"TEMP\" 1}]", 1, 10), ("[{}{}]", 1, 4),
    ])
    func `JSON that is broken is an error with its place`(body: String, line: Int, column: Int) throws {
        let error = try failure(body)
        #expect(error.code == .syntax)
        #expect((error.line, error.column) == (line, column), "\(error)")
    }

    @Test func `escapes and surrogate pairs are read`() throws {
        let body =
            #"[{"time": "2026-01-01T00:00:00Z", "m\u0061chine": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00Ω", "TEMP": 1}]"#
        #expect(try rows(body).readings.first?.asset == "\"\\/\u{8}\u{C}\n\r\té😀Ω")
    }

    @Test func `a body is bounded in rows and in depth`() throws {
        let bodies: [(PushedRows.Format, String)] = [
            (.json, "[\(Self.row),\(Self.row),\(Self.row)]"), (.ndjson, "\(Self.row)\n\(Self.row)\n\(Self.row)"),
            (.csv, "time,machine\n1,a\n2,a\n3,a\n"),
        ]
        for (format, body) in bodies {
            #expect(try failure(body, format, max: 2).code == .tooManyRows)
        }
        let deep = String(repeating: "[", count: 10_000)
        #expect(try failure(#"[{"x": \#(deep)"#).message.contains("64 deep"))
        let deepObjects = String(repeating: #"{"x":"#, count: 10_000)
        #expect(try failure(#"[{"x": \#(deepObjects)"#).message.contains("64 deep"))
    }

    @Test func `bytes that are not UTF-8 are refused`() throws {
        var mapper = mapper
        var body = Array(Self.row.utf8)
        body[body.firstIndex(of: UInt8(ascii: "a")) ?? 0] = 0xE9
        let error = try #require(throws: FileError.self) { try mapper.rows(in: [0x5B] + body + [0x5D], as: .json) }
        #expect(error.code == .syntax)
        #expect(try mapper.rows(in: body, as: .ndjson).problems.count == 1)
    }

    @Test func `an empty body, an envelope without readings and a CSV without times are refused`() throws {
        #expect(try failure("").code == .empty)
        #expect(try failure("\n", .ndjson).code == .empty)
        #expect(try failure("", .csv).code == .empty)
        #expect(try failure(#"{"rows": []}"#).message.contains("'readings'"))
        #expect(try failure("machine,TEMP\na,1\n", .csv).code == .columnMissing)
        #expect(try failure("time,machine,TEMP,TEMP\n", .csv).code == .columnRepeated)
        #expect(try failure("time,machine\n1\n", .csv).code == .fieldCount)
        #expect(try rows("[]").readings.isEmpty)
    }

    @Test func `the second pass of a doubled hour is known from body to body, but not from a broken one`() throws {
        var schema = schema
        schema.timeZone = "America/New_York"
        var mapper = try PushMapper(schema: schema)
        func instants(_ times: [String], end: String = "]") throws -> [String] {
            let rows = times.map { #"{"time": "2026-11-01 \#($0):00", "machine": "a", "TEMP": 1}"# }
            return try mapper.rows(in: Array(("[" + rows.joined(separator: ",") + end).utf8), as: .json)
                .readings.map { String($0.instant.description.dropFirst(11).prefix(5)) }
        }
        #expect(try instants(["01:10", "01:50"]) == ["05:10", "05:50"])
        #expect(throws: FileError.self) { try instants(["01:05"], end: "") }
        #expect(try instants(["01:55"]) == ["05:55"])
        #expect(try instants(["01:10", "02:10"]) == ["06:10", "07:10"])
    }

    @Test(arguments: [
        ("application/json", PushedRows.Format?.some(.json)), ("Application/JSON; charset=utf-8", .json),
        ("application/x-ndjson", .ndjson), ("text/csv;header=present", .csv), ("text/plain", nil), ("", nil),
    ])
    func `a content type names the format`(type: String, expected: PushedRows.Format?) {
        #expect(PushedRows.Format(contentType: type) == expected)
    }

    @Test func `a mapper that goes on after what is kept knows the pass of a doubled hour`() throws {
        var schema = schema
        schema.timeZone = "Europe/Berlin"
        schema.allowedLatenessSeconds = 300
        func body(_ times: [String]) -> [UInt8] {
            Array("[\(times.map { #"{"time":"2026-10-25 \#($0)","machine":"a"}"# }.joined(separator: ","))]".utf8)
        }
        var whole = try PushMapper(schema: schema)
        let before = try whole.rows(in: body(["02:10:00", "02:50:00", "02:05:00"]), as: .json).readings
        let after = body(["02:20:00", "02:40:00", "03:00:00"])
        let expected = try whole.rows(in: after, as: .json).readings
        let latest = ["a": try #require(before.map(\.instant).max())]
        var resumed = try PushMapper(schema: schema, after: latest)
        #expect(try resumed.rows(in: after, as: .json).readings == expected)
        #expect(expected[0].instant > before[2].instant)
    }
}
