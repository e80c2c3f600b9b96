import Foundation
import Plant
import TestSupport
import Testing

@Suite struct SignalSchemaTests {
    private func decode(_ json: String) throws -> SignalSchema {
        try JSONDecoder().decode(SignalSchema.self, from: Data(json.utf8))
    }

    @Test func `defaults are those that are documented`() throws {
        let schema = try decode(
            #"{"organization":"northwind","continuousColumns":["x"],"lagSeconds":[60,600],"rollingWindows":[3600]}"#
        )
        #expect(schema.timestampColumn == "timestamp")
        #expect(schema.staleAfterSeconds == 3_600)
        #expect(schema.sourceStaleSeconds == 300)
        #expect(schema.allowedLatenessSeconds == 300)
        #expect(schema.horizonMinutes == 1_440)
        #expect(schema.missedFailureCost == 50)
        #expect(schema.raiseAfter == 1)
        #expect(schema.clearBelow == 0.5)
        #expect(!schema.predictionEnabled)
        #expect(schema.split == .time)
    }

    @Test(arguments: [
        (#"{"organization":"North Wind","continuousColumns":["x"]}"#, "organization"),
        (#"{"organization":"n","continuousColumns":[]}"#, "continuousColumns"),
        (#"{"organization":"n","continuousColumns":["x","x"]}"#, "continuousColumns"),
        (#"{"organization":"n","continuousColumns":["x"],"columnMapping":{"A":"y"}}"#, "columnMapping"),
        (#"{"organization":"n","continuousColumns":["x"],"columnMapping":{"A":"x","B":"x"}}"#, "columnMapping"),
        (#"{"organization":"n","continuousColumns":["x","y"],"columnMapping":{"x":"y"}}"#, "columnMapping"),
        (#"{"organization":"n","continuousColumns":["x",""]}"#, "continuousColumns"),
        (
            #"{"organization":"n","continuousColumns":["x"],"sourceStaleSeconds":9223372036854775807}"#,
            "sourceStaleSeconds"
        ),
        (
            #"{"organization":"n","continuousColumns":[\#((0...4_096).map { #""x\#($0)""# }.joined(separator: ","))]}"#,
            "continuousColumns"
        ),
        (
            #"{"organization":"n","continuousColumns":["x"],"lagSeconds":\#(Array(1...65))}"#, "lagSeconds"
        ),
        (#"{"organization":"n","continuousColumns":["x"],"lagSeconds":[0]}"#, "lagSeconds"),
        (#"{"organization":"n","continuousColumns":["x"],"rollingWindows":[60,60]}"#, "rollingWindows"),
        (#"{"organization":"n","continuousColumns":["x"],"components":{"c":["z"]}}"#, "components"),
        (#"{"organization":"n","continuousColumns":["x"],"clearBelow":0}"#, "clearBelow"),
        (#"{"organization":"n","continuousColumns":["x"],"horizonMinutes":0}"#, "horizonMinutes"),
        (#"{"organization":"n","continuousColumns":["x"],"missedFailureCost":1e300}"#, "missedFailureCost"),
        (#"{"organization":"n","continuousColumns":["x"],"falseAlarmCost":0}"#, "falseAlarmCost"),
    ])
    func `a value that means nothing is refused by its key`(json: String, key: String) {
        let problem = #expect(throws: SchemaProblem.self) { try decode(json) }
        #expect(problem?.path == [key])
    }

    @Test func `two columns may swap their names`() throws {
        let schema = try decode(
            #"{"organization":"n","continuousColumns":["x","y"],"columnMapping":{"x":"y","y":"x"}}"#
        )
        #expect(schema.sourceColumn(of: "x") == "y")
        #expect(schema.sourceColumn(of: "y") == "x")
    }

    @Test func `a schema survives being written and read`() throws {
        var schema = SignalSchema(organization: "n", continuousColumns: ["x"], booleanColumns: ["b"], lagSeconds: [60])
        schema.timeZone = "Asia/Kolkata"
        schema.components = ["c": ["x", "b"]]
        schema.split = .asset
        let data = try JSONEncoder().encode(schema)
        #expect(try JSONDecoder().decode(SignalSchema.self, from: data) == schema)
    }
}
