import Plant

/// What a rate is measured from: the first good sample of each time-aligned block, and of the one before.
struct RateReference: Hashable, Sendable, Codable {
    struct Point: Hashable, Sendable, Codable {
        let instant: Instant
        let value: Double
    }

    private var block: Int64
    private var first: Point
    /// Of the block right before; nil where it had no good sample.
    private var before: Point?

    init(_ value: Double, at instant: Instant, block length: Duration) {
        block = Self.block(of: instant, length)
        first = Point(instant: instant, value: value)
    }

    /// - Parameters:
    ///   - value: Good, and newer than all before.
    ///   - instant: The sample's.
    ///   - length: Of the blocks.
    /// - Returns: The change per block's length; nil while there is nothing to measure from, or too short a time: noise is
    ///   not to be magnified.
    mutating func observe(_ value: Double, at instant: Instant, block length: Duration) -> Double? {
        let now = Self.block(of: instant, length)
        if now != block {
            before = now == block + 1 ? first : nil
            first = Point(instant: instant, value: value)
            block = now
        }
        guard let before else { return nil }
        let elapsed = Double(instant.microseconds - before.instant.microseconds)
        guard elapsed * 2 >= Double(length.microseconds) else { return nil }
        let rate = (value - before.value) / elapsed * Double(length.microseconds)
        return rate.isFinite ? rate : nil
    }

    /// Counted from 1970, rounded down.
    private static func block(of instant: Instant, _ length: Duration) -> Int64 {
        let (quotient, remainder) = instant.microseconds.quotientAndRemainder(dividingBy: length.microseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
