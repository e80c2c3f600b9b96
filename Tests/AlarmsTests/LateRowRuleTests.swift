import Alarms
import Plant
import Testing

/// Rows of one asset that come by several gateways, one of them slower than the others.
@Suite struct LateRowRuleTests {
    @Test func `a slower gateway's tags are judged, though each of its rows is older than the newest`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "trip", "kind": "binary", "tag": "b"}, {"id": "oil", "kind": "limit", "tag": "t", "high": 90},
                 {"id": "p", "kind": "limit", "tag": "p", "high": 5}]
                """
        )
        let disagreements = try script.play(
            """
            0   m1 p=1
            10  m1 p=1
            3   m1 t=80 b=1  -> raised CRITICAL rule:trip unacknowledged
            20  m1 p=6       -> raised WARNING rule:p unacknowledged
            13  m1 t=91 b=1  -> raised WARNING rule:oil unacknowledged
            30  m1 p=1       -> returned WARNING rule:p returnedUnacknowledged
            23  m1 t=80 b=1  -> returned WARNING rule:oil returnedUnacknowledged
            33  m1 b=0       -> returned CRITICAL rule:trip returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `of a late row those values count that are newer than all of their tags`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "oil", "kind": "limit", "tag": "t", "high": 90},
                 {"id": "hz1", "kind": "setpoint", "tag": "t", "setpointTag": "sp", "highDeviation": 10},
                 {"id": "p", "kind": "limit", "tag": "p", "high": 5}]
                """
        )
        let disagreements = try script.play(
            """
            0   m1 t=80 sp=80 p=1
            10  m1 t=80
            3   m1 t=99 sp=80 p=6  -> raised WARNING rule:p unacknowledged
            2   m1 t=99 sp=80 p=1
            11  m1 t=95 sp=80      -> raised WARNING rule:oil unacknowledged; raised WARNING rule:hz1 unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `a stale rule hears a slower gateway, and waits from its rows' own instants`() throws {
        var script = try AlarmScript(rules: #"[{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30}]"#)
        let disagreements = try script.play(
            """
            0    m1 p=1
            10   m1 p=1
            3    m1 t=1
            20   m1 p=1
            13   m1 t=1
            30   m1 p=1
            23   m1 t=1
            40   m1 p=1
            50   m1 p=1
            60   m1 p=1    -> raised WARNING rule:s unacknowledged @53
            52   m1 t=1    -> returned WARNING rule:s returnedUnacknowledged @53
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `what a delay raised before a late row is not said to have gone before that`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80, "onDelaySeconds": 15}]"#
        )
        let disagreements = try script.play(
            """
            0   m1 t=81
            20  m1 p=1     -> raised WARNING rule:oil unacknowledged @15
            10  m1 t=79    -> returned WARNING rule:oil returnedUnacknowledged @15
            12  m1 t=81
            18  m1 t=79
            30  m1 p=1
            21  m1 t=81
            40  m1 t=81    -> reraised WARNING rule:oil unacknowledged @36
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `a rule is not judged by what came before it was there`() throws {
        var script = try AlarmScript(rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80}]"#)
        _ = try script.play("10 m1 t=70 p=6")
        let rules = try AlarmScript.rules(
            """
            [{"id": "oil", "kind": "limit", "tag": "t", "high": 80},
             {"id": "p", "kind": "limit", "tag": "p", "high": 5}]
            """
        )
        #expect(try script.engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(11)).isEmpty)
        let disagreements = try script.play(
            """
            9   m1 t=81 p=6
            11  m1 p=6      -> raised WARNING rule:p unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `after a restart it is known of which tags newer values came`() throws {
        let rules = """
            [{"id": "oil", "kind": "limit", "tag": "t", "high": 80},
             {"id": "p", "kind": "limit", "tag": "p", "high": 5}, {"id": "trip", "kind": "binary", "tag": "b"}]
            """
        var script = try AlarmScript(rules: rules)
        _ = try script.play(
            """
            0   m1 t=70 p=1
            10  m1 p=1
            """
        )
        var again = try AlarmScript(rules: rules)
        again.engine.restore(asset: "m1", memory: script.engine.memory(of: "m1"), openAlarms: [])
        let disagreements = try again.play(
            """
            9   m1 p=6
            4   m1 t=81 p=6  -> raised WARNING rule:oil unacknowledged
            3   m1 b=1       -> raised CRITICAL rule:trip unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }
}
