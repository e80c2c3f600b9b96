import Alarms
import FoundationEssentials
import Models
import Plant
import Testing

/// What people's words on alarms teach.
@Suite struct FeedbackEvidenceTests {
    private let hour = Duration.seconds(3_600)

    private func judged(
        _ isAccurate: Bool,
        asset: String = "p1",
        raisedAt: Instant = .t0,
        clearedAfter: Int? = 3,
        saidAfter: Int = 5,
        component: String? = nil
    ) -> JudgedAlarm {
        JudgedAlarm(
            feedback: Feedback(
                id: ID(UUID()),
                alarm: ID(UUID()),
                isAccurate: isAccurate,
                component: component,
                by: "ann",
                at: raisedAt + hour * saidAfter
            ),
            asset: asset,
            condition: .component("seal"),
            raisedAt: raisedAt,
            clearedAt: clearedAfter.map { raisedAt + hour * $0 }
        )
    }

    private func evidence(_ alarms: [JudgedAlarm], recorded: [FailureEvent] = [], hours: Int = 100) -> FeedbackEvidence
    {
        FeedbackEvidence(
            alarms,
            recorded: recorded,
            horizon: hour * 24,
            recovery: hour,
            components: ["seal", "bearing"],
            until: .t0 + hour * hours
        )
    }

    @Test func `an accurate alarm is a failure that nobody recorded, of what the person or else the alarm named`() {
        let named = evidence([judged(true, component: "bearing")])
        #expect(named.failures == [FailureEvent(asset: "p1", start: .t0 + hour * 3, component: "bearing")])
        #expect(named.words.map(\.effect) == [.failure])
        #expect(evidence([judged(true)]).failures.map(\.component) == ["seal"])
        // One that still stands was found when it was judged; none is found later than it looked ahead.
        #expect(evidence([judged(true, clearedAfter: nil)]).failures.map(\.start) == [.t0 + hour * 5])
        #expect(evidence([judged(true, clearedAfter: 90, saidAfter: 95)]).failures.map(\.start) == [.t0 + hour * 24])
    }

    @Test(arguments: [(0, true), (24, true), (25, false)])
    func `a failure that was recorded within the horizon is worth more than a word`(hours: Int, isKnown: Bool) {
        let recorded = [
            FailureEvent(asset: "p1", start: .t0 + hour * hours), FailureEvent(asset: "p2", start: .t0 + hour),
        ]
        let accurate = evidence([judged(true)], recorded: recorded)
        #expect(accurate.words.map(\.effect) == [isKnown ? .known : .failure])
        #expect(accurate.failures.isEmpty == isKnown)
        let inaccurate = evidence([judged(false)], recorded: recorded)
        #expect(inaccurate.words.map(\.effect) == [isKnown ? .contradicted : .sound])
        #expect(inaccurate.sound.isEmpty == isKnown)
    }

    @Test func `while an inaccurate alarm stood its asset was sound, also one that fell silent afterwards`() {
        let evidence = evidence([judged(false)])
        #expect(evidence.sound == ["p1": [.t0...(.t0 + hour * 3)]])
        let labeler = Labeler(
            history: FailureHistory(failures: [], latestRow: .t0 + hour * 100),
            horizon: hour * 24,
            recovery: .zero,
            latestRows: ["p1": .t0 + hour * 4],
            sound: evidence.sound
        )
        #expect(labeler.label("p1", at: .t0 + hour) == .negative)
        #expect(labeler.label("p1", at: .t0 + hour * 4) == .unknown)
        #expect(labeler.label("p2", at: .t0 + hour) == .unknown)
    }

    @Test func `words from after the record's end were not spoken`() {
        #expect(evidence([judged(true)], hours: 4).words.isEmpty)
        #expect(evidence([judged(true)], hours: 5).words.count == 1)
    }

    @Test func `an alarm that came after the failure had begun speaks of that failure`() {
        let running = [FailureEvent(asset: "p1", start: .t0 - hour * 2, end: .t0 + hour)]
        #expect(evidence([judged(true)], recorded: running).words.map(\.effect) == [.known])
        #expect(evidence([judged(false)], recorded: running).words.map(\.effect) == [.contradicted])
        // Its asset still recovers for an hour after the end.
        let over = [FailureEvent(asset: "p1", start: .t0 - hour * 2, end: .t0 - hour)]
        #expect(evidence([judged(true)], recorded: over).words.map(\.effect) == [.known])
        let past = [FailureEvent(asset: "p1", start: .t0 - hour * 3, end: .t0 - hour * 2)]
        #expect(evidence([judged(true)], recorded: past).words.map(\.effect) == [.failure])
    }

    @Test func `several words on one trouble teach one failure, and a tag's name is no component`() {
        let flapping = evidence([judged(true), judged(true, raisedAt: .t0 + hour * 4), judged(true, asset: "p2")])
        #expect(flapping.failures.map(\.asset) == ["p1", "p2"])
        #expect(flapping.words.map(\.effect).filter { $0 == .known }.count == 1)
        let unmapped = FeedbackEvidence(
            [judged(true)],
            recorded: [],
            horizon: hour * 24,
            recovery: hour,
            components: ["bearing"],
            until: .t0 + hour * 100
        )
        #expect(unmapped.failures.map(\.component) == [nil])
    }
}
