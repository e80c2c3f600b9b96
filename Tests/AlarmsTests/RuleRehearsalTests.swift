import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct RuleRehearsalTests {
    private static func document(_ rules: String, tags: String = "t, sp, p") throws -> SchemaDocument {
        let columns = tags.split(separator: ", ").map { "\"\($0)\"" }.joined(separator: ",")
        return try JSONDecoder().decode(
            SchemaDocument.self,
            from: Data(
                """
                {"organization": "o", "timeZone": "UTC", "continuousColumns": [\(columns)],
                 "booleanColumns": ["b", "c"], "rules": \(rules)}
                """.utf8
            )
        )
    }

    private static func rules(_ json: String, tags: String = "t, sp, p") throws -> RuleRehearsal.Rules {
        RuleRehearsal.Rules(try document(json, tags: tags))
    }

    /// Values of `t`, a second apart.
    private static func samples(_ values: [Double], asset: String = "m1", from second: Int = 0) -> [Sample] {
        values.enumerated().map { index, value in
            Sample(asset: asset, instant: .t0 + .seconds(second + index), values: [value, .nan, .nan, .nan, .nan])
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `what a rehearsal counts is what the live engine raised of the same samples`(seed: UInt64) throws {
        var plant = RandomPlant(seed: seed)
        let document = try Self.document(RandomPlant.rules)
        var live = try AlarmEngine(
            rules: document.rules,
            tags: document.schema.tags,
            silentAfter: document.silentAfter
        )
        var rehearsal = try RuleRehearsal(RuleRehearsal.Rules(document), from: .t0)
        var raised = RuleTally(from: .t0)
        var generator = SplitMix64(seed: seed)
        for _ in 0..<1_500 {
            let event = plant.next()
            // What comes late meets delays that ran out meanwhile, which nothing stored tells: it is left out.
            if case .sample(let sample) = event, sample.instant < plant.now { continue }
            for transition in try live.take(event, generator: &generator) { raised.note(transition) }
            if case .sample(let sample) = event { rehearsal.observe(sample) }
        }
        for transition in live.tick(plant.now, generator: &generator) { raised.note(transition) }
        raised.finish(at: plant.now)
        let report = rehearsal.report(until: plant.now)
        #expect(report.rules.map(\.id) == document.rules.map(\.id))
        for rule in report.rules {
            let expected = raised.findings[rule.id] ?? [:]
            #expect(Set(rule.assets.map(\.asset)) == Set(expected.keys), "\(rule.id)")
            for found in rule.assets {
                let (said, live) = (try #require(found.proposed), try #require(expected[found.asset]))
                #expect(said.raises == live.raises, "\(rule.id) on \(found.asset)")
                #expect(said.criticalRaises == live.criticalRaises, "\(rule.id) on \(found.asset)")
                #expect(said.standsAtEnd == live.standsAtEnd, "\(rule.id) on \(found.asset)")
            }
        }
        #expect(report.rules.reduce(0) { $0 + ($1.proposed?.raises ?? 0) } > 20)
    }

    @Test func `raises, their times and their chatter are counted, and what stood before is none of them`() throws {
        let rules = try Self.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10, "highHigh": 20}]"#)
        var rehearsal = try RuleRehearsal(rules, from: .t0)
        // Stands from 5 s before to 3 s after the beginning.
        for sample in Self.samples(Array(repeating: 11, count: 8), from: -5) { rehearsal.observe(sample) }
        for sample in Self.samples([0, 0, 11, 25, 11, 0], from: 3) { rehearsal.observe(sample) }  // 5 to 8, critical
        for sample in Self.samples([11, 11, 0], from: 600) { rehearsal.observe(sample) }  // 600 to 602
        for sample in Self.samples([11, 11], from: 700) { rehearsal.observe(sample) }  // from 700 on
        let found = try #require(rehearsal.report(until: .t0 + .seconds(710)).rules.first?.proposed)
        #expect(found.raises == 3 && found.criticalRaises == 1 && found.warningRaises == 2)
        #expect(found.escalations == 1)
        #expect(found.chattering == 2)  // 2 s after the one that stood, and 98 s after the second.
        #expect(found.stoodAtStart == 1 && found.standsAtEnd == 1)
        #expect(found.standing == .seconds(3 + 3 + 2 + 10) && found.longest == .seconds(10))
        #expect(found.firstAt == .t0 + .seconds(5) && found.lastAt == .t0 + .seconds(700))
    }

    @Test(arguments: [([11.0, 11], [25.0, 25]), ([25, 11], [25, 11]), ([25, 25], [25, 11, 25])])
    func `what stood when the stretch began and becomes critical in it is counted, though it is no raise`(
        before: [Double],
        within: [Double]
    ) throws {
        let rules = try Self.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10, "highHigh": 20}]"#)
        var rehearsal = try RuleRehearsal(rules, from: .t0)
        for sample in Self.samples(before, from: -before.count) { rehearsal.observe(sample) }
        for sample in Self.samples(within) { rehearsal.observe(sample) }
        let report = rehearsal.report(until: .t0 + .seconds(10))
        let found = try #require(report.rules.first?.proposed)
        #expect(found.raises == 0 && found.criticalRaises == 0 && found.stoodAtStart == 1)
        #expect(found.escalations == 1 && report.annunciations == 1)
    }

    @Test func `an alarm that becomes critical again and again is one raise, and each escalation counts`() throws {
        let rules = try Self.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10, "highHigh": 20}]"#)
        var rehearsal = try RuleRehearsal(rules, from: .t0)
        for sample in Self.samples([0, 11, 25, 11, 25, 0]) { rehearsal.observe(sample) }
        let report = rehearsal.report(until: .t0 + .seconds(10))
        let found = try #require(report.rules.first?.proposed)
        #expect(found.raises == 1 && found.criticalRaises == 1 && found.escalations == 2)
        #expect(report.annunciations == 3)
    }

    @Test func `a rehearsal says which time its rows cover, and whether that is what was asked for`() throws {
        let rules = try Self.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10}]"#)
        // Of a thousand seconds a hundredth, ten seconds, may be missing at either end.
        for (first, last, covers) in [(10, 990, true), (11, 990, false), (10, 989, false), (0, 999, true)] {
            var rehearsal = try RuleRehearsal(rules, from: .t0)
            // The scene is set by rows that do not count.
            for sample in Self.samples([1], from: -5) { rehearsal.observe(sample) }
            for second in [first, 300, 600, 900, last] {
                for sample in Self.samples([1], from: second) { rehearsal.observe(sample) }
            }
            let report = rehearsal.report(until: .t0 + .seconds(1_000))
            #expect(
                report.rows == 5 && report.coveredShare == 1 && report.coversStretch == covers,
                "\(first) to \(last)"
            )
            #expect(report.firstRowAt == .t0 + .seconds(first) && report.lastRowAt == .t0 + .seconds(last))
        }
        let none = try RuleRehearsal(rules, from: .t0).report(until: .t0 + .seconds(1_000))
        #expect(none.firstRowAt == nil && none.lastRowAt == nil && !none.coversStretch && none.coveredShare == 0)
    }

    @Test func `rows with a hole of nearly the whole stretch do not cover it`() throws {
        let rules = try Self.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10}]"#)
        let month = 30 * 86_400
        var rehearsal = try RuleRehearsal(rules, from: .t0)
        for second in [0, 300, 600, month - 60] {
            for sample in Self.samples([1], from: second) { rehearsal.observe(sample) }
        }
        let report = rehearsal.report(until: .t0 + .seconds(month))
        #expect(!report.coversStretch && abs(report.coveredShare - 660 / Double(month)) < 1e-9)
        #expect(report.leastCovered?.asset == "m1" && report.leastCovered?.share == report.coveredShare)
    }

    @Test func `rows that come once an hour cover their time, but for the hours that lack`() throws {
        let rules = try Self.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10}]"#)
        for (lacking, share) in [(0..<0, 1.0), (50..<52, 1), (50..<75, 1 - 26 / 100.0)] {
            var rehearsal = try RuleRehearsal(rules, from: .t0)
            for hour in 0..<100 where !lacking.contains(hour) {
                for sample in Self.samples([1], from: hour * 3_600) { rehearsal.observe(sample) }
            }
            let report = rehearsal.report(until: .t0 + .seconds(100 * 3_600))
            #expect(abs(report.coveredShare - share) < 1e-9 && report.coversStretch == (share == 1), "\(lacking)")
        }
    }

    @Test func `a silence over sourceStaleSeconds is a hole where rows come faster, if not much`() throws {
        let rules = try Self.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10}]"#)
        var rehearsal = try RuleRehearsal(rules, from: .t0)
        for second in Array(stride(from: 0, to: 2_100, by: 70)) + Array(stride(from: 2_530, to: 10_000, by: 70)) {
            for sample in Self.samples([1], from: second) { rehearsal.observe(sample) }
        }
        let report = rehearsal.report(until: .t0 + .seconds(10_000))
        #expect(abs(report.coveredShare - (1 - 500 / 10_000.0)) < 1e-9 && !report.coversStretch)
    }

    @Test(arguments: [nil, -10] as [Int?])
    func `an asset that sent nothing in the stretch is missed, where it is known or was there before`(
        sentAt second: Int?
    ) throws {
        let rules = try Self.rules(#"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10}]"#)
        var rehearsal = try RuleRehearsal(rules, from: .t0, assets: second == nil ? ["m1", "m2"] : [])
        if let second {
            for sample in Self.samples([1], asset: "m2", from: second) { rehearsal.observe(sample) }
        }
        for sample in Self.samples(Array(repeating: 1, count: 1_000)) { rehearsal.observe(sample) }
        let report = rehearsal.report(until: .t0 + .seconds(1_000))
        #expect(report.assets == 1 && !report.coversStretch && report.coveredShare == 0.5)
        #expect(report.leastCovered?.asset == "m2" && report.leastCovered?.share == 0)
    }

    @Test func `proposed rules are held beside those in force, whatever tags either knows`() throws {
        let present = try Self.rules(
            """
            [{"id": "hot", "kind": "limit", "tag": "t", "high": 10}, {"id": "same", "kind": "binary", "tag": "b"},
             {"id": "gone", "kind": "limit", "tag": "old", "high": 1}]
            """,
            tags: "old, t, p"
        )
        let proposed = try Self.rules(
            """
            [{"id": "hot", "kind": "limit", "tag": "t", "high": 10, "deadband": 2},
             {"id": "same", "kind": "binary", "tag": "b"}, {"id": "new", "kind": "limit", "tag": "p", "low": 0}]
            """
        )
        var rehearsal = try RuleRehearsal(proposed, present: present, from: .t0)
        let order = rehearsal.tags.map(\.name)
        for second in 0..<60 {
            let values = ["t": second % 2 == 0 ? 11.0 : 9, "b": second < 2 ? 1 : 0, "p": -1, "old": 2, "sp": 0]
            rehearsal.observe(
                Sample(asset: "m1", instant: .t0 + .seconds(second), values: order.map { values[$0] ?? 0 })
            )
        }
        let report = rehearsal.report(until: .t0 + .seconds(60))
        let rules = Dictionary(uniqueKeysWithValues: report.rules.map { ($0.id, $0) })
        #expect(report.rules.map(\.id) == ["hot", "same", "new", "gone"])
        #expect(report.rules.map(\.change) == [.changed, .unchanged, .added, .removed])
        #expect(rules["hot"]?.present?.raises == 30 && rules["hot"]?.proposed?.raises == 1)
        #expect(rules["same"]?.present == rules["same"]?.proposed)
        #expect(rules["new"]?.present == nil && rules["new"]?.proposed?.raises == 1)
        #expect(rules["gone"]?.present?.raises == 1 && rules["gone"]?.proposed == nil)
        #expect(report.rows == 60 && report.assets == 1)
        #expect(report.annunciations == 3 && report.annunciationsPresent == 32)
    }

    @Test func `a tag that falls silent while its plant goes on is found without a sample of its own`() throws {
        let rules = try Self.rules(#"[{"id": "mute", "kind": "stale", "tag": "t", "afterSeconds": 30}]"#)
        var rehearsal = try RuleRehearsal(rules, from: .t0)
        for sample in Self.samples([1, 1]) { rehearsal.observe(sample) }
        for sample in Self.samples(Array(repeating: 1, count: 300), asset: "m2", from: 2) { rehearsal.observe(sample) }
        let report = rehearsal.report(until: .t0 + .seconds(302))
        #expect(report.rules[0].assets.map(\.asset) == ["m1"])
        #expect(report.rules[0].proposed?.firstAt == .t0 + .seconds(31))
    }

    @Test func `what comes back after its plant was silent as a whole was missed by no rule`() throws {
        let rules = try Self.rules(
            """
            [{"id": "t", "kind": "stale", "tag": "t", "afterSeconds": 30},
             {"id": "p", "kind": "stale", "tag": "p", "afterSeconds": 30}]
            """
        )
        var rehearsal = try RuleRehearsal(rules, from: .t0)
        for second in Array(stride(from: 0, through: 20, by: 10)) + Array(stride(from: 620, through: 700, by: 10)) {
            for asset in ["m1", "m2"] {
                let instant = Instant.t0 + .seconds(asset == "m1" ? second : second + 3)
                rehearsal.observe(Sample(asset: asset, instant: instant, values: [1, 1, 1, 0, 0]))
            }
        }
        #expect(rehearsal.report(until: .t0 + .seconds(704)).rules.allSatisfy { $0.proposed?.raises == 0 })
    }
}
