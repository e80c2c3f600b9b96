import Plant

/// What a rate is measured from: the first good sample of the time-aligned block before, and where that block had none,
/// the last good sample before it.
struct RateReference: Hashable, Sendable, Codable {
    struct Point: Hashable, Sendable, Codable {
        let instant: Instant
        let value: Double
    }

    private var block: Int64
    private var first: Point
    /// What the present block is measured from; nil where there is nothing, or only what is too old.
    private var before: Point?
    /// The newest; nil where it was remembered before it was noted.
    private var last: Point?

    /// How old a sample may be that is measured from: ten blocks, or an hour where that is longer.
    ///
    /// Over so long only an average is known, which somewhere on the way was exceeded: a limit that it is beyond was.
    static func ageMax(block length: Duration) -> Duration { max(length * 10, .seconds(3_600)) }

    init(_ value: Double, at instant: Instant, block length: Duration) {
        block = Self.block(of: instant, length)
        first = Point(instant: instant, value: value)
        last = first
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
            before = now == block + 1 ? first : last ?? first
            first = Point(instant: instant, value: value)
            block = now
        }
        last = Point(instant: instant, value: value)
        if let point = before, instant - point.instant > Self.ageMax(block: length) { before = nil }
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
