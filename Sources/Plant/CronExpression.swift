/// When something recurs, in the five fields of cron: minute, hour, day of month, month, day of week.
///
/// Lists, ranges, steps, names and the shorthands `@hourly` to `@yearly` are read as POSIX's crontab and Vixie's have
/// them: where both days are restricted, either suffices.
package struct CronExpression: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    /// 0 is Sunday.
    private let weekdays: Set<Int>
    private let isDayRestricted: Bool
    private let isWeekdayRestricted: Bool

    /// Reads a text.
    ///
    /// - Throws: ``CronProblem`` that names the field, and says what it may hold.
    package init(_ text: String) throws(CronProblem) {
        self.text = text
        let written = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard let first = written.first else { throw CronProblem("is empty: write five fields, such as '0 3 * * 0'") }
        var fields = written
        if first.hasPrefix("@") {
            guard let meant = Self.shorthands[first.lowercased()], written.count == 1 else {
                let known = Self.shorthands.keys.sorted().joined(separator: ", ")
                throw CronProblem("'\(text)' is no shorthand: there are \(known)")
            }
            fields = meant.split(separator: " ").map(String.init)
        }
        guard fields.count == 5 else {
            throw CronProblem(
                "has \(fields.count) field\(fields.count == 1 ? "" : "s"), it takes five: minute, hour, day of month, "
                    + "month, day of week"
            )
        }
        minutes = try Self.values(fields[0], .minute)
        hours = try Self.values(fields[1], .hour)
        days = try Self.values(fields[2], .day)
        months = try Self.values(fields[3], .month)
        weekdays = Set(try Self.values(fields[4], .weekday).map { $0 % 7 })
        isDayRestricted = !fields[2].hasPrefix("*")
        isWeekdayRestricted = !fields[4].hasPrefix("*")
        let daysMax = months.map { [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][$0 - 1] }.max() ?? 31
        if isDayRestricted, !isWeekdayRestricted, !days.contains(where: { $0 <= daysMax }) {
            throw CronProblem("never comes: its months have no such day")
        }
    }

    /// The first time it comes after an instant, on a zone's clocks; nil where it does not within 30 years.
    ///
    /// Times within an hour that clocks skip come once, at the moment after it; those within an hour that comes twice
    /// come in its first pass only.
    package func next(after instant: Instant, in zone: ZoneOffsets) -> Instant? {
        let local = instant.microseconds + Int64(zone.offsetSeconds(at: instant)) * 1_000_000
        let today = local.flooredDivision(by: Self.day).quotient
        // From the day before: where clocks go back at midnight, yesterday's times are not all past.
        for day in (today - 1)...(today + 30 * 366) {
            let date = CivilTime(microsecondsSinceEpoch: day * Self.day)
            guard matches(date, weekday: Int((day + 4).flooredDivision(by: 7).remainder)) else { continue }
            let times = hours.flatMap { hour in minutes.map { Int64(hour * 3_600 + $0 * 60) } }
            let next = times.map { zone.firstInstant(ofLocal: day * Self.day + $0 * 1_000_000) }
                .filter { $0 > instant }.min()
            if let next { return next }
        }
        return nil
    }

    private static let day: Int64 = 86_400_000_000

    private func matches(_ date: CivilTime, weekday: Int) -> Bool {
        guard months.contains(date.month) else { return false }
        let isDay = days.contains(date.day)
        let isWeekday = weekdays.contains(weekday)
        return isDayRestricted && isWeekdayRestricted ? isDay || isWeekday : isDay && isWeekday
    }
}

/// What is wrong with a cron expression.
package struct CronProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension CronExpression {
    private static let shorthands = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    private enum Field: String {
        case minute, hour, day = "day of month", month, weekday = "day of week"

        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            case .weekday: 0...7
            }
        }

        var names: [String] {
            switch self {
            case .minute, .hour, .day: []
            case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
            case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
            }
        }
    }

    private static func values(_ text: String, _ field: Field) throws(CronProblem) -> Set<Int> {
        var values: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            var range = field.range
            if field == .weekday, halves[0] == "*" { range = 0...6 }
            if halves[0] != "*" {
                let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
                let low = try number(ends[0], field)
                // `5/10` goes on to the field's end, as `5-59/10` does.
                let high = ends.count > 1 ? try number(ends[1], field) : halves.count > 1 ? range.upperBound : low
                guard low <= high else { throw problem(text, field, "'\(halves[0])' runs backwards") }
                range = low...high
            }
            var step = 1
            if halves.count > 1 {
                guard let given = Int(halves[1]), given > 0 else {
                    throw problem(text, field, "'\(halves[1])' is no step")
                }
                step = given
            }
            values.formUnion(stride(from: range.lowerBound, through: range.upperBound, by: step))
        }
        return values
    }

    private static func number(_ text: Substring, _ field: Field) throws(CronProblem) -> Int {
        if let index = field.names.firstIndex(of: text.uppercased()) { return index + field.range.lowerBound }
        guard let number = Int(text), text.utf8.allSatisfy({ (48...57).contains($0) }), field.range.contains(number)
        else {
            let names = field.names.isEmpty ? "" : ", or \(field.names[0]) to \(field.names[field.names.count - 1])"
            throw problem(
                text.isEmpty ? "" : String(text),
                field,
                "it takes \(field.range.lowerBound) to \(field.range.upperBound)\(names)"
            )
        }
        return number
    }

    private static func problem(_ text: String, _ field: Field, _ why: String) -> CronProblem {
        CronProblem("'\(text)' is no \(field.rawValue): \(why)")
    }
}

extension ZoneOffsets {
    /// The first instant at which a zone's clocks show a local time or, where they skip it, a later one.
    package func firstInstant(ofLocal localMicroseconds: Int64) -> Instant {
        switch meaning(ofLocal: localMicroseconds) {
        case .once(let instant): return instant
        case .twice(let earlier, _): return earlier
        case .skipped:
            // No clock is a day off: the change that skipped it is the first whose new time is past it.
            let from = changes.partitioningIndex { $0.at.microseconds > localMicroseconds - 86_400_000_000 }
            let change = changes[from...].first {
                $0.at.microseconds + Int64($0.offsetSeconds) * 1_000_000 > localMicroseconds
            }
            return change?.at ?? Instant(microseconds: localMicroseconds)
        }
    }
}
