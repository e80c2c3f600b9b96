package import Plant

/// When a route's less urgent notices wait: the same hours of some or all days, on one zone's clocks.
package struct QuietHours: Hashable, Sendable {
    package enum Day: String, Hashable, Sendable, Codable, CaseIterable {
        case sunday = "SUN", monday = "MON", tuesday = "TUE", wednesday = "WED", thursday = "THU", friday = "FRI",
            saturday = "SAT"
    }

    /// IANA name.
    package let timeZone: String
    /// `22:00`; where ``to`` is not later, they end on the day after.
    package let from: String
    package let to: String
    /// On which they begin; empty for every day.
    package let days: [Day]

    package init(timeZone: String, from: String, to: String, days: [Day] = []) {
        self.timeZone = timeZone
        self.from = from
        self.to = to
        self.days = days
    }

    private static let day: Int64 = 86_400_000_000

    /// When the quiet hours end in which an instant lies, and those that follow them without a gap; nil in none.
    ///
    /// Clocks that skip the hour of a begin or an end have it at the moment after; where the hour comes twice, its first
    /// pass counts.
    ///
    /// - Parameters:
    ///   - instant: When something is to be told.
    ///   - zone: That of ``timeZone``.
    /// - Returns: Later than the instant.
    package func end(at instant: Instant, in zone: ZoneOffsets) -> Instant? {
        guard let begin = Self.minutes(from), let finish = Self.minutes(to) else { return nil }
        let local = instant.microseconds + Int64(zone.offsetSeconds(at: instant)) * 1_000_000
        let today = local.flooredDivision(by: Self.day).quotient
        var end: Instant?
        // From two days before: clocks may have gone back since.
        for date in (today - 2)...(today + 9) {
            let weekday = Int((date + 4).flooredDivision(by: 7).remainder)
            guard days.isEmpty || days.contains(Day.allCases[weekday]) else { continue }
            let starts = zone.firstInstant(ofLocal: date * Self.day + begin * 60_000_000)
            let lastDate = finish <= begin ? date + 1 : date
            let ends = zone.firstInstant(ofLocal: lastDate * Self.day + finish * 60_000_000)
            let at = end ?? instant
            if starts <= at, at < ends { end = ends }
        }
        return end
    }

    /// Since midnight; nil for what is no time of day.
    private static func minutes(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":") else { return nil }
        let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int64($0) - 48 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
        guard hour < 24, minute < 60 else { return nil }
        return hour * 60 + minute
    }

    var problems: [SchemaProblem] {
        var problems: [SchemaProblem] = []
        for (key, text) in [("from", from), ("to", to)] where Self.minutes(text) == nil {
            problems.append(SchemaProblem(path: [key], message: "'\(text)' is no time of day such as 22:00"))
        }
        if problems.isEmpty, from == to, days.isEmpty || Set(days).count == Day.allCases.count {
            problems.append(SchemaProblem(path: ["to"], message: "is 'from' every day: the quiet would never end"))
        }
        return problems
    }
}

extension QuietHours: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case timeZone, from, to, days }

    package init(from decoder: any Decoder) throws {
        try KnownKeys(CodingKeys.allCases.map(\.rawValue), of: "quiet hours").check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let names = try values.decodeIfPresent([String].self, forKey: .days) ?? []
        let days = try names.enumerated().map { index, name in
            guard let day = Day(rawValue: name) else {
                let path = (decoder.codingPath + [CodingKeys.days]).map {
                    $0.intValue.map(String.init) ?? $0.stringValue
                }
                let known = Day.allCases.map(\.rawValue).joined(separator: ", ")
                throw SchemaProblem(path: path + [String(index)], message: "'\(name)' is none of \(known)")
            }
            return day
        }
        self.init(
            timeZone: try values.decode(String.self, forKey: .timeZone),
            from: try values.decode(String.self, forKey: .from),
            to: try values.decode(String.self, forKey: .to),
            days: days
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(timeZone, forKey: .timeZone)
        try values.encode(from, forKey: .from)
        try values.encode(to, forKey: .to)
        if !days.isEmpty { try values.encode(days, forKey: .days) }
    }
}
