import Alarms
import Testing

@Suite struct LimitRuleTests {
    @Test func `the inner limits warn and the outer ones are critical`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "oil", "kind": "limit", "tag": "t", "highHigh": 90, "high": 80, "low": 20, "lowLow": 10}]
                """
        )
        let disagreements = try script.play(
            """
            0   m1 t=80
            1   m1 t=80.5  -> raised WARNING rule:oil unacknowledged
            2   m1 t=91    -> escalated CRITICAL rule:oil unacknowledged
            3   m1 t=90    -> deescalated WARNING rule:oil unacknowledged
            4   m1 t=50    -> returned WARNING rule:oil returnedUnacknowledged
            5   m1 t=19    -> reraised WARNING rule:oil unacknowledged
            6   m1 t=9     -> escalated CRITICAL rule:oil unacknowledged
            7   m1 t=91    -> reraised CRITICAL rule:oil unacknowledged
            8   m1 t=20    -> returned CRITICAL rule:oil returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `a critical limit alone needs no warning before it`() throws {
        var script = try AlarmScript(rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "highHigh": 90}]"#)
        let disagreements = try script.play(
            """
            0   m1 t=90
            1   m1 t=91    -> raised CRITICAL rule:oil unacknowledged
            2   m1 t=90    -> returned CRITICAL rule:oil returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `each asset has alarms of its own`() throws {
        var script = try AlarmScript(rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 90}]"#)
        let disagreements = try script.play(
            """
            0   m1 t=91    -> raised WARNING rule:oil unacknowledged
            0   m2 t=91    -> raised WARNING rule:oil unacknowledged
            1   m2 t=80    -> returned WARNING rule:oil returnedUnacknowledged
            2   m3 t=80
            """
        )
        #expect(disagreements.isEmpty)
        #expect(script.engine.openAlarms.map(\.asset) == ["m1", "m2"])
        #expect(Set(script.engine.openAlarms.map(\.id)).count == 2)
    }

    @Test func `a sample that is not newer than the newest says nothing`() throws {
        var script = try AlarmScript(rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 90}]"#)
        let disagreements = try script.play(
            """
            10  m1 t=80
            9   m1 t=91
            10  m1 t=91
            11  m1 t=91    -> raised WARNING rule:oil unacknowledged
            8   m1 t=80
            11  m1 t=80
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `a binary rule is as severe as it says, and a missing flag says nothing`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "heater", "kind": "binary", "tag": "b"},
                 {"id": "level", "kind": "binary", "tag": "c", "severity": "WARNING", "message": "Oil level low"}]
                """
        )
        let disagreements = try script.play(
            """
            0   m1 b=0 c=0
            1   m1 b=1 c=1 -> raised CRITICAL rule:heater unacknowledged; raised WARNING rule:level unacknowledged
            2   m1 t=5
            3   m1 b=0     -> returned CRITICAL rule:heater returnedUnacknowledged
            4   m1 c=0     -> returned WARNING rule:level returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty)
        #expect(script.transitions.map(\.headline).prefix(2) == ["CRITICAL m1: b is on", "WARNING m1: Oil level low"])
    }

    @Test func `a cause tells what was measured and which limit it passed`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "highHigh": 90, "high": 80, "priority": 2}]"#
        )
        _ = try script.play(
            """
            0   m1 t=81.5  -> raised WARNING rule:oil unacknowledged
            7   m1 t=93.25 -> escalated CRITICAL rule:oil unacknowledged
            """
        )
        let cause = try #require(script.transitions.last?.alarm.cause(from: .rule("oil")))
        #expect(cause.measured == 93.25)
        #expect(cause.limit == 90)
        #expect(cause.priority == 2)
        #expect(cause.since == .t0)
        #expect(cause.message == "t 93.25 is 3.25 above 90")
    }
}
