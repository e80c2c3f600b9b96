import Alarms
import Features
import Models
import Plant
import Testing

@Suite struct PredictiveAlarmTests {
    @Test func `it is raised after enough rows in a row, and clears below its share of the threshold`() throws {
        var script = try AlarmScript(rules: "[]")
        script.policy = PredictivePolicy(threshold: 0.6, clearBelow: 0.5, raiseAfter: 3)
        let disagreements = try script.play(
            """
            0   m1 predicts 0.9 bearing
            1   m1 predicts 0.6 bearing
            2   m1 predicts 0.59 bearing
            3   m1 predicts 0.6 bearing
            4   m1 predicts 0.6 bearing
            5   m1 predicts 0.6 bearing  -> raised PREDICTIVE component:bearing unacknowledged
            6   m1 predicts 0.9 bearing
            7   m1 predicts 0.3 bearing
            8   m1 predicts 0.29 bearing -> returned PREDICTIVE component:bearing returnedUnacknowledged
            9   m1 predicts 0.9 bearing
            10  m1 predicts 0.9 bearing
            11  m1 predicts 0.9 bearing  -> reraised PREDICTIVE component:bearing unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `without a component the prediction is its own condition`() throws {
        var script = try AlarmScript(rules: "[]")
        let disagreements = try script.play(
            """
            0   m1 predicts 0.7          -> raised PREDICTIVE prediction unacknowledged
            1   ack m1 prediction        -> acknowledged PREDICTIVE prediction acknowledged
            2   m1 predicts 0.1          -> closed PREDICTIVE prediction normal
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `while it stands it keeps its condition, whatever the newer rows name`() throws {
        var script = try AlarmScript(rules: "[]")
        let disagreements = try script.play(
            """
            0   m1 predicts 0.7 bearing  -> raised PREDICTIVE component:bearing unacknowledged
            1   m1 predicts 0.8 seal
            2   m1 predicts 0.1 seal     -> returned PREDICTIVE component:bearing returnedUnacknowledged
            3   m1 predicts 0.8 seal     -> raised PREDICTIVE component:seal unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `older rows never raise or clear, and a revision of the newest takes its place`() throws {
        var script = try AlarmScript(rules: "[]")
        script.policy = PredictivePolicy(threshold: 0.6, clearBelow: 0.5, raiseAfter: 2)
        let disagreements = try script.play(
            """
            10  m1 predicts 0.7
            9   m1 predicts 0.9
            5   m1 corrects 0.9
            10  m1 corrects 0.8
            10  m1 corrects 0.1
            11  m1 predicts 0.9
            11  m1 corrects 0.9
            12  m1 predicts 0.1
            12  m1 corrects 0.9          -> raised PREDICTIVE prediction unacknowledged
            11  m1 corrects 0.01
            12  m1 corrects 0.2          -> returned PREDICTIVE prediction returnedUnacknowledged
            13  m1 predicts nan
            """
        )
        #expect(disagreements.isEmpty)
    }

    @Test func `newer rows refresh the figures without a word`() throws {
        var script = try AlarmScript(rules: "[]")
        _ = try script.play("0 m1 predicts 0.7 bearing -> raised PREDICTIVE component:bearing unacknowledged")
        let prediction = Prediction(
            asset: "m1",
            instant: .t0 + .seconds(60),
            probability: 0.83,
            confidence: 0.9,
            component: "bearing",
            timeToFailureMinutes: 300,
            p10Minutes: 120,
            p90Minutes: 600,
            modelVersion: .example
        )
        let features = FeatureMetadata(goodSamples: 12, oldestSampleAgeSeconds: 3_600, missingTags: ["p"])
        let transitions = script.engine.observe(
            prediction,
            metadata: features,
            policy: script.policy,
            generator: &script.generator
        )
        #expect(transitions.isEmpty)
        let cause = try #require(script.engine.openAlarms.first?.cause(from: .prediction))
        #expect(cause.metadata == AlertMetadata(prediction, features: features))
        #expect(cause.since == .t0)
        #expect(cause.message == "bearing likely to fail in about 5 h (83 %)")
    }

    private func said(
        _ probability: Double,
        minutes: Double,
        at second: Int,
        of component: String? = "bearing"
    ) -> Prediction {
        Prediction(
            asset: "m1",
            instant: .t0 + .seconds(second),
            probability: probability,
            component: component,
            timeToFailureMinutes: minutes,
            modelVersion: .example
        )
    }

    @Test func `whoever reads a standing alarm reads what the model says by now, and what was kept stays`() throws {
        var script = try AlarmScript(rules: "[]")
        _ = try script.play("0 m1 predicts 0.83 bearing -> raised PREDICTIVE component:bearing unacknowledged")
        let kept = try #require(script.transitions.first?.alarm)
        let now = kept.telling(said(0.995, minutes: 30, at: 30_600))
        #expect(now.leadingCause?.message == "bearing likely to fail in about 30 min (over 99 %)")
        #expect(now.leadingCause?.metadata?.instant == .t0 + .seconds(30_600))
        #expect(now.leadingCause?.since == .t0 && now.state == kept.state && now.condition == kept.condition)
        #expect(kept.leadingCause?.message == "bearing likely to fail in about 9 h (83 %)")
        #expect(kept.telling(said(0.1, minutes: 30, at: -60)) == kept)
        #expect(kept.telling(said(.nan, minutes: 30, at: 60)) == kept)
        let seal = kept.telling(said(0.995, minutes: 30, at: 60, of: "seal"))
        #expect(seal.leadingCause?.message == "seal likely to fail in about 30 min (over 99 %)")
        #expect(seal.condition == kept.condition)
        #expect(
            kept.telling(said(0.995, minutes: 30, at: 60, of: nil)).leadingCause?.message.hasPrefix("bearing") == true
        )
        let alert = Alert(sequence: 7, transition: script.transitions[0], committedAt: .t0)
        let told = alert.telling(said(0.995, minutes: 30, at: 30_600))
        #expect(told.headline == "PREDICTIVE m1: bearing likely to fail in about 30 min (over 99 %)")
        #expect(told.sequence == 7 && told.committedAt == .t0 && told.transition.at == .t0)
    }

    @Test func `an alarm that no prediction speaks for is told as it is`() throws {
        var script = try AlarmScript(rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80}]"#)
        _ = try script.play(
            """
            0   m1 predicts 0.83 bearing -> raised PREDICTIVE component:bearing unacknowledged
            60  m1 predicts 0.1 bearing  -> returned PREDICTIVE component:bearing returnedUnacknowledged
            60  m1 t=81                  -> raised WARNING rule:oil unacknowledged
            """
        )
        for alarm in script.transitions.dropFirst().map(\.alarm) {
            #expect(alarm.telling(said(0.2, minutes: 900, at: 120)) == alarm)
        }
    }

    @Test func `predictions taken away let their alarms go and leave those of rules alone`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80, "component": "bearing"}]"#
        )
        let disagreements = try script.play(
            """
            0   m1 t=81                  -> raised WARNING component:bearing unacknowledged
            0   m1 predicts 0.7 bearing  -> causeAdded WARNING component:bearing unacknowledged
            0   m2 predicts 0.7 bearing  -> raised PREDICTIVE component:bearing unacknowledged
            5   withdraw -> causeCleared WARNING component:bearing unacknowledged; \
            returned PREDICTIVE component:bearing returnedUnacknowledged
            6   withdraw
            """
        )
        #expect(disagreements.isEmpty)
    }
}
