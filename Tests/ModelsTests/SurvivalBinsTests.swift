import Foundation
import Models
import TestSupport
import Testing

@Suite struct SurvivalBinsTests {
    @Test func `times that do not differ are never parted, and few distinct ones are bins of their own`() {
        let bins = SurvivalBins(dividing: [360, 360, 1_800, 1_800, 1_800, 360, 180], countMax: 8)
        #expect(bins.low == [180, 360, 1_800])
        #expect(bins.high == bins.low)
        #expect(bins.quantile(0.5, survival: [0.9, 0.2, 0]) == 360)
        #expect(bins.quantile(0.9, survival: [0.9, 0.2, 0]) == 1_800)
    }

    @Test func `many times are divided into bins of about equally many rows that do not overlap`() {
        var generator = SeededGenerator(seed: 5)
        let minutes = (0..<1_000).map { _ in Double(Int.random(in: 1...700, using: &generator)) }
        let bins = SurvivalBins(dividing: minutes, countMax: 6)
        #expect(bins.count == 6)
        for bin in 0..<bins.count {
            let count = minutes.count { $0 >= bins.low[bin] && $0 <= bins.high[bin] }
            #expect((150...185).contains(count))
            if bin > 0 { #expect(bins.high[bin - 1] < bins.low[bin]) }
        }
        for minute in minutes { #expect(minute <= bins.high[bins.bin(of: minute)]) }
    }

    @Test func `quantiles never fall as their share grows, and lie between the earliest and latest time`() {
        let bins = SurvivalBins(dividing: (1...100).map(Double.init), countMax: 5)
        let survival = [0.7, 0.7, 0.3, 0.1, 0]
        let quantiles = stride(from: 0.0, through: 1, by: 0.01).map { bins.quantile($0, survival: survival) }
        #expect(zip(quantiles, quantiles.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(quantiles.allSatisfy { (1...100).contains($0) })
    }

    @Test func `a curve that is none has no quantiles`() {
        let bins = SurvivalBins(dividing: [10, 20], countMax: 5)
        #expect(bins.quantile(0.5, survival: [.nan, 0]).isNaN)
        #expect(SurvivalBins(dividing: [], countMax: 5).quantile(0.5, survival: []).isNaN)
    }

    @Test(arguments: [
        #"{"low":[],"high":[]}"#, #"{"low":[1,2],"high":[1]}"#, #"{"low":[5],"high":[4]}"#,
        #"{"low":[1,3],"high":[3,4]}"#, #"{"low":[-1],"high":[4]}"#,
    ])
    func `bins that are none are refused when they are read`(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(SurvivalBins.self, from: Data(json.utf8)) }
    }
}
