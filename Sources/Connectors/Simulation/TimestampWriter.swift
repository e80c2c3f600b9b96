import Plant

/// Writes instants as a plant's collector does, day by day.
struct TimestampWriter: Sendable {
    enum Style: Sendable {
        /// `2026-01-31 11:48:17.527`: local time without a zone.
        case naive(ZoneOffsets)
        /// `2026-01-31T11:48:17+01:00`
        case offset(ZoneOffsets)
        /// `2026-01-31T10:48:17.527Z`
        case utc
    }

    private static let microsecondsPerDay: Int64 = 86_400_000_000

    private let style: Style
    private var day = Int64.min
    private var dayText: [UInt8] = []

    init(style: Style) { self.style = style }

    mutating func text(_ instant: Instant) -> String {
        let offsetSeconds: Int
        switch style {
        case .naive(let zone), .offset(let zone): offsetSeconds = zone.offsetSeconds(at: instant)
        case .utc: offsetSeconds = 0
        }
        let local = instant.microseconds + Int64(offsetSeconds) * 1_000_000
        let (day, microsecondOfDay) = local.flooredDivision(by: Self.microsecondsPerDay)
        if day != self.day {
            self.day = day
            dayText = Array(Instant(microseconds: day * Self.microsecondsPerDay).description.utf8.prefix(10))
        }
        let milliseconds = Int(microsecondOfDay / 1_000)
        return String(unsafeUninitializedCapacity: 32) { buffer in
            var length = buffer.initialize(fromContentsOf: dayText)
            func put(_ character: UInt8) {
                buffer.initializeElement(at: length, to: character)
                length += 1
            }
            func put(_ number: Int, digits: Int) {
                for place in [100, 10, 1].suffix(digits) { put(UInt8(48 + number / place % 10)) }
            }
            func putTime(separator: UInt8, hasMilliseconds: Bool) {
                put(separator)
                put(milliseconds / 3_600_000, digits: 2)
                put(UInt8(ascii: ":"))
                put(milliseconds / 60_000 % 60, digits: 2)
                put(UInt8(ascii: ":"))
                put(milliseconds / 1_000 % 60, digits: 2)
                guard hasMilliseconds else { return }
                put(UInt8(ascii: "."))
                put(milliseconds % 1_000, digits: 3)
            }
            switch style {
            case .naive: putTime(separator: UInt8(ascii: " "), hasMilliseconds: true)
            case .utc:
                putTime(separator: UInt8(ascii: "T"), hasMilliseconds: true)
                put(UInt8(ascii: "Z"))
            case .offset:
                putTime(separator: UInt8(ascii: "T"), hasMilliseconds: false)
                put(UInt8(ascii: offsetSeconds < 0 ? "-" : "+"))
                put(abs(offsetSeconds) / 3_600, digits: 2)
                put(UInt8(ascii: ":"))
                put(abs(offsetSeconds) / 60 % 60, digits: 2)
            }
            return length
        }
    }
}

extension ZoneOffsets {
    /// India has no summer time.
    static let kolkata = ZoneOffsets(identifier: "Asia/Kolkata", initialOffsetSeconds: 19_800, changes: [])

    /// By the rule in force since 1996 (Directive 2000/84/EC): summer time from 01:00 UTC on the last
    /// Sunday of March to 01:00 UTC on the last Sunday of October.
    static let amsterdam = ZoneOffsets(
        identifier: "Europe/Amsterdam",
        initialOffsetSeconds: 3_600,
        changes: (1_996...2_099).flatMap { year in
            [(month: "03", offset: 7_200), (month: "10", offset: 3_600)].compactMap { change in
                lastSunday(year: year, month: change.month).map { Change(at: $0, offsetSeconds: change.offset) }
            }
        }
    )

    /// 01:00 UTC on the last Sunday of a month of 31 days.
    private static func lastSunday(year: Int, month: String) -> Instant? {
        guard let lastDay = Instant("\(year)-\(month)-31T01:00:00Z") else { return nil }
        // 1970-01-01 was a Thursday: day 3 and every seventh from it are Sundays.
        let days = lastDay.microseconds / 86_400_000_000
        return lastDay - .seconds((days - 3) % 7 * 86_400)
    }
}
