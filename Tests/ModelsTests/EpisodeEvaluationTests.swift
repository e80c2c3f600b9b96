import Models
import Plant
import TestSupport
import Testing

@Suite struct EpisodeEvaluationTests {
    private let hour = Duration.seconds(3_600)

    private func evaluate(
        _ raises: [Raise],
        failures: [FailureEvent],
        hours: Int = 168,
        recovery: Duration = .zero,
        latestRows: [String: Instant]? = nil
    ) -> EpisodeEvaluation {
        let end = Instant.t0 + hour * hours
        let watch = EpisodeEvaluation.Watch(
            spans: ["a": .t0...end],
            history: FailureHistory(failures: failures, latestRow: end),
            horizon: hour * 24,
            recovery: recovery,
            latestRows: latestRows
        )
        return EpisodeEvaluation(
            raises: raises,
            over: watch,
            costs: EpisodeEvaluation.Costs(missedFailure: 50, falseAlarm: 1)
        )
    }

    private func failure(_ hours: Int, _ component: String? = nil) -> FailureEvent {
        FailureEvent(asset: "a", start: .t0 + hour * hours, component: component)
    }

    @Test func `a raise within the horizon detects, and the first one gives the lead`() {
        let raises = [30, 40].map { Raise(asset: "a", instant: .t0 + hour * $0) }
        let evaluation = evaluate(raises, failures: [failure(50)])
        #expect(evaluation.episodesDetected == 1)
        #expect(evaluation.medianLeadMinutes == 1_200)
        #expect(evaluation.falseAlarms == 0)
        #expect(evaluation.expectedCost == 0)
    }

    @Test func `a raise before the horizon is false and the failure missed`() {
        let evaluation = evaluate([Raise(asset: "a", instant: .t0 + hour * 25)], failures: [failure(50)])
        #expect(evaluation.episodesDetected == 0)
        #expect(evaluation.falseAlarms == 1)
        #expect(evaluation.expectedCost == 51)
    }

    @Test func `a raise at the failure's own instant announces nothing, and is not false`() {
        let evaluation = evaluate([Raise(asset: "a", instant: .t0 + hour * 50)], failures: [failure(50)])
        #expect(evaluation.episodesDetected == 0)
        #expect(evaluation.falseAlarms == 0)
        #expect(evaluation.expectedCost == 50)
    }

    @Test(arguments: [(55, 0), (60, 0), (62, 0), (63, 1)])
    func `a raise while the asset fails or recovers is not judged`(hours: Int, falseAlarms: Int) {
        let failure = FailureEvent(asset: "a", start: .t0 + hour * 50, end: .t0 + hour * 60)
        let raise = Raise(asset: "a", instant: .t0 + hour * hours)
        #expect(evaluate([raise], failures: [failure], recovery: hour * 2).falseAlarms == falseAlarms)
    }

    @Test(arguments: [(33, 1), (34, 0)])
    func `a raise whose asset then fell silent may have been right`(hours: Int, falseAlarms: Int) {
        let raises = [Raise(asset: "a", instant: .t0 + hour * hours)]
        let evaluation = evaluate(raises, failures: [], latestRows: ["a": .t0 + hour * 57])
        #expect(evaluation.falseAlarms == falseAlarms)
    }

    @Test func `without rows or failures nothing is judged`() {
        let watch = EpisodeEvaluation.Watch(
            spans: [:],
            history: FailureHistory(failures: [], latestRow: nil),
            horizon: hour * 24
        )
        let costs = EpisodeEvaluation.Costs(missedFailure: 50, falseAlarm: 1)
        let evaluation = EpisodeEvaluation(raises: [Raise(asset: "a", instant: .t0)], over: watch, costs: costs)
        #expect(evaluation.episodes == 0 && evaluation.falseAlarms == 0 && evaluation.expectedCost == 0)
        #expect(evaluation.falseAlarmsPerAssetWeek == nil && evaluation.componentTop1 == nil)
    }

    @Test func `a raise whose horizon reaches past the record is not judged`() {
        let evaluation = evaluate([Raise(asset: "a", instant: .t0 + hour * 160)], failures: [])
        #expect(evaluation.falseAlarms == 0)
        #expect(evaluation.falseAlarmsPerAssetWeek == 0)
        #expect(evaluation.medianLeadMinutes == nil)
    }

    @Test func `component and time are those said at the first raise`() {
        let raises = [
            Raise(asset: "a", instant: .t0 + hour * 40, component: "seal", timeToFailureMinutes: 700),
            Raise(asset: "a", instant: .t0 + hour * 45, component: "bearing", timeToFailureMinutes: 300),
        ]
        let evaluation = evaluate(raises, failures: [failure(50, "bearing"), failure(50, "seal")])
        #expect(evaluation.episodes == 1)
        #expect(evaluation.componentTop1 == 1)
        #expect(evaluation.timeToFailureMAE == 100)
    }

    @Test func `another asset's raise detects nothing here`() {
        let evaluation = evaluate([Raise(asset: "b", instant: .t0 + hour * 40)], failures: [failure(50)])
        #expect(evaluation.episodesDetected == 0)
        #expect(evaluation.falseAlarms == 1)
    }

    @Test func `false alarms are counted per asset and week`() {
        let raises = [10, 60, 110].map { Raise(asset: "a", instant: .t0 + hour * $0) }
        #expect(evaluate(raises, failures: []).falseAlarmsPerAssetWeek == 3)
    }
}
