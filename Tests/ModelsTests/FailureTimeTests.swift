import Models
import TestSupport
import Testing

@Suite struct FailureTimeTests {
    private let bins = SurvivalBins(dividing: [360, 360, 1_800, 1_800], countMax: 5)

    @Test func `mean and deviation are those of the curve`() throws {
        // Half of the failures at 360 and half at 1,800 minutes.
        let (mean, deviation) = bins.moments(survival: [0.5, 0])
        #expect(abs(mean - 1_080) < 1e-9)
        #expect(abs(deviation - 720) < 1e-9)
        // Even over one wide bin: its width by the root of 12.
        let wide = SurvivalBins(dividing: (0...1_200).map(Double.init), countMax: 1)
        #expect(abs(wide.moments(survival: [0]).mean - 600) < 1e-9)
        #expect(abs(wide.moments(survival: [0]).deviation - 1_200 / 12.squareRoot()) < 1e-9)
    }

    @Test func `a spread sets the interval around the mean, and the median stays within it`() throws {
        let time = try #require(bins.time(survival: [0.98, 0], spread: TimeSpread(low: -0.5, high: 0.1)))
        #expect(time.p10 < time.p90)
        #expect((time.p10...time.p90).contains(time.p50))
        let (mean, deviation) = bins.moments(survival: [0.98, 0])
        #expect(abs(time.p10 - (mean - 0.5 * deviation)) < 1e-9)
        #expect(time.p90 <= 1_800)
    }

    @Test func `without a spread the quantiles are the curve's own, and a curve that is none has no time`() {
        #expect(bins.time(survival: [0.5, 0], spread: nil)?.p10 == 360)
        #expect(bins.time(survival: [0.5, 0], spread: nil)?.p90 == 1_800)
        #expect(bins.time(survival: [.nan, 0], spread: nil) == nil)
    }

    @Test func `a spread covers four fifths of what it was read off, to within its grain`() throws {
        var generator = SeededGenerator(seed: 3)
        let distances = (0..<999).map { _ in Double.random(in: -2...3, using: &generator) }
        let spread = try #require(TimeSpread(of: distances))
        let covered = distances.count { $0 >= spread.low && $0 <= spread.high }
        #expect((795...805).contains(covered))
        #expect(TimeSpread(of: [1, 2, 3]) == nil)
    }

    @Test func `a link rises with its score, and says the share where scores say nothing`() {
        let scores = (0..<200).map { Double($0 % 20) }
        let link = SurvivalLink(fitting: scores, isLater: scores.map { $0 > 9 })
        #expect(link.slope > 0)
        #expect(link.survival(ofScore: 15) > 0.9)
        #expect(link.survival(ofScore: 3) < 0.1)
        let falling = SurvivalLink(fitting: scores, isLater: scores.map { $0 < 5 })
        #expect(falling.slope == 0)
        #expect(abs(falling.survival(ofScore: 7) - 0.25) < 0.01)
    }
}
