import Connectors
import Models
import Plant
import TestSupport
import Testing

@Suite struct FailuresFileTests {
    private let folder: TemporaryDirectory
    private var schema: SignalSchema

    init() throws {
        folder = try TemporaryDirectory()
        schema = SignalSchema(organization: "northwind", assetColumn: "machine", continuousColumns: ["temperature"])
        schema.timeZone = "Asia/Kolkata"
    }

    private func load(_ text: String) throws -> [FailureEvent] {
        try FailuresFile.load(path: folder.write(text, to: "failures.csv"), schema: schema)
    }

    private func failure(_ text: String) throws -> FileError { try #require(throws: FileError.self) { try load(text) } }

    @Test func `failures are read in the schema's zone, sorted, each once`() throws {
        let failures = try load(
            """
            asset,timestamp,component,end
            b,2026-01-01 05:30:00,heater,2026-01-01 06:30:00
            a,2026-01-01T00:00:00Z,,
            a,2026-01-01T00:00:00Z,none,
            a,2026-01-01T00:00:00Z, pump ,
            """
        )
        #expect(
            failures == [
                FailureEvent(asset: "a", start: .t0),
                FailureEvent(asset: "a", start: .t0, component: "pump"),
                FailureEvent(asset: "b", start: .t0, end: .t0 + .seconds(3_600), component: "heater"),
            ]
        )
    }

    @Test func `component and end may be absent, and so may the asset where there is only one`() throws {
        #expect(try load("timestamp,asset\n2026-01-01T00:00:00Z,a\n") == [FailureEvent(asset: "a", start: .t0)])
        #expect(try failure("timestamp\n2026-01-01T00:00:00Z\n").code == .columnMissing)
        var single = self
        single.schema.assetColumn = nil
        let expected = [FailureEvent(asset: "plant", start: .t0)]
        #expect(try single.load("timestamp\n2026-01-01T00:00:00Z\n") == expected)
        #expect(try single.load("asset,timestamp\nplant,2026-01-01T00:00:00Z\n") == expected)
        let error = try single.failure("asset,timestamp\nfurnace,2026-01-01T00:00:00Z\n")
        #expect(error.message.contains("'furnace'") && error.message.contains("assetColumn"))
    }

    @Test(arguments: [
        ("a,soon,heater,", 3), (",2026-01-01 00:00:00,heater,", 1), ("a,2026-01-01 00:00:00,heater,later", 30),
        ("a,2026-01-01 00:00:00,heater,2025-12-31 00:00:00", 30),
    ])
    func `a row that can't be read is an error with line and column`(row: String, column: Int) throws {
        let error = try failure("asset,timestamp,component,end\na,2026-01-01 00:00:00,pump,\n\(row)\n")
        #expect(error.code == .valueUnreadable)
        #expect((error.line, error.column) == (3, column))
    }

    @Test func `a doubled hour is the earlier unless the schema says the later`() throws {
        var york = self
        york.schema.timeZone = "America/New_York"
        let text = "asset,timestamp\na,2026-11-01 01:50:00\na,2026-11-01 01:10:00\n"
        #expect(try york.load(text).map(\.start) == [.at("2026-11-01T05:10:00Z"), .at("2026-11-01T05:50:00Z")])
        york.schema.doubledHour = .later
        #expect(try york.load(text).map(\.start) == [.at("2026-11-01T06:10:00Z"), .at("2026-11-01T06:50:00Z")])
    }

    @Test func `runs of failing rows are one failure each, asset by asset and name by name`() {
        func reading(_ asset: String, _ minute: Int64, _ failing: String?) -> Reading {
            Reading(asset: asset, instant: .t0 + .seconds(minute * 60), values: [1], failing: failing)
        }
        let readings = [
            reading("a", 0, nil), reading("a", 1, "heater"), reading("a", 2, "heater"), reading("a", 3, "pump"),
            reading("a", 4, nil), reading("a", 5, ""), reading("b", 6, ""), reading("b", 7, ""), reading("b", 8, nil),
            reading("b", 9, ""),
        ]
        func event(_ asset: String, _ start: Int64, _ end: Int64, _ component: String?) -> FailureEvent {
            FailureEvent(
                asset: asset,
                start: .t0 + .seconds(start * 60),
                end: .t0 + .seconds(end * 60),
                component: component
            )
        }
        #expect(
            FailureEvent.runs(in: readings) == [
                event("a", 1, 2, "heater"), event("a", 3, 3, "pump"), event("a", 5, 5, nil), event("b", 6, 7, nil),
                event("b", 9, 9, nil),
            ]
        )
    }

    @Test(.enabled(if: SharedData.isThere, "needs the shared data"))
    func `the shared failures are read, and the pump rig's anomaly is one run`() throws {
        let azure = try FailuresFile.load(
            path: SharedData.path("azure-pdm/failures.csv"),
            schema: SharedSchema.azureDaily.schema()
        )
        #expect(azure.count == 339)
        #expect(Set(azure.compactMap(\.component)) == ["comp1", "comp2", "comp3", "comp4"])
        let rig = try ReadingsFile.load(
            path: SharedData.path("skab/valve1/1.csv"),
            schema: SharedSchema.skab.schema()
        )
        let runs = FailureEvent.runs(in: rig.readings)
        #expect(runs.count == 1)
        #expect(runs.allSatisfy { $0.asset == Asset.onlyName && $0.component == nil && $0.end > $0.start })
    }
}
