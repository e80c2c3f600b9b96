import Plant

/// Randomness by address instead of by order: the same stream and counter always give the same number.
///
/// A row of a simulated plant can so be computed alone, whichever rows were asked for before it.
struct CounterNoise: Sendable {
    private static let streamsPerCounter: Int64 = 1_024

    private let key: UInt64

    init(seed: UInt64) { key = SplitMix64.mixed(seed) }

    private init(key: UInt64) { self.key = key }

    /// Noise of its own for one part of the plant.
    func part(_ number: Int) -> CounterNoise {
        CounterNoise(key: SplitMix64.mixed(key ^ SplitMix64.mixed(UInt64(bitPattern: Int64(number)) &+ 1)))
    }

    /// - Parameters:
    ///   - stream: Which quantity, from 0 to 1023.
    ///   - counter: Which of its values: mostly a row's second, or the number of a block of time.
    /// - Returns: 64 even bits.
    func bits(_ stream: Int, at counter: Int64) -> UInt64 {
        let address = UInt64(bitPattern: counter &* Self.streamsPerCounter &+ Int64(stream))
        return SplitMix64.mixed(key &+ address &* SplitMix64.increment)
    }

    /// Evenly spread over `0..<1`.
    func uniform(_ stream: Int, at counter: Int64) -> Double {
        Double(bits(stream, at: counter) >> 11) * 0x1p-53
    }

    func uniform(_ stream: Int, at counter: Int64, in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform(stream, at: counter)
    }

    /// Mean 0, standard deviation 1, never beyond 3.5: the sum of four even numbers (Irwin-Hall).
    func gaussian(_ stream: Int, at counter: Int64) -> Double {
        let bits = bits(stream, at: counter)
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
        return (Double(sum) / 65_536 - 2) * 1.732_050_807_568_877_2
    }

    /// A slow drift around 0: Gaussian knots `period` seconds apart, joined without a kink.
    func drift(_ stream: Int, at second: Int64, period: Int64) -> Double {
        let (knot, offset) = second.flooredDivision(by: period)
        let share = Double(offset) / Double(period)
        let left = gaussian(stream, at: knot)
        let right = gaussian(stream, at: knot &+ 1)
        return left + (right - left) * share * share * (3 - 2 * share)
    }
}
