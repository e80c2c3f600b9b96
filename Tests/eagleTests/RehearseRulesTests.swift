import Foundation
import TestSupport
import Testing

/// Rules held against a file of readings, by the command.
@Suite struct RehearseRulesTests {
    @Test func `a rehearsal over less than was asked for says so`() throws {
        let folder = try TemporaryDirectory()
        let schema = try folder.write(
            #"""
            {"organization": "furnace", "timeZone": "UTC", "assetColumn": "asset", "continuousColumns": ["x"],
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
        #expect(whole.output.contains("2 rows of 1 asset, "))
        #expect(whole.output.contains("made to look once") && !whole.output.contains("cover only"))
        let month = try EagleProcess.run(rehearse + ["--from", "2026-01-01T00:00:00Z"])
        withExtendedLifetime(folder) {}
        #expect(month.output.contains("Readings cover only 2026-01-09T00:00:00Z to 2026-01-10T00:00:00Z of it"))
    }
}
