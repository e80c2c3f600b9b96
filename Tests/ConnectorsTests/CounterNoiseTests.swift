import Plant
import Testing

@testable import Connectors

@Suite struct CounterNoiseTests {
    @Test func `the generator gives the reference's numbers`() {
        // Vigna's splitmix64.c from seed 1234567.
        var generator = SplitMix64(seed: 1_234_567)
        let numbers = (0..<5).map { _ in generator.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ]
        )
    }

    @Test func `Gaussian noise has mean 0 and standard deviation 1`() {
        let noise = CounterNoise(seed: 5).part(1)
        for stream in [0, 3, 900] {
            let values = (0..<40_000).map { noise.gaussian(stream, at: $0 * 60) }
            let mean = values.reduce(0, +) / 40_000
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 39_999
            #expect(abs(mean) < 0.02)
            #expect(abs(variance - 1) < 0.03)
            #expect(values.allSatisfy { abs($0) < 3.5 })
        }
    }

    @Test func `streams, neighbours and parts do not go together`() {
        let noise = CounterNoise(seed: 5)
        let count = 20_000
        func correlation(_ left: (Int64) -> Double, _ right: (Int64) -> Double) -> Double {
            (0..<Int64(count)).reduce(0) { $0 + left($1) * right($1) } / Double(count)
        }
        let part = noise.part(1)
        #expect(abs(correlation({ noise.gaussian(0, at: $0) }, { noise.gaussian(1, at: $0) })) < 0.03)
        #expect(abs(correlation({ noise.gaussian(0, at: $0) }, { noise.gaussian(0, at: $0 + 1) })) < 0.03)
        #expect(abs(correlation({ noise.gaussian(0, at: $0) }, { part.gaussian(0, at: $0) })) < 0.03)
    }

    @Test func `drift is smooth, also before 1970`() {
        let noise = CounterNoise(seed: 5)
        let values = (-7_200..<7_200).map { noise.drift(2, at: Int64($0), period: 1_800) }
        #expect(zip(values, values.dropFirst()).allSatisfy { abs($0 - $1) < 0.01 })
        #expect((values.max() ?? 0) - (values.min() ?? 0) > 0.5)
    }
}
