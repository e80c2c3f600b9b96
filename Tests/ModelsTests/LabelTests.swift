import Models
import Plant
import TestSupport
import Testing

@Suite struct LabelTests {
    private let day = Duration.seconds(86_400)

    private func labeler(
        failures: [FailureEvent],
        latestRows: [String: Instant],
        until: Instant? = nil,
        recovery: Duration = .zero
    ) -> Labeler {
        Labeler(
            history: FailureHistory(failures: failures, latestRow: latestRows.values.max(), until: until),
            horizon: day,
            recovery: recovery,
            latestRows: latestRows
        )
    }

    @Test func `a row is positive within the horizon before a failure, at its very edge too, and negative earlier`() {
        let failure = FailureEvent(asset: "a", start: .t0 + day * 10, component: "pump")
        let labeler = labeler(failures: [failure], latestRows: ["a": .t0 + day * 20])
        #expect(labeler.label("a", at: .t0 + day * 9) == .positive(minutesToFailure: 1_440, components: ["pump"]))
        #expect(labeler.label("a", at: .t0 + day * 9 - .seconds(1)) == .negative)
        let minuteBefore = labeler.label("a", at: .t0 + day * 10 - .seconds(60))
        #expect(minuteBefore == .positive(minutesToFailure: 1, components: ["pump"]))
    }

    @Test func `at the failure's own instant it is the past, and the row is not judged`() {
        let failure = FailureEvent(asset: "a", start: .t0 + day * 10, end: .t0 + day * 11)
        let labeler = labeler(failures: [failure], latestRows: ["a": .t0 + day * 20], recovery: .seconds(3_600))
        #expect(labeler.label("a", at: .t0 + day * 10) == .unknown)
        #expect(labeler.label("a", at: .t0 + day * 11 + .seconds(3_600)) == .unknown)
        #expect(labeler.label("a", at: .t0 + day * 11 + .seconds(3_601)) == .negative)
    }

    @Test func `what nobody observed is unknown, even where a failure is known`() {
        let failure = FailureEvent(asset: "a", start: .t0 + day * 10)
        let labeler = labeler(failures: [failure], latestRows: ["a": .t0 + day * 10])
        #expect(labeler.label("a", at: .t0 + day * 9 + .seconds(1)) == .unknown)
    }

    @Test func `an asset that fell silent is unknown, one with rows past the horizon lived`() {
        let labeler = labeler(failures: [], latestRows: ["silent": .t0 + day * 5, "alive": .t0 + day * 20])
        #expect(labeler.label("silent", at: .t0 + day * 4) == .negative)
        #expect(labeler.label("silent", at: .t0 + day * 4 + .seconds(1)) == .unknown)
        #expect(labeler.label("alive", at: .t0 + day * 4 + .seconds(1)) == .negative)
        #expect(labeler.label("alive", at: .t0 + day * 19 + .seconds(1)) == .unknown)
    }

    @Test func `failures after the end of the record do not exist`() {
        let failure = FailureEvent(asset: "a", start: .t0 + day * 10)
        let labeler = labeler(failures: [failure], latestRows: ["a": .t0 + day * 8], until: .t0 + day * 8)
        #expect(labeler.history.observedUntil == .t0 + day * 8)
        #expect(labeler.history.allEpisodes.isEmpty)
        #expect(labeler.label("a", at: .t0 + day * 7) == .negative)
    }
}
