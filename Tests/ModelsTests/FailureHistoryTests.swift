import Models
import Plant
import TestSupport
import Testing

@Suite struct FailureHistoryTests {
    private let day = Duration.seconds(86_400)

    @Test func `failures of one asset with one start are one episode with all its components and the last end`() {
        let failures = [("comp1", 2), ("comp2", 3)].map {
            FailureEvent(asset: "a", start: .t0 + day, end: .t0 + day * $1, component: $0)
        }
        let history = FailureHistory(failures: failures, latestRow: .t0 + day * 9)
        #expect(history.allEpisodes.count == 1)
        #expect(history.allEpisodes.first?.components == ["comp1", "comp2"])
        #expect(history.allEpisodes.first?.end == .t0 + day * 3)
    }

    @Test func `one start at two assets is two episodes, ordered by asset`() {
        let failures = ["b", "a"].map { FailureEvent(asset: $0, start: .t0) }
        let history = FailureHistory(failures: failures, latestRow: nil)
        #expect(history.allEpisodes.map(\.asset) == ["a", "b"])
        #expect(history.observedUntil == .t0)
    }

    @Test func `the next failure is one that starts later, never at the instant itself`() {
        let failures = [5, 1, 3].map { FailureEvent(asset: "a", start: .t0 + day * $0) }
        let history = FailureHistory(failures: failures, latestRow: nil)
        #expect(history.nextEpisode(of: "a", after: .t0)?.start == .t0 + day)
        #expect(history.nextEpisode(of: "a", after: .t0 + day)?.start == .t0 + day * 3)
        #expect(history.nextEpisode(of: "a", after: .t0 + day * 5) == nil)
        #expect(history.nextEpisode(of: "b", after: .t0) == nil)
    }

    @Test func `a long failure still holds while a shorter one within it is over`() {
        let failures = [
            FailureEvent(asset: "a", start: .t0, end: .t0 + day * 10),
            FailureEvent(asset: "a", start: .t0 + day * 2, end: .t0 + day * 3),
        ]
        let history = FailureHistory(failures: failures, latestRow: .t0 + day * 20)
        #expect(history.isFailing("a", at: .t0 + day * 5, recovery: .zero))
        #expect(history.isFailing("a", at: .t0 + day * 10, recovery: .zero))
        #expect(!history.isFailing("a", at: .t0 + day * 10 + .microseconds(1), recovery: .zero))
        #expect(history.isFailing("a", at: .t0 + day * 11, recovery: day))
        #expect(!history.isFailing("a", at: .t0 - .microseconds(1), recovery: day))
    }

    @Test func `the record ends where it is told to, though rows and failures go on`() {
        let failures = [FailureEvent(asset: "a", start: .t0 + day), FailureEvent(asset: "a", start: .t0 + day * 9)]
        let history = FailureHistory(failures: failures, latestRow: .t0 + day * 12, until: .t0 + day * 8)
        #expect(history.observedUntil == .t0 + day * 8)
        #expect(history.allEpisodes.map(\.start) == [.t0 + day])
    }

    @Test func `an end before its start is the start`() {
        #expect(FailureEvent(asset: "a", start: .t0, end: .t0 - day).end == .t0)
    }

    @Test func `without rows and failures nothing was observed`() {
        let history = FailureHistory(failures: [], latestRow: nil)
        #expect(history.observedUntil == .distantPast)
        #expect(history.allEpisodes.isEmpty)
        #expect(!history.isFailing("a", at: .t0, recovery: day))
    }
}
