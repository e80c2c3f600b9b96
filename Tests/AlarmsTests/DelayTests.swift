import Alarms
import Plant
import Testing

@Suite struct DelayTests {
    static let delayed = """
        [{"id": "oil", "kind": "limit", "tag": "t", "highHigh": 90, "high": 80,
          "onDelaySeconds": 30, "offDelaySeconds": 60, "deadband": 5}]
        """

    @Test func `what holds for the on-delay is raised at its end, whoever looks`() throws {
        var script = try AlarmScript(rules: Self.delayed)
        let disagreements = try script.play(
            """
            0   m1 t=81
            20  m1 t=82
            29  tick
            30  tick       -> raised WARNING rule:oil unacknowledged
            100 m2 t=81
            150 m2 t=79    -> raised WARNING rule:oil unacknowledged @130
            200 m3 t=81
            230 m3 t=82    -> raised WARNING rule:oil unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `a row at the very end of a delay is judged before it`() throws {
        var script = try AlarmScript(rules: Self.delayed)
        let disagreements = try script.play(
            """
            0    m1 t=95
            30   m1 t=70
            60   m1 t=81
            90   m1 t=91     -> raised WARNING rule:oil unacknowledged
            120  m1 t=92     -> escalated CRITICAL rule:oil unacknowledged
            130  m1 t=70
            190  m1 t=81     -> deescalated WARNING rule:oil unacknowledged
            200  m1 t=70
            260  m1 t=70     -> returned WARNING rule:oil returnedUnacknowledged
            300  m1 t=81
            330  m1 p=1      -> reraised WARNING rule:oil unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `what is inside in between begins anew, for the deadband does not help it`() throws {
        var script = try AlarmScript(rules: Self.delayed)
        let disagreements = try script.play(
            """
            0   m1 t=81
            20  m1 t=80
            25  m1 t=81
            54  tick
            55  tick       -> raised WARNING rule:oil unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `missing values let the delay go on`() throws {
        var script = try AlarmScript(rules: Self.delayed)
        let disagreements = try script.play(
            """
            0   m1 t=81
            20  m1 t=-
            40  m1 t=-     -> raised WARNING rule:oil unacknowledged @30
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `it clears after the off-delay, unless it was outside or in the deadband in between`() throws {
        var script = try AlarmScript(rules: Self.delayed)
        let disagreements = try script.play(
            """
            0   m1 t=81
            30  tick       -> raised WARNING rule:oil unacknowledged
            40  m1 t=75
            90  m1 t=76
            95  m1 t=74
            154 tick
            200 tick       -> returned WARNING rule:oil returnedUnacknowledged @155
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `each severity has delays of its own`() throws {
        var script = try AlarmScript(rules: Self.delayed)
        let disagreements = try script.play(
            """
            0   m1 t=81
            10  m1 t=91
            30  tick       -> raised WARNING rule:oil unacknowledged
            40  tick       -> escalated CRITICAL rule:oil unacknowledged
            50  m1 t=81
            110 tick       -> deescalated WARNING rule:oil unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `beyond both limits from the start it is raised once, as critical`() throws {
        var script = try AlarmScript(rules: Self.delayed)
        let disagreements = try script.play(
            """
            0   m1 t=91
            500 tick       -> raised CRITICAL rule:oil unacknowledged @30
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `swinging from beyond one limit to beyond the other is outside all the time`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80, "low": 20, "onDelaySeconds": 30}]"#
        )
        let disagreements = try script.play(
            """
            0   m1 t=81
            20  m1 t=19
            30  tick       -> raised WARNING rule:oil unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
        #expect(script.transitions.last?.headline == "WARNING m1: t 19 is 1 below 20")
    }

    @Test func `a tick ends delays of all assets, each at its own instant`() throws {
        var script = try AlarmScript(rules: Self.delayed)
        let disagreements = try script.play(
            """
            0   m2 t=81
            5   m1 t=81
            99  tick -> raised WARNING rule:oil unacknowledged @35; raised WARNING rule:oil unacknowledged @30
            """
        )
        #expect(disagreements.isEmpty)
        #expect(script.transitions.map(\.alarm.asset) == ["m1", "m2"])
    }

    @Test func `a source behind the ticks never clears an alarm before it was raised`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80, "onDelaySeconds": 30}]"#
        )
        let disagreements = try script.play(
            """
            0   m1 t=81
            300 tick       -> raised WARNING rule:oil unacknowledged @30
            10  m1 t=79    -> returned WARNING rule:oil returnedUnacknowledged @30
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test(arguments: [0, 1, 7, 59])
    func `a delay runs from when it began to hold`(seconds: Int64) {
        var delay = Delay()
        let start = Instant.t0 + .seconds(seconds)
        delay.observe(true, at: start, onDelay: .seconds(30), offDelay: .seconds(60))
        delay.observe(true, at: start + .seconds(10), onDelay: .seconds(30), offDelay: .seconds(60))
        #expect(delay.due(onDelay: .seconds(30), offDelay: .seconds(60)) == start + .seconds(30))
        delay.expire(at: start + .seconds(29), onDelay: .seconds(30), offDelay: .seconds(60))
        #expect(!delay.isActive)
        delay.expire(at: start + .seconds(30), onDelay: .seconds(30), offDelay: .seconds(60))
        #expect(delay.isActive)
        #expect(delay.due(onDelay: .seconds(30), offDelay: .seconds(60)) == nil)
    }
}
