import Models

/// Rows made to hit what could differ: thresholds and their neighbours, zeros, denormals, infinities, NaN.
struct AdversarialRows {
    let values: [Float]
    let count: Int

    private static let special: [Float] = [
        .nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
        .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1e-35, -1e-35, Float(1e-35).nextUp, Float(1e-35).nextDown,
        (-Float(1e-35)).nextUp, (-Float(1e-35)).nextDown, 1, 850,
    ]

    /// - Parameters:
    ///   - count: At most 20,000.
    ///   - boosters: Whose thresholds are hit.
    ///   - seed: The same rows for the same seed.
    init(count: Int, against boosters: [BoosterText], seed: UInt64) {
        self.count = count
        let columns = PlantRows.columns
        var chance = Chance(state: seed)
        var thresholds = [[Float]](repeating: [], count: columns)
        for split in boosters.flatMap(\.trees).flatMap(\.splits) {
            thresholds[split.feature].append(Float(split.threshold))
        }
        var values = Array(PlantRows.unseen.values.prefix(count * columns))
        // The first quarter of the rows is as a plant's.
        for index in (count / 4 * columns)..<(count * columns) {
            let near = thresholds[index % columns].randomElement(using: &chance)
            switch (Int.random(in: 0..<8, using: &chance), near) {
            case (0, _): values[index] = Self.special[Int.random(in: 0..<Self.special.count, using: &chance)]
            case (1, let near?), (2, let near?): values[index] = near
            case (3, let near?): values[index] = near.nextUp
            case (4, let near?): values[index] = near.nextDown
            default: break
            }
        }
        self.values = values
    }
}
