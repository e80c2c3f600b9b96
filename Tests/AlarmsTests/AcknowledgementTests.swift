import Alarms
import Plant
import Testing

@Suite struct AcknowledgementTests {
    static let oil = #"[{"id": "oil", "kind": "limit", "tag": "t", "highHigh": 90, "high": 80}]"#

    @Test func `acknowledged and cleared is closed, in either order`() throws {
        var script = try AlarmScript(rules: Self.oil)
        let disagreements = try script.play(
            """
            0   m1 t=81               -> raised WARNING rule:oil unacknowledged
            1   ack m1 rule:oil       -> acknowledged WARNING rule:oil acknowledged
            2   m1 t=79               -> closed WARNING rule:oil normal
            3   m1 t=81               -> raised WARNING rule:oil unacknowledged
            4   m1 t=79               -> returned WARNING rule:oil returnedUnacknowledged
            5   ack m1 rule:oil       -> closed WARNING rule:oil normal
            """
        )
        #expect(disagreements.isEmpty)
        #expect(script.engine.openAlarms.isEmpty)
        #expect(script.transitions[0].alarm.id != script.transitions[3].alarm.id)
        #expect(script.transitions.map(\.by) == [nil, "asha", nil, nil, nil, "asha"])
    }

    @Test func `getting worse annunciates an acknowledged alarm again, getting better does not`() throws {
        var script = try AlarmScript(rules: Self.oil)
        let disagreements = try script.play(
            """
            0   m1 t=81               -> raised WARNING rule:oil unacknowledged
            1   ack m1 rule:oil       -> acknowledged WARNING rule:oil acknowledged
            2   m1 t=91               -> escalated CRITICAL rule:oil unacknowledged
            3   ack m1 rule:oil       -> acknowledged CRITICAL rule:oil acknowledged
            4   m1 t=81               -> deescalated WARNING rule:oil acknowledged
            5   m1 t=79               -> closed WARNING rule:oil normal
            """
        )
        #expect(disagreements.isEmpty)
        let escalated = script.transitions[2].alarm
        #expect(escalated.acknowledgedAt == nil && escalated.acknowledgedBy == nil && escalated.note == nil)
        let closed = script.transitions[5].alarm
        #expect(closed.acknowledgedAt == .t0 + .seconds(3) && closed.acknowledgedBy == "asha" && closed.note == "seen")
        #expect(closed.clearedAt == .t0 + .seconds(5) && closed.raisedAt == .t0)
    }

    @Test func `a return that nobody saw goes on in the same alarm when it is raised again`() throws {
        var script = try AlarmScript(rules: Self.oil)
        let disagreements = try script.play(
            """
            0   m1 t=91               -> raised CRITICAL rule:oil unacknowledged
            1   m1 t=79               -> returned CRITICAL rule:oil returnedUnacknowledged
            2   m1 t=81               -> reraised WARNING rule:oil unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
        #expect(Set(script.transitions.map(\.alarm.id)).count == 1)
        #expect(script.transitions[1].alarm.clearedAt == .t0 + .seconds(1))
        #expect(script.transitions[2].alarm.clearedAt == nil)
        #expect(script.transitions[2].alarm.raisedAt == .t0)
        #expect(script.transitions[2].alarm.causes.map(\.since) == [.t0 + .seconds(2)])
    }

    @Test func `acknowledging twice changes nothing, and the first word stands`() throws {
        var script = try AlarmScript(rules: Self.oil)
        _ = try script.play("0 m1 t=81 -> raised WARNING rule:oil unacknowledged")
        let id = try #require(script.engine.openAlarms.first?.id)
        let first = try script.engine.acknowledge(id, by: "asha", note: "on my way", at: .t0)
        let second = try script.engine.acknowledge(id, by: "ravi", at: .t0 + .seconds(5))
        #expect(first.map(\.change) == [.acknowledged])
        #expect(second.isEmpty)
        let alarm = try #require(script.engine.openAlarms.first)
        #expect(alarm.acknowledgedBy == "asha" && alarm.note == "on my way" && alarm.acknowledgedAt == .t0)
    }

    @Test func `what is closed or was never raised can't be acknowledged`() throws {
        var script = try AlarmScript(rules: Self.oil)
        _ = try script.play(
            """
            0   m1 t=81
            1   m1 t=79
            2   ack m1 rule:oil
            """
        )
        let closed = try #require(script.transitions.last?.alarm.id)
        for id in [closed, ID.random(using: &script.generator)] {
            #expect(throws: AlarmError(.alarmNotOpen, alarm: id)) {
                try script.engine.acknowledge(id, by: "asha", at: .t0)
            }
        }
    }
}
