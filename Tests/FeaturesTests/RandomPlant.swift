import Features
import Plant

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

/// One asset's rows with all that makes windows hard: gaps, rows off the second, event rows, missing values.
struct RandomPlant {
    let view: FeatureView
    let samples: [Sample]

    init(seed: UInt64, rows: Int, sampleEverySeconds: Int = 0, staleAfterSeconds: Int? = nil) {
        var generator = SeededGenerator(seed: seed)
        var schema = SignalSchema(
            organization: "northwind",
            continuousColumns: ["speed", "heat", "rare"],
            booleanColumns: ["door", "pump"],
            lagSeconds: [7, 60, 200],
            rollingWindows: [60, 13, 300]
        )
        schema.sampleEverySeconds = sampleEverySeconds
        if let staleAfterSeconds { schema.staleAfterSeconds = staleAfterSeconds }
        view = FeatureView(schema: schema)
        var instant: Int64 = 1_699_999_800_000_000
        var samples: [Sample] = []
        for _ in 0..<rows {
            switch Int.random(in: 0..<40, using: &generator) {
            case 0: instant += Int64.random(in: 100...700, using: &generator) * 1_000_000
            case 1...4: instant += Int64.random(in: 1...1_999_999, using: &generator)
            case 5...8: instant = (instant / 60_000_000 + 1) * 60_000_000
            default: instant += Int64.random(in: 1...6, using: &generator) * 1_000_000
            }
            let isEvent = Int.random(in: 0..<8, using: &generator) == 0
            func value(missing: Int, _ value: (inout SeededGenerator) -> Double) -> Double {
                let number = value(&generator)
                return Int.random(in: 0..<100, using: &generator) < missing ? .nan : number
            }
            let values = [
                value(missing: isEvent ? 100 : 5) { .random(in: 0...100, using: &$0) },
                value(missing: isEvent ? 100 : 30) { 850 + .random(in: -0.05...0.05, using: &$0) },
                value(missing: isEvent ? 100 : 95) { .random(in: -1...1, using: &$0) },
                value(missing: isEvent ? 0 : 30) { Int.random(in: 0..<6, using: &$0) == 0 ? 1 : 0 },
                value(missing: isEvent ? 50 : 2) { Int.random(in: 0..<2, using: &$0) == 0 ? 1 : 0 },
            ]
            samples.append(Sample(asset: "m1", instant: Instant(microseconds: instant), values: values))
        }
        self.samples = samples
    }

    /// The samples as they might arrive, each behind the newest by no more than `lateness`.
    func shuffled(lateness: Duration, using generator: inout SeededGenerator) -> [Sample] {
        let arrivals = samples.map { sample in
            let isLate = Int.random(in: 0..<4, using: &generator) == 0
            let delay = isLate ? Int64.random(in: 0...lateness.microseconds, using: &generator) : 0
            return (sample, at: sample.instant.microseconds + delay)
        }
        return arrivals.sorted { ($0.at, $0.0.instant) < ($1.at, $1.0.instant) }.map(\.0)
    }
}

/// The rows that stand after all arrivals, by instant: what a late one makes anew takes the place of what was.
struct StandingRows {
    struct Row: Hashable {
        let bits: [UInt32]
        let metadata: FeatureMetadata
    }

    private(set) var rows: [Instant: Row] = [:]

    mutating func take(_ arrival: Arrival, of sample: Sample) {
        switch arrival {
        case .newest(let row): if let row { set(row) }
        case .late(let anew):
            rows = rows.filter { $0.key < sample.instant }
            anew.forEach { set($0) }
        case .repeated, .conflicting, .tooLate: break
        }
    }

    private mutating func set(_ row: FeatureRow) {
        rows[row.instant] = Row(bits: row.values.map(\.bitPattern), metadata: row.metadata)
    }
}

extension FeatureEngine {
    /// The rows that stand after the samples have come in this order.
    mutating func standing(after samples: [Sample]) -> StandingRows {
        var standing = StandingRows()
        for sample in samples { standing.take(insert(sample), of: sample) }
        return standing
    }
}
