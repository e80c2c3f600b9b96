import Alarms
import Plant
import Testing

@Suite struct RuleDifferenceTests {
    @Test func `what was added, changed and removed is told by id, and what changed by key`() throws {
        let before = try AlarmScript.rules(
            """
            [{"id": "a", "kind": "limit", "tag": "t", "high": 10}, {"id": "b", "kind": "binary", "tag": "b"},
             {"id": "c", "kind": "limit", "tag": "p", "low": 1}]
            """
        )
        let after = try AlarmScript.rules(
            """
            [{"id": "c", "kind": "limit", "tag": "p", "low": 1},
             {"id": "a", "kind": "limit", "tag": "t", "high": 12, "deadband": 1, "latching": true},
             {"id": "d", "kind": "binary", "tag": "c"}]
            """
        )
        let difference = RuleDifference(from: before, to: after)
        #expect(difference.added.map(\.id) == ["d"] && difference.removed.map(\.id) == ["b"])
        #expect(difference.changed.map(\.id) == ["a"])
        #expect(difference.changed.first?.keys == ["deadband", "high", "latching"])
        #expect(RuleDifference(from: after, to: after).isEmpty)
    }

    @Test func `a cause names the version of the rules that found it`() throws {
        let rules = try AlarmScript.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10}]"#)
        var engine = try AlarmEngine(rules: rules, tags: AlarmScript.tags, version: 4)
        var generator = SplitMix64(seed: 1)
        func version(_ value: Double, at second: Int) -> Int? {
            let sample = Sample(asset: "m1", instant: .t0 + .seconds(second), values: [value, 0, 0, 0, 0])
            return engine.observe(sample, generator: &generator).last?.alarm.causes.first?.ruleVersion
        }
        #expect(version(11, at: 0) == 4)
        _ = try engine.replace(rules: rules, tags: AlarmScript.tags, version: 5, at: .t0)
        #expect(engine.openAlarms.first?.causes.first?.ruleVersion == 4)
        _ = version(9, at: 1)
        #expect(version(11, at: 2) == 5)
    }
}
