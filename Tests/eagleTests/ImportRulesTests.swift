import Foundation
import TestSupport
import Testing

/// Rules of the former alarm server, by the command that brings them.
@Suite struct ImportRulesTests {
    private struct Written: Decodable {
        struct Rule: Decodable { let id: String }
        struct Weights: Decodable { let assets: [String: Double] }

        let rules: [Rule]
        let parentAssets: [String: String]
        let costWeights: Weights
    }

    @Test func `a JSON schema gets the rules, and keeps all else`() throws {
        let folder = try TemporaryDirectory()
        let schema = try folder.write(
            #"""
            {"organization": "furnace", "timeZone": "UTC", "continuousColumns": ["hz1pv", "hz1sv"],
             "parentAssets": {"press": "line"}, "costWeights": {"assets": {"press": 3}}}
            """#,
            to: "schema.json"
        )
        let export = try folder.write(
            """
            id,name,type,zone,scadaField,setpointField,lowDeviation,highDeviation
            1,HARDENING ZONE 1,TEMPERATURE,ZONE1,hz1pv,hz1sv,-30,10
            """,
            to: "export.csv"
        )
        let outcome = try EagleProcess.run(["rules", "import", export, "--schema", schema, "--output", schema])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("1 rule taken over, 0 rows not"))
        let data = try Data(contentsOf: URL(fileURLWithPath: schema))
        withExtendedLifetime(folder) {}
        let written = try JSONDecoder().decode(Written.self, from: data)
        #expect(written.rules.count == 1)
        #expect(written.parentAssets == ["press": "line"])
        #expect(written.costWeights.assets == ["press": 3])
    }
}
