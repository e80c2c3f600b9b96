import Foundation

/// Seeded chance: SplitMix64 (Steele, Lea and Flood 2014).
struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func normal() -> Double {
        let radius = (-2 * log(Double.random(in: .leastNormalMagnitude...1, using: &self))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}

/// Rows as a plant's features may look, with labels that depend on every column.
struct PlantRows {
    static let columns = 8
    /// Rows to predict for, made once.
    static let unseen = PlantRows(count: 20_000, seed: 77)

    let count: Int
    var values: [Float] = []
    /// From about -3 to 3; a failure where it is high.
    var wear: [Double] = []

    init(count: Int, seed: UInt64, hasMissing: Bool = true) {
        self.count = count
        var chance = Chance(state: seed)
        for _ in 0..<count {
            let zone = chance.normal()
            let pump = chance.normal()
            let sparse = Double.random(in: 0..<1, using: &chance) < 0.6 ? 0 : chance.normal()
            let tiny = chance.normal() * 1e-35
            let flag = Double.random(in: 0..<1, using: &chance) < 0.2 ? 1.0 : 0
            let large = chance.normal() * 1e30
            let isLost = hasMissing && Double.random(in: 0..<1, using: &chance) < 0.2
            let isStale = hasMissing && Double.random(in: 0..<1, using: &chance) < 0.2
            let row: [Double] = [
                850 + 0.05 * zone, pump, sparse, tiny, flag, isLost ? .nan : chance.normal(),
                isStale ? .nan : chance.normal(), large,
            ]
            values += row.map(Float.init)
            wear.append(
                0.8 * zone + 0.5 * pump * pump - 0.7 * sparse + 0.4 * tiny * 1e35 + flag + (isLost ? 1 : 0)
                    - (isStale ? 1 : 0) + 0.3 * large * 1e-30 + 0.5 * chance.normal() - 0.5
            )
        }
    }

    /// One of `count` classes, by wear.
    func classes(_ count: Int) -> [Float] {
        wear.map { Float(min(count - 1, max(0, Int((($0 + 2) / 4 * Double(count)).rounded(.down))))) }
    }

    var failures: [Float] { wear.map { $0 > 0.8 ? 1 : 0 } }
}
