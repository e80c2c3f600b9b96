package import Plant

/// What figures of accuracy are told apart by.
package enum AccuracyGrouping: String, Hashable, Sendable, Codable, CaseIterable {
    case asset, version, rule, week, month
}

/// The weeks and months of an organization's own calendar.
package enum AccuracyPeriod {
    /// The Monday that a week begins with, such as `2026-01-26` (ISO 8601: weeks begin on Mondays).
    package static func week(of instant: Instant, in zone: ZoneOffsets) -> String {
        let (day, _) = local(instant, zone).flooredDivision(by: 86_400_000_000)
        // 1970-01-01 was a Thursday.
        let (_, sinceMonday) = (day + 3).flooredDivision(by: 7)
        return String(CivilTime(microsecondsSinceEpoch: (day - sinceMonday) * 86_400_000_000).text.prefix(10))
    }

    /// Such as `2026-01`.
    package static func month(of instant: Instant, in zone: ZoneOffsets) -> String {
        String(CivilTime(microsecondsSinceEpoch: local(instant, zone)).text.prefix(7))
    }

    private static func local(_ instant: Instant, _ zone: ZoneOffsets) -> Int64 {
        (instant + .seconds(zone.offsetSeconds(at: instant))).microseconds
    }
}
