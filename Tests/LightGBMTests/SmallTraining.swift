import LightGBM

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
}

/// Rows whose label follows from two of their three columns.
struct SmallTraining {
    let rows: Int
    let columns = 3
    var values: [Float] = []
    var labels: [Float] = []

    init(rows: Int = 400, seed: UInt64 = 1) {
        self.rows = rows
        var chance = Chance(state: seed)
        for _ in 0..<rows {
            let row = (0..<3).map { _ in Float.random(in: -1...1, using: &chance) }
            values += row
            labels.append(row[0] + row[1] > 0.2 ? 1 : 0)
        }
    }

    func dataset(_ library: LightGBMLibrary, parameters: Parameters = [:]) throws -> Dataset {
        var dataset = try Dataset(library, values: values, rows: rows, columns: columns, parameters: parameters)
        try dataset.setLabels(labels)
        return dataset
    }

    func dataset(binnedAs reference: borrowing Dataset) throws -> Dataset {
        var dataset = try Dataset(values: values, rows: rows, binnedAs: reference)
        try dataset.setLabels(labels)
        return dataset
    }

    static let parameters: Parameters = [
        "objective": "binary", "metric": "binary_logloss,auc", "num_leaves": "7", "num_threads": "1", "seed": "7",
        "deterministic": "true", "force_row_wise": "true",
    ]

    func booster(_ library: LightGBMLibrary, iterations: Int) throws -> Booster {
        var booster = try Booster(training: try dataset(library), parameters: Self.parameters)
        for _ in 0..<iterations where try booster.update() { break }
        return booster
    }
}
