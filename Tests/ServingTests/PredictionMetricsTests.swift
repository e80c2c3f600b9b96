import Foundation
import Plant
import Testing

@testable import Serving

@Suite struct PredictionMetricsTests {
    private let metrics = PredictionMetrics()
    private let scope = OrganizationScope(provenFor: ID(UUID()))
    private let start = ContinuousClock.now

    private func answer(in milliseconds: Int, _ priority: PredictionPriority = .live, hours: Int) {
        let now = start + .seconds(hours * 3_600)
        metrics.answered(rowCount: 1, after: .milliseconds(milliseconds), priority, at: now, in: scope)
    }

    private func p99(hours: Int) -> Double? {
        metrics.figures(at: start + .seconds(hours * 3_600), in: scope).p99Milliseconds
    }

    @Test func `how fast answers were is told of the last two hours, and their number since the start`() throws {
        #expect(p99(hours: 0) == nil)
        for _ in 0..<1_000 { answer(in: 10, hours: 0) }
        #expect(abs(try #require(p99(hours: 0)) - 10) < 0.2)
        // A bad hour is seen at once, whatever was before, and forgotten when it is over for good.
        for _ in 0..<100 { answer(in: 500, hours: 1) }
        #expect(abs(try #require(p99(hours: 1)) - 500) < 10)
        answer(in: 10, hours: 2)
        #expect(abs(try #require(p99(hours: 2)) - 500) < 10)
        answer(in: 10, hours: 3)
        #expect(abs(try #require(p99(hours: 3)) - 10) < 0.2)
        #expect(p99(hours: 10) == nil)
        #expect(metrics.figures(in: scope).answerCount == 1_102)
    }

    @Test func `people's questions count as live ones, history and rivals do not`() {
        for priority in [PredictionPriority.late, .challenger, .backtest] { answer(in: 500, priority, hours: 0) }
        #expect(p99(hours: 0) == nil)
        answer(in: 500, .asked, hours: 0)
        #expect(p99(hours: 0) != nil)
    }
}
