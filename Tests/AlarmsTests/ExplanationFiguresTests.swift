import Alarms
import Features
import Models
import Plant
import Testing

@Suite struct ExplanationFiguresTests {
    private func at(_ hour: Int) -> Instant { Instant(seconds: Int64(hour) * 3_600) }

    @Test func `the usual range holds what is usual, whatever a few odd values are`() throws {
        let values: [Float] = (0..<100).map { 10 + Float($0 % 5) * 0.1 } + [900, .nan]
        let usual = try #require(UsualValue(of: values))
        #expect(usual.median > 10.1 && usual.median < 10.3)
        #expect(usual.spread < 0.3)
        #expect(usual.contains(10) && usual.contains(10.4) && !usual.contains(20))
        #expect(usual.isPositive && usual.count == 101)
    }

    @Test func `too few values tell nothing, and one value below zero forbids ratios`() {
        #expect(UsualValue(of: [Float](repeating: 1, count: 19)) == nil)
        #expect(UsualValue(of: [Float](repeating: 1, count: 30) + [-1])?.isPositive == false)
    }

    @Test func `a trend keeps its first, its last and each extreme, in order, and no more than may be drawn`() {
        let points = (0..<5_000).map { Trend.Point(at: at($0), value: $0 == 3_210 ? 99 : $0 == 17 ? -99 : 1) }
        let trend = Trend(tag: "x", points: points, usual: nil)
        #expect(trend.points.count <= Trend.pointCountMax)
        #expect(trend.points.first?.at == at(0) && trend.points.last?.at == at(4_999))
        #expect(trend.points.contains { $0.value == 99 } && trend.points.contains { $0.value == -99 })
        #expect(trend.points.map(\.at) == trend.points.map(\.at).sorted())
        #expect(Trend(tag: "x", points: Array(points.prefix(200)), usual: nil).points.count == 200)
    }

    private func fact(
        _ before: [Float],
        now: Float,
        isSinceKnown: Bool = true,
        gapMax: Duration? = nil
    ) -> FeatureFact {
        FeatureFact(
            feature: "x",
            tag: "x",
            share: 1,
            value: now,
            usual: UsualValue(centre: 2, spread: 0.3),
            past: before.enumerated().map { (at: at($0.offset), value: $0.element) },
            now: at(before.count),
            isSinceKnown: isSinceKnown,
            gapMax: gapMax
        )
    }

    @Test func `since when is the first of the rows that were outside on the same side without a break`() {
        let risen = fact([2, 5, 2, 2, 5, .nan, 5], now: 6)
        #expect(risen.since == at(4) && !risen.isSinceAtLeast)
        #expect(fact([2, 5, -5], now: 6).since == at(3))
        #expect(fact([5, 5], now: 6).since == at(0))
        #expect(fact([5, 5], now: 6).isSinceAtLeast)
        #expect(fact([5, 5], now: 2).since == nil)
        #expect(fact([5, 5], now: .nan).since == nil)
    }

    @Test func `since when says nothing of what was in a gap, or where rows are missing in between`() {
        let gap = fact([2, 5, .nan, .nan, 5], now: 6, gapMax: .seconds(3_600))
        #expect(gap.since == at(4) && gap.isSinceAtLeast)
        let near = fact([2, 5, .nan, .nan, 5], now: 6, gapMax: .seconds(3 * 3_600))
        #expect(near.since == at(1) && !near.isSinceAtLeast)
        let thinned = fact([2, 5, 5], now: 6, isSinceKnown: false)
        #expect(thinned.since == nil && !thinned.isSinceAtLeast && thinned.isUnusual)
        #expect(!fact([2, 5, 5], now: 2).isUnusual)
    }

    @Test func `shares by tag and by component are the sums of their features', and none is lost`() {
        let view = FeatureView(
            schema: SignalSchema(organization: "h", continuousColumns: ["a", "b"], rollingWindows: [60])
        )
        let features = (0..<view.count).map { Double($0) - 4.5 }
        let shares = ScoreShares(
            quantity: .rawScore,
            baseValue: -2,
            score: -2 + features.reduce(0, +),
            features: features
        )
        let byTag = shares.byTag(view)
        #expect(byTag.map(\.name) == ["b", "a"] || byTag.map(\.name) == ["a", "b"])
        #expect(abs(byTag.reduce(0) { $0 + $1.share } - (shares.score - shares.baseValue)) < 1e-9)
        let byComponent = shares.byComponent(["pump": ["b"], "both": ["a", "b", "a"]], view)
        let values = Dictionary(uniqueKeysWithValues: byComponent.map { ($0.name, $0.share) })
        #expect(values["pump"] == byTag.first { $0.name == "b" }?.share)
        #expect(abs((values["both"] ?? .nan) - (shares.score - shares.baseValue)) < 1e-9)
        #expect(shares.topColumns(2) == [11, 10])
    }
}
