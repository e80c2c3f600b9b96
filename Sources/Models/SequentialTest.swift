import Glibc

/// Whether something is positive on average, asked again after every observation, for as long as it takes.
///
/// A gambler stakes a share of what he has on each observation before he sees it. Were there nothing in it, he would
/// hardly ever get rich, whenever one looks and whenever one stops: that he ever multiplies his fortune by 1/α has a
/// probability of at most α (Ville 1939). What he has left is the evidence, an e-value. He plays several constant
/// stakes with an equal part each, since nobody knows the best one beforehand (Waudby-Smith and Ramdas 2024).
package struct SequentialTest: Hashable, Sendable {
    private static let stakes = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9]

    private var logFortunes = [Double](repeating: 0, count: stakes.count)

    package init() {}

    /// Takes in one observation, in `-1...1`; what lies outside counts as the end it lies beyond.
    package mutating func observe(_ value: Double) {
        let bounded = min(1, max(-1, value))
        for (index, stake) in Self.stakes.enumerated() { logFortunes[index] += log(1 + stake * bounded) }
    }

    /// How many times what he began with the gambler has: above 1 speaks for a positive mean.
    package var evidence: Double {
        let largest = logFortunes.max() ?? 0
        let sum = logFortunes.reduce(0) { $0 + exp($1 - largest) }
        return min(exp(largest) * sum / Double(logFortunes.count), 1e300)
    }
}
