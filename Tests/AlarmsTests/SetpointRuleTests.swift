import Alarms
import Plant
import Testing

@Suite struct SetpointRuleTests {
    static let furnace = """
        [{"id": "hz1", "kind": "setpoint", "tag": "t", "setpointTag": "sp",
          "lowDeviation": -30, "highDeviation": 10, "criticalBeyond": 10}]
        """

    @Test func `outside the band warns, and outside by more than criticalBeyond is critical`() throws {
        var script = try AlarmScript(rules: Self.furnace)
        let disagreements = try script.play(
            """
            0   m1 t=850 sp=850
            1   m1 t=860 sp=850
            2   m1 t=860.1 sp=850 -> raised WARNING rule:hz1 unacknowledged
            3   m1 t=870 sp=850
            4   m1 t=870.1 sp=850 -> escalated CRITICAL rule:hz1 unacknowledged
            5   m1 t=870 sp=850   -> deescalated WARNING rule:hz1 unacknowledged
            6   m1 t=860 sp=850   -> returned WARNING rule:hz1 returnedUnacknowledged
            7   m1 t=819 sp=850   -> reraised WARNING rule:hz1 unacknowledged
            8   m1 t=809.9 sp=850 -> escalated CRITICAL rule:hz1 unacknowledged
            9   m1 t=820 sp=850   -> returned CRITICAL rule:hz1 returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `the band moves with the set value`() throws {
        var script = try AlarmScript(rules: Self.furnace)
        let disagreements = try script.play(
            """
            0   m1 t=850 sp=850
            1   m1 t=850 sp=900   -> raised CRITICAL rule:hz1 unacknowledged
            2   m1 t=875 sp=900   -> returned CRITICAL rule:hz1 returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `a recipe that puts the value beyond the opposite limit is told, whoever knew of the first`() throws {
        var script = try AlarmScript(rules: Self.furnace)
        let disagreements = try script.play(
            """
            0   m1 t=850 sp=850
            1   m1 t=850 sp=900   -> raised CRITICAL rule:hz1 unacknowledged
            2   ack m1 rule:hz1   -> acknowledged CRITICAL rule:hz1 acknowledged
            3   m1 t=850 sp=700   -> reraised CRITICAL rule:hz1 unacknowledged
            4   m1 t=851 sp=700
            5   ack m1 rule:hz1   -> acknowledged CRITICAL rule:hz1 acknowledged
            6   m1 t=715 sp=700   -> deescalated WARNING rule:hz1 acknowledged
            7   m1 t=655 sp=700   -> escalated CRITICAL rule:hz1 unacknowledged
            8   m1 t=715 sp=700   -> deescalated WARNING rule:hz1 unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        let turned = script.transitions[2]
        #expect(turned.annunciates && turned.alarm.acknowledgedBy == nil && turned.alarm.raisedAt == .t0 + .seconds(1))
        #expect(turned.headline == "CRITICAL m1, again: t 850 is 140 above 710")
        let cause = try #require(turned.alarm.cause(from: .rule("hz1")))
        #expect(cause.measured == 850 && cause.limit == 710 && cause.since == .t0 + .seconds(1))
    }

    @Test func `a side that is told is known after a restart`() throws {
        var script = try AlarmScript(rules: Self.furnace)
        _ = try script.play("1 m1 t=850 sp=900")
        var again = try AlarmScript(rules: Self.furnace)
        let open = script.engine.openAlarms
        again.engine.restore(asset: "m1", memory: script.engine.memory(of: "m1"), openAlarms: open)
        let disagreements = try again.play(
            """
            2   m1 t=850 sp=900
            3   m1 t=850 sp=700   -> reraised CRITICAL rule:hz1 unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `beneath a more urgent cause a side that changes renews its own words and calls nobody`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "trip", "kind": "binary", "tag": "b", "component": "heater"},
                 {"id": "hz1", "kind": "limit", "tag": "t", "high": 80, "low": 20, "component": "heater"}]
                """
        )
        let disagreements = try script.play(
            """
            0   m1 b=1                  -> raised CRITICAL component:heater unacknowledged
            1   m1 b=1 t=10             -> causeAdded CRITICAL component:heater unacknowledged
            2   ack m1 component:heater -> acknowledged CRITICAL component:heater acknowledged
            3   m1 b=1 t=90             -> causeAdded CRITICAL component:heater acknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        #expect(script.transitions.last?.alarm.cause(from: .rule("hz1"))?.message == "t 90 is 10 above 80")
    }

    @Test func `a missing value or set value neither raises nor clears`() throws {
        var script = try AlarmScript(rules: Self.furnace)
        let disagreements = try script.play(
            """
            0   m1 t=999
            1   m1 sp=850
            2   m1 t=999 sp=850   -> raised CRITICAL rule:hz1 unacknowledged
            3   m1 t=850
            4   m1 sp=850
            5   m1 t=nan sp=850
            6   m1 t=850 sp=850   -> returned CRITICAL rule:hz1 returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `a carbon potential without criticalBeyond never becomes critical`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "cp", "kind": "setpoint", "tag": "p", "setpoint": 0.85,
                  "lowDeviation": -0.05, "highDeviation": 0.05}]
                """
        )
        let disagreements = try script.play(
            """
            0   m1 p=0.89
            1   m1 p=0.92         -> raised WARNING rule:cp unacknowledged
            2   m1 p=900
            """
        )
        #expect(disagreements.isEmpty)
        #expect(script.transitions.first?.headline == "WARNING m1: p 0.92 is 0.02 above 0.9")
    }

    @Test func `only the side that has a deviation alarms`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "hz1", "kind": "setpoint", "tag": "t", "setpoint": 100, "lowDeviation": -10, "criticalBeyond": 0}]
                """
        )
        let disagreements = try script.play(
            """
            0   m1 t=100000
            1   m1 t=90
            2   m1 t=89           -> raised CRITICAL rule:hz1 unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `an alarm clears only when back inside by the deadband, on either side and for either severity`() throws
    {
        var script = try AlarmScript(
            rules: """
                [{"id": "hz1", "kind": "setpoint", "tag": "t", "setpoint": 100, "lowDeviation": -10,
                  "highDeviation": 10, "criticalBeyond": 10, "deadband": 2}]
                """
        )
        let disagreements = try script.play(
            """
            0   m1 t=110
            1   m1 t=121   -> raised CRITICAL rule:hz1 unacknowledged
            2   m1 t=118.1
            3   m1 t=118   -> deescalated WARNING rule:hz1 unacknowledged
            4   m1 t=119.9
            5   m1 t=108.1
            6   m1 t=108   -> returned WARNING rule:hz1 returnedUnacknowledged
            7   m1 t=109.9
            8   m1 t=89    -> reraised WARNING rule:hz1 unacknowledged
            9   m1 t=91.9
            10  m1 t=92    -> returned WARNING rule:hz1 returnedUnacknowledged
            11  m1 t=111   -> reraised WARNING rule:hz1 unacknowledged
            12  m1 t=91    -> returned WARNING rule:hz1 returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }
}
