import Foundation
import TestSupport
import Testing

/// Rules held against a file of readings, by the command.
@Suite struct RehearseRulesTests {
    @Test func `a rehearsal over less than was asked for says so`() throws {
        let folder = try TemporaryDirectory()
        let schema = try folder.write(
            #"""
            {"organization": "furnace", "timeZone": "UTC", "assetColumn": "asset", "continuousColumns": ["x"], "sourceStaleSeconds": 86400,
             "rules": [{"id": "hot", "kind": "limit", "tag": "x", "high": 10}]}
            """#,
            to: "schema.json"
        )
        let readings = try folder.write(
            "asset,timestamp,x\npump-1,2026-01-09 00:00:00,1\npump-1,2026-01-10 00:00:00,11\n",
            to: "readings.csv"
        )
        let rehearse = ["rules", "rehearse", "--schema", schema, "--readings", readings]
        let whole = try EagleProcess.run(rehearse)
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(whole.output.hasPrefix("2 rows of 1 asset, "))
        #expect(whole.output.contains("made to look once\n") && !whole.output.contains("cover only"))
        let nothing = try EagleProcess.run(
            rehearse + ["--from", "2026-01-09T01:00:00Z", "--to", "2026-01-09T02:00:00Z"]
        )
        #expect(nothing.output.hasPrefix("0 rows of 0 assets, ") && nothing.output.contains("No readings are kept"))
        #expect(!nothing.output.contains("made to look") && !nothing.output.contains("hot"))
        let month = try EagleProcess.run(rehearse + ["--from", "2026-01-01T00:00:00Z"])
        withExtendedLifetime(folder) {}
        #expect(month.output.contains("Readings cover only 2026-01-09T00:00:00Z to 2026-01-10T00:00:00Z of it: 11 %"))
    }
}
