import Alarms
import Connectors
import Models
import Plant
import TestSupport
import Testing

@testable import Training

@Suite struct LeakageCheckTests {
    /// The pumps with a third tag, made of what is known of each row.
    private func findings(
        trusted: [String] = [],
        _ third: (_ vibration: [Double], _ row: Int, _ minutesToFailure: Double, _ noise: Double) -> Double
    ) throws -> [LeakageCheck.Finding] {
        let document = try SchemaFile.parse(
            WearingPumps.yaml.replacing("[vibration, temperature]", with: "[vibration, temperature, third]"),
            path: "schema.yaml"
        )
        let failures = WearingPumps.failures(days: 40)
        var generator = SeededGenerator(seed: 4)
        let plain = WearingPumps.readings(days: 40)
        let byAsset = Dictionary(grouping: plain, by: \.asset)
        var readings: [Reading] = []
        for (asset, rows) in byAsset.sorted(by: { $0.key < $1.key }) {
            let vibration = rows.map { $0.values[0] }
            let starts = failures.filter { $0.asset == asset }.map(\.start).sorted()
            for (index, row) in rows.enumerated() {
                let next = starts.first { $0 > row.instant }
                let minutes = next.map { ($0 - row.instant).minutes } ?? 10_000
                let value = third(vibration, index, minutes, Double.random(in: 0..<1, using: &generator))
                readings.append(Reading(asset: asset, instant: row.instant, values: row.values + [value]))
            }
        }
        let data = try DatasetReader(schema: document.schema).trainingData(readings: readings, failures: failures)
        return try LeakageCheck(of: data, learned: data.set.judged, trusted: trusted).findings
    }

    @Test func `honest tags are left alone, however they wear`() throws {
        #expect(try findings { _, _, _, noise in noise } == [])
        // Yesterday's value of another tag is a delayed copy of the past.
        let delayed = try findings { vibration, row, _, _ in row < 5 ? 0 : vibration[row - 5] }
        #expect(delayed.map(\.tag) == ["vibration"])
        #expect(delayed.first?.message.contains("'third' reads 5 rows later") ?? false, "\(delayed)")
        #expect(try findings(trusted: ["vibration"]) { vibration, row, _, _ in row < 5 ? 0 : vibration[row - 5] } == [])
    }

    @Test func `a copy of the failure record is named`() throws {
        let found = try findings { _, _, minutes, noise in (minutes <= 540 ? 1 : 0) + noise / 10 }
        #expect(found.map(\.tag) == ["third"])
        #expect(found.first?.message.contains("failure record") ?? false)
        // So is one that is there only before failures.
        let missing = try findings { _, _, minutes, noise in minutes <= 540 ? noise : .nan }
        #expect(missing.map(\.tag) == ["third"])
        #expect(missing.first?.message.contains("whether it is there") ?? false, "\(missing)")
        #expect(try findings(trusted: ["third"]) { _, _, minutes, _ in minutes <= 540 ? 1 : 0 } == [])
    }

    @Test func `a countdown that starts over within the horizon is named`() throws {
        let found = try findings { _, _, minutes, noise in
            minutes <= 540 ? 100 + minutes / 10 : 100 + noise * 54
        }
        #expect(found.map(\.tag) == ["third"])
        #expect(found.first?.message.contains("countdown") ?? false, "\(found)")
    }

    @Test func `a copy of another tag's future is named, with how far ahead it is`() throws {
        let found = try findings { vibration, row, _, _ in
            row + 4 < vibration.count ? vibration[row + 4] : 0
        }
        #expect(found.map(\.tag) == ["third"])
        #expect(found.first?.message.contains("'vibration' reads 4 rows later") ?? false, "\(found)")
    }
}
