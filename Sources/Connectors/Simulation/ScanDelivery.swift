import Plant

/// What goes wrong between a plant's instruments and its table: gaps, rows that come late, rows that come twice.
struct ScanDelivery: Sendable {
    enum Repetition: Sendable { case none, same, otherValues }

    private enum Stream {
        static let outage = 650
        static let outageStart = 651
        static let outageLength = 652
        static let delay = 653
        static let repetition = 654
        static let missing = 655
    }

    private static let outageBlockSeconds: Int64 = 12 * 3_600

    let layout: PlantLayout
    /// The plant's own, for what strikes all assets at once.
    let plantNoise: CounterNoise

    /// Whether the plant's collector stood still: some minutes, about five times a week.
    func isOutage(at second: Int64) -> Bool {
        let (block, offset) = second.flooredDivision(by: Self.outageBlockSeconds)
        guard plantNoise.uniform(Stream.outage, at: block) < 0.35 else { return false }
        let start = plantNoise.uniform(Stream.outageStart, at: block, in: 0...(Double(Self.outageBlockSeconds) - 1_800))
        let length = plantNoise.uniform(Stream.outageLength, at: block, in: 240...1_500)
        return Double(offset) >= start && Double(offset) < start + length
    }

    /// How many scans late the row of that second is written; mostly 0.
    func delay(at second: Int64, noise: CounterNoise) -> Int64 {
        let bits = noise.bits(Stream.delay, at: second)
        guard bits & 0xFFFF < 200 else { return 0 }  // 0.3 %
        return layout.delays[Int(bits >> 16) % layout.delays.count]
    }

    /// Whether the row of that second is written a second time, one scan later.
    func repetition(at second: Int64, noise: CounterNoise) -> Repetition {
        switch noise.bits(Stream.repetition, at: second) & 0xFFFF {
        case 0..<130: .same  // 0.2 %
        case 130..<150: .otherValues  // 0.03 %
        default: .none
        }
    }

    /// The one of so many signals whose value is null in the row of that second; mostly none.
    func missingSignal(of count: Int, at second: Int64, noise: CounterNoise) -> Int? {
        let bits = noise.bits(Stream.missing, at: second)
        guard bits & 0xFFFF < 1_300 else { return nil }  // 2 % of the rows.
        return Int(bits >> 16) % count
    }
}
