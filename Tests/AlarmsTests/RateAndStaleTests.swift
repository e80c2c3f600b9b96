import Alarms
import Plant
import Testing

@Suite struct RateAndStaleTests {
    @Test func `a rate is measured from the block before, and scaled to its length`() throws {
        var script = try AlarmScript(
            rules:
                #"[{"id": "r", "kind": "rateOfChange", "tag": "t", "overSeconds": 60, "rise": 10, "criticalRise": 30}]"#
        )
        let disagreements = try script.play(
            """
            0    m1 t=100
            30   m1 t=190
            60   m1 t=109
            90   m1 t=120  -> raised WARNING rule:r unacknowledged
            119  m1 t=160  -> escalated CRITICAL rule:r unacknowledged
            120  m1 t=110  -> returned CRITICAL rule:r returnedUnacknowledged
            300  m1 t=139
            360  m1 t=145
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        #expect(
            script.transitions[0].alarm.causes[0].message == "t rises by 13.3 in about 2 min, more than 10"
                || script.transitions[0].alarm.causes[0].message.hasPrefix("t rises by 13.3 in about")
        )
    }

    @Test func `where rows are sparser than its blocks a rate is measured from the last one, and scaled`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "r", "kind": "rateOfChange", "tag": "t", "overSeconds": 60, "rise": 10}]"#
        )
        let disagreements = try script.play(
            """
            0      m1 t=100
            300    m1 t=149
            600    m1 t=201   -> raised WARNING rule:r unacknowledged
            900    m1 t=250   -> returned WARNING rule:r returnedUnacknowledged
            4500   m1 t=900   -> reraised WARNING rule:r unacknowledged
            4530   m1 t=900
            4560   m1 t=900   -> returned WARNING rule:r returnedUnacknowledged
            8161   m1 t=9000
            8220   m1 t=9001
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        #expect((10.39...10.41).contains(script.transitions.first?.alarm.causes.first?.measured ?? 0))
    }

    @Test func `what changed fast as the plant stopped goes once its rows are sparse and flat`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "r", "kind": "rateOfChange", "tag": "t", "overSeconds": 60, "fall": -10}]"#
        )
        let disagreements = try script.play(
            """
            0    m1 t=100
            30   m1 t=90
            60   m1 t=70    -> raised WARNING rule:r unacknowledged
            90   m1 t=20
            390  m1 t=20    -> returned WARNING rule:r returnedUnacknowledged
            690  m1 t=20
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `a fall beyond its limit alarms on the low side`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "r", "kind": "rateOfChange", "tag": "t", "overSeconds": 10, "fall": -5}]"#
        )
        let disagreements = try script.play(
            """
            0   m1 t=50
            10  m1 t=45
            20  m1 t=39  -> raised WARNING rule:r unacknowledged
            30  m1 t=38  -> returned WARNING rule:r returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test(arguments: [(1, "rise", "criticalRise", "rises"), (-1, "fall", "criticalFall", "falls")])
    func `a change that a deadband holds is told as inside its limit`(
        sign: Int,
        noun: String,
        critical: String,
        verb: String
    ) throws {
        let limits = #""\#(noun)": \#(5 * sign), "\#(critical)": \#(10 * sign)"#
        var script = try AlarmScript(
            rules: """
                [{"id": "r", "kind": "rateOfChange", "tag": "t", "overSeconds": 60, \(limits), "deadband": 4.9}]
                """
        )
        let disagreements = try script.play(
            """
            0    m1 t=0
            60   m1 t=0
            120  m1 t=\(12 * sign)  -> raised CRITICAL rule:r unacknowledged
            180  m1 t=\(15 * sign)  -> deescalated WARNING rule:r unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        let messages = script.transitions.map { $0.alarm.causes[0].message }
        #expect(
            messages == [
                "t \(verb) by 12 in about 1 min, more than 10",
                "t \(verb) by 3 in about 1 min, only just back inside a \(noun) of 5",
            ]
        )
    }

    @Test func `a change that an off-delay holds is told in its own direction`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "r", "kind": "rateOfChange", "tag": "t", "overSeconds": 60, "rise": 5, "criticalRise": 10,
                  "offDelaySeconds": 100}]
                """
        )
        let disagreements = try script.play(
            """
            60   m1 t=0
            120  m1 t=0
            180  m1 t=12  -> raised CRITICAL rule:r unacknowledged
            240  m1 t=19
            300  m1 t=17
            340  tick     -> deescalated WARNING rule:r unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        #expect(
            script.transitions.last?.alarm.causes[0].message
                == "t falls by 2 in about 1 min, only just back inside a rise of 5"
        )
    }

    @Test func `a tag that falls silent while its plant goes on is told of, and a silent plant is not`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30}]"#
        )
        let disagreements = try script.play(
            """
            0    m1 t=1 p=1
            20   m1 p=1
            40   m1 p=1     -> raised WARNING rule:s unacknowledged @30
            50   m1 t=2     -> returned WARNING rule:s returnedUnacknowledged
            500  tick
            510  m2 t=1     
            520  tick       -> reraised WARNING rule:s unacknowledged @80
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        #expect(script.transitions[0].alarm.causes[0].message.hasPrefix("t has sent no good value for"))
        #expect(script.transitions[0].alarm.causes[0].measured == nil)
    }

    @Test(arguments: [nil, .seconds(300)] as [Duration?])
    func `an asset that is back after its plant was silent as a whole missed nothing`(silentAfter: Duration?) throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "a", "kind": "stale", "tag": "t", "afterSeconds": 30},
                 {"id": "b", "kind": "stale", "tag": "sp", "afterSeconds": 30},
                 {"id": "c", "kind": "stale", "tag": "p", "afterSeconds": 30}]
                """,
            silentAfter: silentAfter
        )
        let disagreements = try script.play(
            """
            0    m1 t=1 sp=1 p=1
            10   m1 t=1 sp=1 p=1
            20   m1 t=1 sp=1 p=1
            400  tick
            620  m1 t=1 sp=1 p=1
            625  tick
            630  m1 t=1 sp=1 p=1
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `after a plant was silent as a whole all wait anew, and one that stays silent is missed`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30}]"#,
            silentAfter: .seconds(300)
        )
        let disagreements = try script.play(
            """
            20    m1 t=1
            20    m2 t=1
            620   m1 p=1
            625   tick
            630   m2 t=1
            649   m1 p=1
            650   m1 p=1   -> raised WARNING rule:s unacknowledged
            700   m1 t=1   -> returned WARNING rule:s returnedUnacknowledged
            920   m1 t=1
            929   tick
            930   m1 t=1
            930   tick     -> raised WARNING rule:s unacknowledged @660
            1000  m2 t=1   -> returned WARNING rule:s returnedUnacknowledged
            1200  m1 t=1
            1350  m1 t=1
            1400  m2 t=1   -> reraised WARNING rule:s unacknowledged @1030; returned WARNING rule:s returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `a tag that an asset never had is not waited for, and once it had it is`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30}]"#
        )
        let disagreements = try script.play(
            """
            0     m1 p=1
            20    m1 p=1
            40    m1 p=1
            4000  m2 t=1
            4001  tick
            4010  m1 p=1
            4020  m1 t=1
            4040  m1 p=1
            4050  m1 p=1   -> raised WARNING rule:s unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `a tag that drops in and out is told of once where its rule has an off-delay`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30, "offDelaySeconds": 60}]"#
        )
        let disagreements = try script.play(
            """
            0    m1 t=1 p=1
            40   m1 p=1     -> raised WARNING rule:s unacknowledged @30
            50   m1 t=1
            60   m1 t=1
            70   m1 p=1
            95   m1 p=1
            100  m1 t=1
            120  m1 t=1
            140  m1 t=1
            159  m1 t=1
            165  m1 t=1     -> returned WARNING rule:s returnedUnacknowledged @160
            190  m1 p=1
            196  m1 p=1     -> reraised WARNING rule:s unacknowledged @195
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `a rate over too short a time, or beyond all numbers, says nothing`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "r", "kind": "rateOfChange", "tag": "t", "overSeconds": 600, "rise": 10}]"#
        )
        let disagreements = try script.play(
            """
            599   m1 t=100
            601   m1 t=101
            1190  m1 t=105
            1200  m1 t=-1.7e308
            1900  m1 t=1.7e308
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `a stale rule whose severity changes goes on waiting`() throws {
        func rules(_ severity: String) throws -> [AlarmRule] {
            try AlarmScript.rules(
                #"[{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30, "severity": "\#(severity)"}]"#
            )
        }
        var engine = try AlarmEngine(rules: rules("CRITICAL"), tags: AlarmScript.tags)
        var generator = SplitMix64(seed: 1)
        var told: [AlarmTransition] = []
        for second in stride(from: 0, to: 100, by: 5) {
            if second == 10 {
                told += try engine.replace(rules: rules("WARNING"), tags: AlarmScript.tags, at: .t0 + .seconds(10))
            }
            let values = [1, Double.nan, .nan, .nan, .nan]
            let sample = Sample(asset: "m1", instant: .t0 + .seconds(second), values: values)
            told += engine.observe(sample, generator: &generator)
        }
        #expect(told.isEmpty)
    }

    @Test func `a latching alarm stays until somebody resets it`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "l", "kind": "limit", "tag": "t", "high": 80, "latching": true}]"#
        )
        let disagreements = try script.play(
            """
            0  m1 t=81         -> raised WARNING rule:l unacknowledged
            1  ack m1 rule:l   -> acknowledged WARNING rule:l acknowledged
            2  m1 t=70         -> returned WARNING rule:l latched
            3  m1 t=81         -> reraised WARNING rule:l unacknowledged
            4  m1 t=70         -> returned WARNING rule:l returnedUnacknowledged
            5  ack m1 rule:l   -> acknowledged WARNING rule:l latched
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
        #expect(
            script.transitions.last?.headline == "WARNING m1: l back to normal, acknowledged by asha, waits to be reset"
        )
        let alarm = try #require(script.engine.openAlarms.first)
        #expect(try script.engine.reset(alarm.id, by: "asha", at: .t0 + .seconds(6)).map(\.change) == [.closed])
        #expect(script.engine.openAlarms.isEmpty)
    }

    @Test(arguments: [
        (#"{"id":"r","kind":"rateOfChange","tag":"t","overSeconds":0,"rise":1}"#, "overSeconds"),
        (#"{"id":"r","kind":"rateOfChange","tag":"t","overSeconds":5}"#, "rise"),
        (#"{"id":"r","kind":"rateOfChange","tag":"t","overSeconds":5,"fall":1}"#, "fall"),
        (#"{"id":"r","kind":"rateOfChange","tag":"b","overSeconds":5,"rise":1}"#, "tag"),
        (#"{"id":"r","kind":"stale","tag":"t","afterSeconds":0}"#, "afterSeconds"),
        (#"{"id":"r","kind":"stale","tag":"t","afterSeconds":5,"onDelaySeconds":1}"#, "onDelaySeconds"),
        (#"{"id":"r","kind":"stale","tag":"t","afterSeconds":5,"deadband":1}"#, "deadband"),
        (#"{"id":"r","kind":"stale","tag":"x","afterSeconds":5}"#, "tag"),
    ])
    func `a rule that means nothing is refused at its key`(rule: String, key: String) throws {
        let problems = try AlarmScript.rules("[\(rule)]").problems(tags: AlarmScript.tags)
        #expect(problems.first?.path == ["rules", "0", key])
    }
}
