/// A moment, as whole microseconds since 1970-01-01T00:00:00Z.
///
/// Arithmetic stops at the earliest and latest moment there is, some 292,000 years away, instead of trapping: what
/// a source, a token or a page's key says may be any number.
package struct Instant: Hashable, Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { microseconds = seconds.microsecondsClamped }

    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: all that RFC 3339 can write lies between them.
    package static let distantPast = Instant(seconds: -62_167_219_200)
    package static let distantFuture = Instant(microseconds: 253_402_300_799_999_999)

    /// Whether RFC 3339 can write it; only such instants come from texts.
    var isWritable: Bool { self >= .distantPast && self <= .distantFuture }

    package static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    package static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds.addingClamped(duration.microseconds))
    }

    package static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds.subtractingClamped(duration.microseconds))
    }

    package static func - (later: Instant, earlier: Instant) -> Duration {
        .microseconds(later.microseconds.subtractingClamped(earlier.microseconds))
    }

    /// The start of the time-aligned interval of that length in which the instant lies; a length of 0 or less
    /// makes each instant its own interval.
    package func floored(toMultipleOf seconds: Int) -> Instant {
        guard seconds > 0 else { return self }
        let (_, remainder) = microseconds.flooredDivision(by: Int64(seconds).microsecondsClamped)
        return Instant(microseconds: microseconds.subtractingClamped(remainder))
    }
}

extension Duration {
    /// Whole microseconds; what is finer is cut off, and what is longer than 292,000 years is those.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.microsecondsClamped.addingClamped(attoseconds / 1_000_000_000_000)
    }

    package var minutes: Double { Double(microseconds) / 60_000_000 }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC, with as many decimals as the instant has.
    package var description: String {
        let time = CivilTime(microsecondsSinceEpoch: microseconds)
        return time.text + "Z"
    }

    /// The instant an RFC 3339 text names; nil without a zone, outside of the years 0000 to 9999 in UTC, or for
    /// anything else.
    package init?(_ text: some StringProtocol) {
        guard let parsed = ParsedTimestamp(text), let offset = parsed.offsetSeconds else { return nil }
        self.init(microseconds: parsed.localMicroseconds - Int64(offset) * 1_000_000)
        guard isWritable else { return nil }
    }
}

extension Instant: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.value({ Instant($0) }, orSay: "is not an RFC 3339 time such as 2026-01-31T06:00:00Z")
    }

    package func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}

extension Int64 {
    /// So many seconds.
    var microsecondsClamped: Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: 1_000_000)
        return overflow ? (self < 0 ? .min : .max) : product
    }

    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
