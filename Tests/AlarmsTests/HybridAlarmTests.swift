import Alarms
import Testing

@Suite struct HybridAlarmTests {
    static let heater = """
        [{"id": "hz1", "kind": "limit", "tag": "t", "highHigh": 90, "high": 80, "component": "heater"},
         {"id": "hfail", "kind": "binary", "tag": "b", "component": "heater"},
         {"id": "slow", "kind": "limit", "tag": "p", "high": 10, "component": "heater", "priority": 1}]
        """

    @Test func `rule and prediction about one component are causes of one alarm`() throws {
        var script = try AlarmScript(rules: Self.heater)
        let disagreements = try script.play(
            """
            0   m1 predicts 0.7 heater   -> raised PREDICTIVE component:heater unacknowledged
            1   m1 t=81                  -> escalated WARNING component:heater unacknowledged
            2   m1 b=1                   -> escalated CRITICAL component:heater unacknowledged
            3   m1 b=0                   -> deescalated WARNING component:heater unacknowledged
            4   m1 predicts 0.1 heater   -> causeCleared WARNING component:heater unacknowledged
            5   m1 t=79                  -> returned WARNING component:heater returnedUnacknowledged
            6   m1 predicts 0.7 heater   -> reraised PREDICTIVE component:heater unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
        let causes = try #require(script.engine.openAlarms.first).causes
        #expect(causes.map(\.source) == [.prediction, .rule("hz1"), .rule("hfail")])
        #expect(causes.map(\.isActive) == [true, false, false])
    }

    @Test func `predictions about another component are another alarm`() throws {
        var script = try AlarmScript(rules: Self.heater)
        let disagreements = try script.play(
            """
            0   m1 t=81                  -> raised WARNING component:heater unacknowledged
            1   m1 predicts 0.7 fan      -> raised PREDICTIVE component:fan unacknowledged
            2   m2 predicts 0.7 heater   -> raised PREDICTIVE component:heater unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `an acknowledged alarm annunciates again only for a more urgent cause`() throws {
        var script = try AlarmScript(rules: Self.heater)
        let disagreements = try script.play(
            """
            0   m1 t=81                  -> raised WARNING component:heater unacknowledged
            1   ack m1 component:heater  -> acknowledged WARNING component:heater acknowledged
            2   m1 predicts 0.7 heater   -> causeAdded WARNING component:heater acknowledged
            3   m1 b=1                   -> escalated CRITICAL component:heater unacknowledged
            4   ack m1 component:heater  -> acknowledged CRITICAL component:heater acknowledged
            5   m1 t=91                  -> causeAdded CRITICAL component:heater acknowledged
            6   m1 t=81                  -> causeCleared CRITICAL component:heater acknowledged
            7   m1 b=0                   -> deescalated WARNING component:heater acknowledged
            8   m1 p=11                  -> escalated WARNING component:heater unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `a rule that joins a prediction which is known annunciates, since it is more urgent`() throws {
        var script = try AlarmScript(rules: Self.heater)
        let disagreements = try script.play(
            """
            0   m1 predicts 0.7 heater   -> raised PREDICTIVE component:heater unacknowledged
            1   ack m1 component:heater  -> acknowledged PREDICTIVE component:heater acknowledged
            2   m1 t=81                  -> escalated WARNING component:heater unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `what rises in one sample annunciates once, the most urgent first`() throws {
        var script = try AlarmScript(rules: Self.heater)
        let disagreements = try script.play(
            """
            0   m1 t=81 b=1 p=11 -> raised CRITICAL component:heater unacknowledged; \
            causeAdded CRITICAL component:heater unacknowledged; causeAdded CRITICAL component:heater unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
        #expect(script.transitions.map(\.source) == [.rule("hfail"), .rule("slow"), .rule("hz1")])
    }

    @Test func `causes that change hands in one sample keep the alarm up`() throws {
        var script = try AlarmScript(rules: Self.heater)
        let disagreements = try script.play(
            """
            0   m1 b=1                   -> raised CRITICAL component:heater unacknowledged
            1   ack m1 component:heater  -> acknowledged CRITICAL component:heater acknowledged
            2   m1 b=0 t=81 -> causeAdded CRITICAL component:heater acknowledged; \
            deescalated WARNING component:heater acknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `among equally urgent causes the first to join leads, while it is active`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "fan", "kind": "binary", "tag": "b", "component": "heater"},
                 {"id": "coil", "kind": "binary", "tag": "c", "component": "heater"}]
                """
        )
        _ = try script.play(
            """
            0   m1 b=1
            1   m1 b=1 c=1
            2   m1 b=0 c=1
            """
        )
        let leading = script.transitions.map { $0.alarm.leadingCause?.source }
        #expect(leading == [.rule("fan"), .rule("fan"), .rule("coil")])
    }
}
