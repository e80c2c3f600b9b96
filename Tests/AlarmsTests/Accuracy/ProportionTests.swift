import Alarms
import Models
import Testing

@Suite struct ProportionTests {
    /// Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3, to its four decimals.
    @Test(arguments: [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718),
    ])
    func `the interval is Wilson's`(count: Int, total: Int, low: Double, high: Double) throws {
        let interval = try #require(Proportion(count, of: total).interval)
        #expect(abs(interval.low - low) < 0.00005)
        #expect(abs(interval.high - high) < 0.00005)
    }

    /// `scipy.stats.binomtest(k, n).proportion_ci(method="wilson")` of SciPy 1.17.1.
    @Test(arguments: [
        (17, 23, 0.5352999516257464, 0.8745138395501366), (9, 10, 0.5958499732047615, 0.9821237869049271),
        (5, 5, 0.5655175352168251, 1.0), (0, 6, 0.0, 0.3903342879021653),
    ])
    func `the interval agrees with SciPy's`(count: Int, total: Int, low: Double, high: Double) throws {
        let interval = try #require(Proportion(count, of: total).interval)
        #expect(abs(interval.low - low) < 1e-12)
        #expect(abs(interval.high - high) < 1e-12)
    }

    @Test func `of too few no share is told, but the counts are`() {
        let few = Proportion(4, of: 4)
        #expect(few.value == nil && few.interval == nil)
        #expect(few.count == 4 && few.of == 4)
        #expect(Proportion(0, of: 0).value == nil)
        #expect(Proportion(5, of: 5).value == 1)
    }

    @Test(arguments: [5, 6, 7, 23, 1_000])
    func `none and all reach the very ends`(total: Int) {
        #expect(Proportion(0, of: total).interval?.low == 0)
        #expect(Proportion(total, of: total).interval?.high == 1)
    }

    @Test func `the interval holds the share, lies within 0 and 1, and narrows as more are counted`() throws {
        for total in [5, 8, 50, 400] {
            for count in 0...total {
                let proportion = Proportion(count, of: total)
                let interval = try #require(proportion.interval)
                let value = try #require(proportion.value)
                #expect(interval.low >= 0 && interval.high <= 1)
                #expect(
                    interval.contains(value) || abs(interval.low - value) < 1e-12 || abs(interval.high - value) < 1e-12
                )
                let wider = try #require(Proportion(count * 10, of: total * 10).interval)
                #expect(wider.high - wider.low < interval.high - interval.low)
            }
        }
    }
}
