/// What a timestamp's text says: a local time, and the zone's offset where it names one.
///
/// Reads ISO 8601 dates with `T` or a space before the time, seconds and up to nine decimals
/// optional, and `Z`, `+hh`, `+hhmm` or `+hh:mm` behind; finer than a microsecond is cut off.
package struct ParsedTimestamp: Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00 on the clock that wrote the text.
    package let localMicroseconds: Int64
    /// Seconds east of UTC; nil where the text names no zone.
    package let offsetSeconds: Int?

    package init?(_ text: some StringProtocol) {
        var text = String(text)
        let parsed = text.withUTF8 { Self.parse($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    private init(localMicroseconds: Int64, offsetSeconds: Int?) {
        self.localMicroseconds = localMicroseconds
        self.offsetSeconds = offsetSeconds
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> ParsedTimestamp? {
        var scanner = DigitScanner(bytes: bytes)
        scanner.skipSpaces()
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2)
        else { return nil }
        var hour = 0, minute = 0, second = 0, microsecond = 0
        if scanner.skip("T") || scanner.skip(" ") || scanner.skip("t") {
            guard let readHour = scanner.number(2), scanner.skip(":"), let readMinute = scanner.number(2) else {
                return nil
            }
            (hour, minute) = (readHour, readMinute)
            if scanner.skip(":") {
                guard let readSecond = scanner.number(2) else { return nil }
                second = readSecond
                if scanner.skip(".") || scanner.skip(",") {
                    guard let readFraction = scanner.fraction() else { return nil }
                    microsecond = readFraction
                }
            }
        }
        guard let offset = scanner.offset() else { return nil }
        scanner.skipSpaces()
        guard scanner.isAtEnd else { return nil }
        guard
            let local = CivilTime.microseconds(
                year: year,
                month: month,
                day: day,
                hour: hour,
                minute: minute,
                second: second,
                microsecond: microsecond
            )
        else { return nil }
        return ParsedTimestamp(localMicroseconds: local, offsetSeconds: offset.seconds)
    }
}

private struct DigitScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func skipSpaces() {
        while skip(" ") {}
    }

    mutating func digit() -> Int? {
        guard position < bytes.count, (48...57).contains(bytes[position]) else { return nil }
        defer { position += 1 }
        return Int(bytes[position]) - 48
    }

    mutating func number(_ width: Int) -> Int? {
        var number = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// One to nine decimals of a second, as microseconds.
    mutating func fraction() -> Int? {
        guard var fraction = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            count += 1
            guard count <= 9 else { return nil }
            if count <= 6 { fraction = fraction * 10 + digit }
        }
        for _ in count..<max(6, count) { fraction *= 10 }
        return fraction
    }

    /// The zone behind the time: none, `Z`, or signed hours with or without minutes; nil where it is malformed.
    mutating func offset() -> (seconds: Int?, Void)? {
        let start = position
        skipSpaces()
        if skip("Z") || skip("z") { return (0, ()) }
        let isNegative = skip("-")
        guard isNegative || skip("+") else {
            position = start
            return (nil, ())
        }
        guard let hours = number(2), hours <= 18 else { return nil }
        var minutes = 0
        if skip(":") || !isAtEnd {
            guard let readMinutes = number(2), readMinutes <= 59 else { return nil }
            minutes = readMinutes
        }
        let seconds = hours * 3_600 + minutes * 60
        return (isNegative ? -seconds : seconds, ())
    }
}
