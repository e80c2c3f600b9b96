import Alarms
import FoundationEssentials
import Models
import Plant
import Testing

@Suite struct AlertTests {
    static let rules = """
        [{"id": "hz1", "kind": "setpoint", "tag": "t", "setpointTag": "sp", "lowDeviation": -30, "highDeviation": 10,
          "criticalBeyond": 10, "component": "heater", "deadband": 1},
         {"id": "hfail", "kind": "binary", "tag": "b", "component": "heater", "message": "Heater 1 failed"},
         {"id": "oil", "kind": "limit", "tag": "p", "low": 2, "message": "Oil pressure low"}]
        """

    @Test func `each change is a sentence that an operator understands`() throws {
        var script = try AlarmScript(rules: Self.rules)
        _ = try script.play(
            """
            0   furnace-1 t=871.2 sp=850
            1   furnace-1 t=869 sp=850
            2   furnace-1 b=1
            3   furnace-1 predicts 0.83 heater
            4   ack furnace-1 component:heater
            5   furnace-1 b=0
            6   furnace-1 predicts 0.01 heater
            7   furnace-1 t=850 sp=850
            8   furnace-1 t=809.5 sp=850
            9   furnace-1 t=850 sp=850
            10  furnace-1 t=862 sp=850
            11  furnace-1 t=850 sp=850
            12  ack furnace-1 component:heater
            13  furnace-1 p=1.25
            14  furnace-1 p=2
            """
        )
        #expect(
            script.transitions.map(\.headline) == [
                "CRITICAL furnace-1: t 871.2 is 11.2 above 860",
                "WARNING furnace-1, less urgent now: t 869 is 9 above 860",
                "CRITICAL furnace-1, more urgent now: Heater 1 failed",
                "CRITICAL furnace-1, also: heater likely to fail in about 9 h (83 %)",
                "CRITICAL furnace-1, acknowledged by asha: Heater 1 failed",
                "WARNING furnace-1, less urgent now: t 869 is 9 above 860",
                "WARNING furnace-1, a cause less, still: t 869 is 9 above 860",
                "WARNING furnace-1: heater back to normal",
                "CRITICAL furnace-1: t 809.5 is 10.5 below 820",
                "CRITICAL furnace-1: heater back to normal, not acknowledged yet",
                "WARNING furnace-1, again: t 862 is 2 above 860",
                "WARNING furnace-1: heater back to normal, not acknowledged yet",
                "WARNING furnace-1: heater back to normal, acknowledged by asha",
                "WARNING furnace-1: Oil pressure low (p 1.25 is 0.75 below 2)",
                "WARNING furnace-1: oil back to normal, not acknowledged yet",
            ]
        )
    }

    @Test func `only what is new, back or more urgent makes operators look`() throws {
        let annunciating = AlarmTransition.Change.allCases.filter { change in
            AlarmTransition(alarm: Self.alarm(.prediction), change: change, at: .t0).annunciates
        }
        #expect(annunciating == [.raised, .reraised, .escalated, .unsuppressed])
    }

    static func alarm(_ condition: AlarmCondition) -> Alarm {
        Alarm(
            id: ID(UUID()),
            asset: "pump-3",
            condition: condition,
            type: .predictive,
            state: .returnedUnacknowledged,
            raisedAt: .t0,
            clearedAt: .t0,
            causes: []
        )
    }

    @Test(arguments: [
        (AlarmCondition.component("bearing"), "bearing no longer expected to fail"),
        (.prediction, "no failure expected any more"),
    ])
    func `a prediction that is withdrawn says so`(condition: AlarmCondition, phrase: String) {
        let transition = AlarmTransition(alarm: Self.alarm(condition), change: .returned, at: .t0)
        #expect(transition.headline == "PREDICTIVE pump-3: \(phrase), not acknowledged yet")
    }

    @Test(arguments: [
        (0.83, 0.4, "bearing likely to fail in less than a minute (83 %)"),
        (0.83, 7.4, "bearing likely to fail in about 7 min (83 %)"),
        (0.83, 37, "bearing likely to fail in about 35 min (83 %)"),
        (0.83, 95, "bearing likely to fail in about 1.5 h (83 %)"),
        (0.83, 540, "bearing likely to fail in about 9 h (83 %)"),
        (0.83, 1_440, "bearing likely to fail in about 24 h (83 %)"),
        (0.83, 3_650, "bearing likely to fail in about 2.5 days (83 %)"),
        (0.83, 43_200, "bearing likely to fail in about 30 days (83 %)"),
        (0.83, nil, "bearing likely to fail (83 %)"),
        (0.07, 540, "bearing may fail in about 9 h (7 %)"),
        (0.004, nil, "bearing may fail (under 1 %)"),
        (0.997, nil, "bearing likely to fail (over 99 %)"),
        (1.0, nil, "bearing likely to fail (100 %)"),
    ])
    func `a prediction is told in rounded times and whole per cent`(
        probability: Double,
        minutes: Double?,
        message: String
    ) throws {
        var script = try AlarmScript(rules: "[]")
        let prediction = Prediction(
            asset: "pump-3",
            instant: .t0,
            probability: probability,
            component: "bearing",
            timeToFailureMinutes: minutes,
            modelVersion: .example
        )
        let transitions = script.engine.observe(
            prediction,
            metadata: nil,
            policy: PredictivePolicy(threshold: 0.001, clearBelow: 0.5, raiseAfter: 1),
            generator: &script.generator
        )
        #expect(transitions.map(\.headline) == ["PREDICTIVE pump-3: " + message])
    }

    @Test func `a probability at a low threshold without a component is no certainty`() throws {
        var script = try AlarmScript(rules: "[]")
        script.policy = PredictivePolicy(threshold: 0.02, clearBelow: 0.5, raiseAfter: 1)
        _ = try script.play("0 pump-3 predicts 0.05")
        #expect(script.transitions.map(\.headline) == ["PREDICTIVE pump-3: failure possible in about 9 h (5 %)"])
    }

    @Test(arguments: [
        ("860", "860.01", "t 860.01 is 0.01 above 860"),
        ("860", "860.0000000001", "t 860.0000000001 is 0.0000000001 above 860"),
        ("859.95", "860.04", "t 860.04 is 0.09 above 859.95"),
        ("850.2", "1021.44444", "t 1021 is 171 above 850.2"),
        ("0.00001", "0.0000234567", "t 0.00002346 is 0.00001346 above 0.00001"),
        ("1000000", "1234567.89", "t 1234568 is 234568 above 1000000"),
        ("-10", "-2.5", "t -2.5 is 7.5 above -10"),
        ("0", "1e300", "t 1e+300 is 1e+300 above 0"),
    ])
    func `numbers are as fine as the excess needs, and no finer`(limit: String, value: String, message: String) throws {
        var script = try AlarmScript(rules: #"[{"id": "r", "kind": "limit", "tag": "t", "high": \#(limit)}]"#)
        _ = try script.play("0 m1 t=\(value)")
        #expect(script.transitions.map(\.headline) == ["WARNING m1: " + message])
    }

    @Test func `an alarm that its off-delay holds does not claim to be outside`() throws {
        var script = try AlarmScript(
            rules: """
                [{"id": "r", "kind": "limit", "tag": "t", "highHigh": 90, "high": 80, "deadband": 5,
                  "offDelaySeconds": 60}]
                """
        )
        _ = try script.play(
            """
            0   m1 t=91
            10  m1 t=78
            100 tick
            """
        )
        let headline = script.transitions.last?.headline
        #expect(headline == "WARNING m1, less urgent now: t 78 has only just come back inside 80")
    }

    @Test func `an alert reads back from what it writes, its headline beside it`() throws {
        var script = try AlarmScript(rules: Self.rules)
        _ = try script.play(
            """
            0   furnace-1 t=871.2 sp=850
            3   furnace-1 predicts 0.83 heater
            4   ack furnace-1 component:heater
            """
        )
        for (index, transition) in script.transitions.enumerated() {
            let alert = Alert(sequence: Int64(index) + 1, transition: transition, toldAt: index == 0 ? nil : .t0)
            let written = try JSONEncoder().encode(alert)
            #expect(try JSONDecoder().decode(Alert.self, from: written) == alert)
            struct Told: Decodable { let headline: String }
            #expect(try JSONDecoder().decode(Told.self, from: written).headline == transition.headline)
        }
    }
}
