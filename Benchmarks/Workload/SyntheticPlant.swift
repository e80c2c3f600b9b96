package import Alarms
package import Models
package import Plant

/// Machines of 60 tags, a row a second each, that wear, fail and are repaired, over and over.
///
/// Every value is a function of the seed, the machine and the row's number: all runs see the same rows.
package struct SyntheticPlant: Sendable {
    package static let components = ["bearing", "hydraulics", "motor", "spindle"]
    package static let tagCount = continuousCount + booleanCount
    private static let continuousCount = 56
    private static let booleanCount = 4
    /// From one repair to the next.
    private static let cycleRows = 200
    /// How long before its failure a component shows it.
    private static let wearRows = 100
    /// The first tag stays inside its limit for so many rows, then outside for as many.
    private static let limitRows = 20
    private static let limitedTag = "t0"
    private static let start = Instant(seconds: 1_767_225_600)

    package let organization: String
    private let seed: UInt64

    package init(organization: String, seed: UInt64) {
        self.organization = organization
        self.seed = seed &* 0xD6E8_FEB8_6659_FD93
    }

    /// 752 features, and one limit that is crossed every 20 rows.
    package func document() throws(SchemaProblem) -> SchemaDocument {
        var schema = SignalSchema(
            organization: organization,
            assetColumn: "machine",
            continuousColumns: (0..<Self.continuousCount).map { "t\($0)" },
            booleanColumns: (0..<Self.booleanCount).map { "b\($0)" },
            lagSeconds: [60, 300],
            rollingWindows: [60, 300]
        )
        schema.horizonMinutes = 1
        let rule = AlarmRule(id: "limit", tag: Self.limitedTag, check: .limit(LimitCheck(high: 900)))
        return try SchemaDocument(schema: schema, rules: [rule])
    }

    /// Machines are a millisecond apart, so that an instant names one reading of the organization.
    package func instant(machine: Int, row: Int) -> Instant {
        Self.start + .seconds(row) + .milliseconds(machine)
    }

    package func reading(machine: Int, row: Int) -> Reading {
        var values = (0..<Self.tagCount).map { noise(machine, row, $0) }
        for index in 0..<Self.continuousCount { values[index] += 850 }
        for index in Self.continuousCount..<Self.tagCount { values[index] = values[index] < -0.5 ? 1 : 0 }
        if isOutside(machine, row) { values[0] += 100 }
        let (cycle, place) = cycle(of: machine, at: row)
        let left = Self.cycleRows - place
        if left < Self.wearRows {
            let strength = 1 + 0.5 * noise(machine, -1 - cycle, 0)
            let wear = strength * Double(Self.wearRows - left) / Double(Self.wearRows)
            let first = 10 + 4 * component(of: machine, in: cycle)
            for index in first..<first + 4 { values[index] += wear }
        }
        return Reading(asset: "machine-\(machine)", instant: instant(machine: machine, row: row), values: values)
    }

    /// Those that end a cycle within the rows.
    package func failures(machine: Int, rows: Range<Int>) -> [FailureEvent] {
        rows.compactMap { row in
            let (cycle, place) = cycle(of: machine, at: row)
            guard place == 0, cycle > 0 else { return nil }
            return FailureEvent(
                asset: "machine-\(machine)",
                start: instant(machine: machine, row: row),
                component: Self.components[component(of: machine, in: cycle - 1)]
            )
        }
    }

    /// How often the rule's alarm changes over the rows, where the row before them was seen too.
    package func limitCrossings(of machine: Int, in rows: Range<Int>) -> Int {
        rows.count { isOutside(machine, $0) != isOutside(machine, $0 - 1) }
    }

    /// Machines cross their limits at different rows, as machines of different plants do.
    private func isOutside(_ machine: Int, _ row: Int) -> Bool {
        (row + 7 * machine + Int(seed % 1_009)) / Self.limitRows % 2 == 1
    }

    private func cycle(of machine: Int, at row: Int) -> (number: Int, place: Int) {
        let worn = row + 37 * machine
        return (worn / Self.cycleRows, worn % Self.cycleRows)
    }

    private func component(of machine: Int, in cycle: Int) -> Int { (machine + cycle) % Self.components.count }

    /// Between -1 and 1, mostly near 0: the sum of two uniforms out of SplitMix64 (Steele, Lea and Flood 2014).
    private func noise(_ machine: Int, _ row: Int, _ tag: Int) -> Double {
        var mixed = seed &+ UInt64(truncatingIfNeeded: (row &* 1_000 &+ machine) &* 1_000 &+ tag)
        mixed &*= 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 32) / 4_294_967_296 + Double(mixed & 0xFFFF_FFFF) / 4_294_967_296 - 1
    }
}
