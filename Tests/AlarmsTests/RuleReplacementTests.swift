import Alarms
import Plant
import Testing

@Suite struct RuleReplacementTests {
    static let oil = #"{"id": "oil", "kind": "limit", "tag": "t", "high": 80, "onDelaySeconds": 30}"#
    static let heater = #"{"id": "heater", "kind": "binary", "tag": "b"}"#

    private func changes(_ transitions: [AlarmTransition]) -> [String] {
        transitions.map { "\($0.change) \($0.alarm.asset) \($0.alarm.condition.key) \($0.alarm.state)" }
    }

    @Test func `causes of removed rules clear on every asset`() throws {
        var script = try AlarmScript(rules: "[\(Self.oil), \(Self.heater)]")
        _ = try script.play(
            """
            0   m2 b=1
            0   m1 b=1 t=81
            1   ack m1 rule:heater
            """
        )
        let rules = try AlarmScript.rules("[\(Self.oil)]")
        let transitions = try script.engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(5))
        #expect(
            changes(transitions) == [
                "closed m1 rule:heater normal", "returned m2 rule:heater returnedUnacknowledged",
            ]
        )
        #expect(transitions.map(\.at) == [.t0 + .seconds(5), .t0 + .seconds(5)])
        let disagreements = try script.play("30 tick -> raised WARNING rule:oil unacknowledged")
        #expect(disagreements.isEmpty)
    }

    @Test func `other limits leave the alarm until the next sample is judged by them`() throws {
        var script = try AlarmScript(rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80}]"#)
        _ = try script.play("0 m1 t=81")
        let rules = try AlarmScript.rules(#"[{"id": "oil", "kind": "limit", "tag": "t", "high": 90}]"#)
        let transitions = try script.engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(1))
        #expect(transitions.isEmpty)
        let disagreements = try script.play("2 m1 t=81 -> returned WARNING rule:oil returnedUnacknowledged")
        #expect(disagreements.isEmpty)
    }

    @Test(arguments: [
        #"{"id": "oil", "kind": "limit", "tag": "p", "high": 80}"#,
        #"{"id": "oil", "kind": "limit", "tag": "t", "high": 80, "component": "pump"}"#,
        #"{"id": "oil", "kind": "setpoint", "tag": "t", "setpoint": 70, "highDeviation": 10}"#,
    ])
    func `a rule that now speaks of something else begins anew`(rule: String) throws {
        var script = try AlarmScript(rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80}]"#)
        _ = try script.play("0 m1 t=81 p=81")
        let transitions = try script.engine.replace(
            rules: try AlarmScript.rules("[\(rule)]"),
            tags: AlarmScript.tags,
            at: .t0 + .seconds(1)
        )
        #expect(changes(transitions) == ["returned m1 rule:oil returnedUnacknowledged"])
        _ = try script.play("2 m1 t=81 p=81")
        #expect(script.transitions.last?.alarm.state == .unacknowledged)
        #expect(script.engine.openAlarms.filter(\.state.isActive).count == 1)
    }

    /// Raised, acknowledged and then changed, with the value as it was.
    private static let moved: [(String, String, [String])] = [
        (
            #"{"id": "r", "kind": "binary", "tag": "b", "onDelaySeconds": 300}"#,
            #"{"id": "r", "kind": "binary", "tag": "b", "onDelaySeconds": 300, "severity": "WARNING"}"#,
            ["deescalated m1 rule:r acknowledged"]
        ),
        (
            #"{"id": "r", "kind": "binary", "tag": "b", "onDelaySeconds": 300, "severity": "WARNING"}"#,
            #"{"id": "r", "kind": "binary", "tag": "b", "onDelaySeconds": 300}"#,
            ["escalated m1 rule:r unacknowledged"]
        ),
        (
            #"{"id": "r", "kind": "limit", "tag": "t", "highHigh": 90, "onDelaySeconds": 300, "offDelaySeconds": 60}"#,
            #"{"id": "r", "kind": "limit", "tag": "t", "high": 90, "onDelaySeconds": 300, "offDelaySeconds": 60}"#,
            ["deescalated m1 rule:r acknowledged"]
        ),
        (
            #"{"id": "r", "kind": "limit", "tag": "t", "highHigh": 90, "onDelaySeconds": 300}"#,
            #"{"id": "r", "kind": "limit", "tag": "t", "highHigh": 99, "high": 90, "onDelaySeconds": 300}"#,
            ["deescalated m1 rule:r acknowledged"]
        ),
        (
            #"{"id": "r", "kind": "setpoint", "tag": "t", "setpoint": 80, "highDeviation": 5, "onDelaySeconds": 300}"#,
            #"{"id": "r", "kind": "setpoint", "tag": "t", "setpoint": 85, "highDeviation": 5, "onDelaySeconds": 300}"#,
            []
        ),
    ]

    @Test(arguments: moved)
    func `what stands and is outside by the other severity now stands by that one`(
        before: String,
        after: String,
        changed: [String]
    ) throws {
        var script = try AlarmScript(rules: "[\(before)]")
        _ = try script.play(
            """
            0   m1 t=95 b=1
            300 m1 t=95 b=1
            301 ack m1 rule:r
            """
        )
        let rules = try AlarmScript.rules("[\(after)]")
        let transitions = try script.engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(302))
        #expect(changes(transitions) == changed)
        let disagreements = try script.play(
            """
            310 m1 t=95 b=1
            900 m1 t=95 b=1
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        #expect(script.engine.openAlarms.first?.state.isActive == true)
        // Changed while it did not run, it comes to the same.
        var stopped = try AlarmScript(rules: "[\(before)]")
        _ = try stopped.play("0 m1 t=95 b=1")
        _ = try stopped.play("300 m1 t=95 b=1")
        _ = try stopped.play("301 ack m1 rule:r")
        var engine = try AlarmEngine(rules: rules, tags: AlarmScript.tags)
        engine.restore(asset: "m1", memory: stopped.engine.memory(of: "m1"), openAlarms: stopped.engine.openAlarms)
        let told = try engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(302))
        #expect(changes(told) == changed)
    }

    @Test func `another priority, message or latch is told of what stands, and of nothing else`() throws {
        let plain = #"{"id": "r", "kind": "limit", "tag": "t", "high": 90}"#
        var script = try AlarmScript(rules: "[\(plain), \(Self.heater)]")
        _ = try script.play(
            """
            0   m1 t=95 b=0
            0   m2 t=80 b=1
            1   ack m1 rule:r
            """
        )
        func change(_ rule: String) throws -> [AlarmTransition] {
            try script.engine.replace(
                rules: try AlarmScript.rules("[\(rule), \(Self.heater)]"),
                tags: AlarmScript.tags,
                version: 7,
                at: .t0 + .seconds(5)
            )
        }
        #expect(try change(plain).isEmpty)
        let worded = #"{"id": "r", "kind": "limit", "tag": "t", "high": 90, "message": "Oil hot", "latching": true}"#
        let told = try change(worded)
        #expect(changes(told) == ["causeAdded m1 rule:r acknowledged"])
        #expect(told.first?.annunciates == false)
        let cause = try #require(told.first?.alarm.cause(from: .rule("r")))
        #expect(cause.message == "Oil hot (t 95 is 5 above 90)" && cause.isLatching && cause.ruleVersion == 7)
        #expect(cause.since == .t0)
        let urgent = #"{"id": "r", "kind": "limit", "tag": "t", "high": 90, "message": "Oil hot", "priority": 1}"#
        #expect(changes(try change(urgent)) == ["escalated m1 rule:r unacknowledged"])
        #expect(try change(urgent).isEmpty)
    }

    @Test func `tags in another order are read where they now stand`() throws {
        var script = try AlarmScript(rules: "[\(Self.heater)]")
        let tags = [Tag(name: "b", kind: .boolean), Tag(name: "t", kind: .continuous)]
        let rules = try AlarmScript.rules("[\(Self.heater)]")
        #expect(try script.engine.replace(rules: rules, tags: tags, at: .t0).isEmpty)
        let transitions = script.engine.observe(
            Sample(asset: "m1", instant: .t0, values: [1, 0]),
            generator: &script.generator
        )
        #expect(changes(transitions) == ["raised m1 rule:heater unacknowledged"])
    }

    @Test func `rules that do not fit leave the former ones in force`() throws {
        var script = try AlarmScript(rules: "[\(Self.heater)]")
        let rules = try AlarmScript.rules("[\(Self.oil)]")
        #expect(throws: SchemaProblem.self) {
            try script.engine.replace(rules: rules, tags: [Tag(name: "b", kind: .boolean)], at: .t0)
        }
        let disagreements = try script.play("1 m1 b=1 -> raised CRITICAL rule:heater unacknowledged")
        #expect(disagreements.isEmpty)
    }

    @Test func `after a restart the causes of rules removed in between clear`() throws {
        var script = try AlarmScript(rules: "[\(Self.heater)]")
        _ = try script.play("0 m1 b=1")
        let rules = try AlarmScript.rules("[\(Self.oil)]")
        var engine = try AlarmEngine(rules: rules, tags: AlarmScript.tags)
        engine.restore(asset: "m1", memory: script.engine.memory(of: "m1"), openAlarms: script.engine.openAlarms)
        let transitions = try engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(9))
        #expect(changes(transitions) == ["returned m1 rule:heater returnedUnacknowledged"])
    }
}
