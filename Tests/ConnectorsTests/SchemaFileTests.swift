import Alarms
import Connectors
import FoundationEssentials
import Plant
import TestSupport
import Testing

@Suite struct SchemaFileTests {
    private static let good = """
        organization: northwind
        timestampColumn: created_timestamp
        timeZone: Asia/Kolkata
        continuousColumns: [hz1pv, hz1sv]
        booleanColumns: [hz1hfail]
        columnMapping: {HZ1_PV: hz1pv}
        rollingWindows: [300, 3600]
        """

    private func failure(_ text: String) throws -> FileError {
        try #require(throws: FileError.self) { try SchemaFile.parse(text, path: "plant.yaml") }
    }

    @Test func `a YAML schema has its values and the documented defaults`() throws {
        let schema = try SchemaFile.parse(Self.good, path: "plant.yaml").schema
        #expect(schema.continuousColumns == ["hz1pv", "hz1sv"])
        #expect(schema.columnMapping == ["HZ1_PV": "hz1pv"])
        #expect(schema.staleAfterSeconds == 3_600)
        #expect(schema.doubledHour == .byOrder)
    }

    @Test func `JSON says the same, in a file and in a body`() throws {
        let json = """
            {\t"organization": "northwind", "timestampColumn": "created_timestamp", "timeZone": "Asia/Kolkata",
            \t"continuousColumns": ["hz1pv", "hz1sv"], "booleanColumns": ["hz1hfail"],
            \t"columnMapping": {"HZ1_PV": "hz1pv"}, "rollingWindows": [300, 3600]}
            """
        let expected = try SchemaFile.parse(Self.good, path: "plant.yaml").schema
        #expect(try SchemaFile.parse(json, path: "plant.json").schema == expected)
        #expect(try SchemaFile.parse(json: Data(json.utf8)).schema == expected)
    }

    @Test func `a file is read like its text, and one that is not there is said to be missing`() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(Self.good, to: "plant.yaml")
        #expect(try SchemaFile.load(path: path).schema == SchemaFile.parse(Self.good, path: path).schema)
        let error = try #require(throws: FileError.self) { try SchemaFile.load(path: folder.path("none.yaml")) }
        #expect(error.code == .notFound)
    }

    @Test(arguments: SharedSchema.allCases)
    func `the shared data's schemas are good`(schema: SharedSchema) throws {
        #expect(try schema.schema().problems.isEmpty)
    }

    @Test func `an unknown zone is placed and the right one named`() throws {
        let error = try failure(Self.good.replacing("Asia/Kolkata", with: "Asia/Calcuta"))
        #expect(error.code == .schema)
        #expect("\(error)".hasPrefix("plant.yaml:3:1: timeZone 'Asia/Calcuta' is not an IANA time zone"))
        #expect("\(error)".contains("Asia/Kolkata"))
    }

    @Test(arguments: [
        ("rollingWindows: [300, 3600]", "rollingWindows: [300, soon]", 7, "rollingWindows.1 must be a whole number"),
        ("rollingWindows: [300, 3600]", "rollingWindows: 300", 7, "rollingWindows must be a list"),
        ("rollingWindows: [300, 3600]", "rollingWindows: [300, 300]", 7, "rollingWindows names a length twice"),
        ("rollingWindows: [300, 3600]", "split: both", 7, "split must be time or asset"),
        ("rollingWindows: [300, 3600]", "doubledHour: last", 7, "doubledHour must be byOrder, earlier, later"),
        ("rollingWindows: [300, 3600]", "missedFailureCost: much", 7, "missedFailureCost must be a number"),
        ("rollingWindows: [300, 3600]", "predictionEnabled: perhaps", 7, "predictionEnabled must be true or false"),
        ("columnMapping: {HZ1_PV: hz1pv}", "columnMapping: {HZ1_PV: oven}", 6, "columnMapping maps to oven"),
        ("organization: northwind", "organization: North Wind", 1, "organization 'North Wind' is not a slug"),
        ("organization: northwind", "lagSeconds: [60]", 1, "organization is missing"),
        ("rollingWindows: [300, 3600]", "rollingWindow: [300]", 7, "rollingWindow"),
    ])
    func `what is wrong is placed and explained`(good: String, bad: String, line: Int, message: String) throws {
        let error = try failure(Self.good.replacing(good, with: bad))
        #expect(error.line == line)
        #expect(error.message.contains(message), "\(error)")
    }

    @Test(arguments: [
        ("{id: odd, kind: limit, tag: nosuch, high: 900}", 11), ("{id: odd, kind: limit, tag: hz1pv, hihg: 900}", 11),
        ("{id: hot, kind: limit, tag: hz1pv, high: 900}", 11),
    ])
    func `what is wrong with a rule is placed in the rule`(rule: String, line: Int) throws {
        let text = Self.good + "\nrules:\n  - {id: hot, kind: limit, tag: hz1pv, high: 900}\n  -\n    \(rule)\n"
        let error = try failure(text)
        #expect(error.line == line, "\(error)")
        #expect(error.message.hasPrefix("rules.1."), "\(error)")
    }

    @Test func `a weight of a misspelt component is placed`() throws {
        let error = try failure(
            Self.good + "\ncomponents: {heater: [hz1pv]}\ncostWeights:\n  components:\n    heeter: 3\n"
        )
        #expect(error.line == 11 && error.column == 5, "\(error)")
        #expect(error.message.contains("did you mean 'heater'?"), "\(error)")
    }

    @Test(arguments: [
        ("organization: northwind\ncontinuousColumns: [a, b\nlagSeconds: [1]\n", 3),
        ("organization: northwind\n\tcontinuousColumns: [a]\n", 2),
        ("organization: \"northwind\ncontinuousColumns: [a]\n", 3),
        ("organization: a\norganization: b\ncontinuousColumns: [a]\n", 1),
    ])
    func `what is not YAML is placed`(text: String, line: Int) throws {
        let error = try failure(text)
        #expect(error.code == .syntax)
        #expect(error.line == line, "\(error)")
        #expect(error.column != nil)
    }

    @Test func `an empty schema is said to be empty`() throws {
        #expect(try failure("# nothing yet\n").code == .empty)
    }

    @Test(arguments: [
        (#"{"organization": "a", "continuousColumns": ["x", 1]}"#, ["continuousColumns", "1"]),
        (#"{"organization": "a"}"#, ["continuousColumns"]),
        (#"{"organization": "a", "continuousColumns": ["x"], "timeZone": "Asia/Calcuta"}"#, ["timeZone"]),
        (#"{"organization": "a", "continuousColumns": ["x"], "raiseAfter": 0}"#, ["raiseAfter"]),
        (#"{"organization": "#, []),
    ])
    func `an error in a JSON body has its path`(json: String, path: [String]) throws {
        let problem = try #require(throws: SchemaProblem.self) { try SchemaFile.parse(json: Data(json.utf8)) }
        #expect(problem.path == path, "\(problem)")
    }
}
