import Alarms
import Connectors
import Plant
import TestSupport
import Testing

/// The former alarm server's configurations, brought along.
@Suite struct SetpointImportTests {
    private static let yaml = """
        organization: furnace
        timeZone: Asia/Kolkata
        continuousColumns: [hz1pv, hz1sv, cppv, cpsv, oilpv]
        booleanColumns: [hz1hfail]
        columnMapping: {OIL_PV: oilpv}

        # What the shift leads agreed on in May.
        rules:
          - {id: old, kind: limit, tag: oilpv, high: 90}  # oil burns above

        # Below: nothing of importance.
        lagSeconds: [60]
        """

    private static let csv = #"""
        id,name,type,zone,scadaField,setpointField,lowDeviation,highDeviation
        1,HARDENING ZONE 1,TEMPERATURE,ZONE1,hz1pv,hz1sv,-30,10
        2,"CARBON ""A""",CARBON,,cppv,cpsv,-0.05,0.05
        3,OIL,OIL,,oilpv,oilpv,-10,20
        4,NOWHERE,TEMPERATURE,ZONE2,hz9pv,hz9sv,-10,10
        5,HEATER,HEATER,ZONE1,hz1hfail,,,
        6,UPSIDE DOWN,TEMPERATURE,,hz1pv,hz1sv,10,30
        """#

    private static func load(_ text: String, named name: String) throws -> (SetpointImport, SchemaDocument) {
        let folder = try TemporaryDirectory()
        let document = try SchemaFile.parse(yaml, path: "schema.yaml")
        let path = try folder.write(text, to: name)
        return try withExtendedLifetime(folder) { (try SetpointFile.load(path: path, for: document), document) }
    }

    /// As the plant's description has it: inside the limits nothing, outside by at most 10 units a warning, by more
    /// critical, whatever the unit.
    private static func former(_ value: Double, setpoint: Double, low: Double, high: Double) -> AlarmType? {
        let (lowLimit, highLimit) = (setpoint + low, setpoint + high)
        if value >= lowLimit, value <= highLimit { return nil }
        let outside = value > highLimit ? value - highLimit : lowLimit - value
        return outside > 10 ? .critical : .warning
    }

    @Test func `imported rules judge every value as the former server did`() throws {
        let (found, document) = try Self.load(Self.csv, named: "setpoints.csv")
        let tags = document.schema.tags
        var generator = SeededGenerator(seed: 11)
        var ids = SplitMix64(seed: 1)
        var engine = try AlarmEngine(rules: found.rules, tags: tags)
        var seen: [AlarmType?: Int] = [:]
        for number in 0..<4_000 {
            // Quarters of a degree, so that both sides of each limit and the limits themselves come up.
            let setpoint = Double(Int.random(in: 3_300...3_500, using: &generator)) / 4
            let value = setpoint + Double(Int.random(in: -200...120, using: &generator)) / 4
            let carbonSetpoint = Double(Int.random(in: 80...100, using: &generator)) / 100
            let carbon = carbonSetpoint + Double(Int.random(in: -20...20, using: &generator)) / 100
            let asset = "f\(number)"
            let values = [value, setpoint, carbon, carbonSetpoint, 60, 0]
            _ = engine.observe(Sample(asset: asset, instant: .t0, values: values), generator: &ids)
            func type(_ tag: String) throws -> AlarmType? {
                let rule = try #require(found.rules.first { $0.tag == tag })
                return engine.openAlarms(of: asset).first { $0.condition == rule.condition }?.type
            }
            let expected = Self.former(value, setpoint: setpoint, low: -30, high: 10)
            #expect(try type("hz1pv") == expected, "\(value) at \(setpoint)")
            let expectedCarbon = Self.former(carbon, setpoint: carbonSetpoint, low: -0.05, high: 0.05)
            #expect(try type("cppv") == expectedCarbon, "\(carbon) at \(carbonSetpoint)")
            #expect(try type("cppv") != .critical)
            seen[expected, default: 0] += 1
        }
        #expect(seen.count == 3 && seen.values.allSatisfy { $0 > 100 })
    }

    @Test func `what can't be taken over is told with its place and why`() throws {
        let (found, _) = try Self.load(Self.csv, named: "setpoints.csv")
        #expect(found.rules.map(\.id) == ["hz1pv", "cppv", "hz1hfail"])
        #expect(found.rules.map(\.message) == ["HARDENING ZONE 1 (ZONE1)", "CARBON \"A\"", "HEATER (ZONE1)"])
        #expect(found.rules[2].check == .binary(.critical))
        #expect(found.refused.map(\.line) == [4, 5, 7])
        #expect(found.refused.map(\.column) == [12, 29, 40])
        #expect(found.refused[0].message.contains("never alarmed"))
        #expect(found.refused[1].message.contains("'hz9pv'"))
        #expect(found.refused[2].message.contains("lowDeviation is 10"))
    }

    @Test func `JSON is read likewise, bands that are missing are those of the type, and again nothing is doubled`()
        throws
    {
        let json = """
            [{"name": "ZONE", "type": "TEMPERATURE", "scadaField": "hz1pv", "setpointField": "hz1sv"},
             {"name": "FIXED", "scada_field": "OIL_PV", "setpoint": 60, "lowDeviation": -10, "highDeviation": 20},
             {"name": "AGAIN", "type": "TEMPERATURE", "scadaField": "hz1pv", "setpointField": "hz1sv",
              "lowDeviation": -10, "highDeviation": 10}]
            """
        let (found, _) = try Self.load(json, named: "setpoints.json")
        let checks = found.rules.map(\.check)
        #expect(
            checks == [
                .setpoint(
                    SetpointCheck(setpoint: .tag("hz1sv"), lowDeviation: -10, highDeviation: 10, criticalBeyond: 10)
                ),
                .setpoint(
                    SetpointCheck(setpoint: .constant(60), lowDeviation: -10, highDeviation: 20, criticalBeyond: 10)
                ),
            ]
        )
        #expect(found.notes.map(\.line) == [1])
        #expect(found.notes.first?.message.contains("no lowDeviation and highDeviation of its own") == true)
        #expect(found.refused.map(\.line) == [3])
        #expect(found.refused.first?.message.contains("'hz1pv'") == true)
    }

    @Test func `where one side of the band is missing, that side is named`() throws {
        let csv = """
            name,type,scadaField,setpointField,lowDeviation,highDeviation
            ZONE,TEMPERATURE,hz1pv,hz1sv,-30,
            OTHER,HEATER,cppv,cpsv,,10
            """
        let (found, _) = try Self.load(csv, named: "setpoints.csv")
        #expect(found.notes.first?.message.hasPrefix("it has no highDeviation of its own") == true)
        #expect(found.refused.first?.message.hasPrefix("it has no lowDeviation, and") == true)
    }

    @Test(arguments: [
        ("a.csv", "scadaField,lowDeviation\nhz1pv,cold\n", 2, 7), ("a.csv", "name,lowDeviation\nx,1\n", 1, 1),
        ("a.csv", "name,scadaField\nx,\n", 2, 3),
        ("a.json", "[{\"scadaField\": \"hz1pv\",\n  \"lowDeviation\": \"cold\"}]", 2, 19),
        ("a.json", "[7]", 1, 2),
    ])
    func `what can't be read at all is named by line and column`(
        name: String,
        text: String,
        line: Int,
        column: Int
    ) throws {
        let error = #expect(throws: FileError.self) { try Self.load(text, named: name) }
        #expect(error?.line == line, "\(String(describing: error))")
        if name == "a.csv" { #expect(error?.column == column, "\(String(describing: error))") }
    }

    @Test func `rules join those of a file below them, and its comments stay`() throws {
        let (found, document) = try Self.load(Self.csv, named: "setpoints.csv")
        let merged = try #require(try RulesText.merged(found.rules, into: Self.yaml, path: "schema.yaml"))
        let lines = merged.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(Set(Self.yaml.split(separator: "\n").map(String.init)).isSubset(of: Set(lines)))
        #expect(lines[9].hasPrefix("  - {id: hz1pv, kind: setpoint, tag: hz1pv, setpointTag: hz1sv, lowDeviation: -30"))
        #expect(lines[12] == "" && lines[13].hasPrefix("# Below"))
        #expect(try SchemaFile.parse(merged, path: "m").rules == document.rules + found.rules)
    }

    @Test func `a file without rules gets them, and one whose rules stand in a line is left to its author`() throws {
        let (found, _) = try Self.load(Self.csv, named: "setpoints.csv")
        let head = """
            organization: f
            timeZone: UTC
            continuousColumns: [hz1pv, hz1sv, cppv, cpsv]
            booleanColumns: [hz1hfail]

            """
        for tail in ["", "rules: []\n", "rules:   # none yet\n"] {
            let merged = try #require(try RulesText.merged(found.rules, into: head + tail, path: "m"), "\(tail)")
            #expect(try SchemaFile.parse(merged, path: "m").rules == found.rules)
        }
        let flow = head + "rules: [{id: a, kind: binary, tag: hz1hfail}]\n"
        #expect(try RulesText.merged(found.rules, into: flow, path: "m") == nil)
    }
}
