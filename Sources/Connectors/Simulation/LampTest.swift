import Plant

/// A test of the fault lamps: for five seconds every fault flag is true, and nothing is wrong.
///
/// Twice a day each asset's panel is tested, at a time of chance. The flags' changes come as rows of
/// their own, without measured values, and are written with the next scan.
struct LampTest: Sendable {
    static let lengthSeconds: Int64 = 5

    private static let blockSeconds: Int64 = 12 * 3_600
    private static let stream = 661

    /// The second at which a test begins within the scan interval that ends at `second`; nil where none does.
    static func start(before second: Int64, rowSeconds: Int64, noise: CounterNoise) -> Int64? {
        let from = second - rowSeconds
        let block = from.flooredDivision(by: blockSeconds).quotient
        // Test and end fall between two scans of every plant, whose intervals divide the block.
        let share = noise.uniform(stream, at: block)
        let scan = Int64(share * Double(blockSeconds / rowSeconds))
        let start = block * blockSeconds + scan * rowSeconds + rowSeconds / 2
        return start >= from && start < second ? start : nil
    }
}
