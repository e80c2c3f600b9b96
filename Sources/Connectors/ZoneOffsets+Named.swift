import Foundation
package import Plant

extension ZoneOffsets {
    /// The offsets of an IANA time zone from 1900 to 2100.
    ///
    /// - Throws: ``SchemaProblem`` at `timeZone` that names near misses, where there is no such zone.
    /// - Complexity: Up to a millisecond, for 400 changes; keep the result.
    package static func named(_ identifier: String) throws(SchemaProblem) -> ZoneOffsets {
        guard ZoneNames.isName(identifier), let zone = TimeZone(identifier: identifier) else {
            throw SchemaProblem(path: ["timeZone"], message: ZoneNames.complaint(about: identifier))
        }
        let start = Date(timeIntervalSince1970: -2_208_988_800)
        let end = Date(timeIntervalSince1970: 4_133_980_800)
        var changes: [Change] = []
        var date = start
        while let next = zone.nextDaylightSavingTimeTransition(after: date), next > date, next < end {
            let at = Instant(seconds: Int64(next.timeIntervalSince1970.rounded()))
            changes.append(Change(at: at, offsetSeconds: zone.secondsFromGMT(for: next)))
            date = next
        }
        return ZoneOffsets(
            identifier: identifier,
            initialOffsetSeconds: zone.secondsFromGMT(for: start),
            changes: changes
        )
    }
}

extension ZoneOffsets {
    /// Whether clocks are put back at some time from 2000 on.
    package var hasDoubledHours: Bool {
        var before = Int.min
        return stride(from: Int64(946_684_800), to: 4_133_980_800, by: 7 * 86_400).contains { seconds in
            let offset = offsetSeconds(at: Instant(seconds: seconds))
            defer { before = offset }
            return offset < before
        }
    }

    /// Whether a timestamp's text stands for two instants; not where it names its offset, or nothing at all.
    func isDoubled(_ text: String) -> Bool {
        guard let parsed = ParsedTimestamp(text), parsed.offsetSeconds == nil else { return false }
        guard case .twice = meaning(ofLocal: parsed.localMicroseconds) else { return false }
        return true
    }
}

extension SignalSchema {
    /// The offsets of the schema's zone; nil where it names none.
    package func zoneOffsets() throws(SchemaProblem) -> ZoneOffsets? {
        guard let timeZone else { return nil }
        return try ZoneOffsets.named(timeZone)
    }
}

private enum ZoneNames {
    /// IANA names without a region; abbreviations such as IST, which three countries use, are not among them.
    static let withoutRegion: Set<String> = [
        "UTC", "GMT", "UCT", "Zulu", "Universal", "Greenwich", "CET", "MET", "EET", "WET", "EST", "MST", "HST",
        "EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "Japan", "Singapore", "Turkey", "Israel", "Iran", "Egypt",
        "Libya", "Poland", "Portugal", "Iceland", "Jamaica", "Cuba", "Eire", "GB", "Hongkong", "NZ", "PRC", "ROC",
        "ROK", "W-SU", "Navajo", "Kwajalein",
    ]

    /// Old spellings and abbreviations, and the name they go by now.
    static let renamed: [String: String] = [
        "Asia/Calcutta": "Asia/Kolkata", "Asia/Bombay": "Asia/Kolkata", "Asia/Mumbai": "Asia/Kolkata",
        "Asia/Delhi": "Asia/Kolkata", "Asia/New_Delhi": "Asia/Kolkata", "Asia/Bangalore": "Asia/Kolkata",
        "Asia/Chennai": "Asia/Kolkata", "IST": "Asia/Kolkata", "India": "Asia/Kolkata",
        "Asia/Saigon": "Asia/Ho_Chi_Minh", "Asia/Rangoon": "Asia/Yangon", "Asia/Katmandu": "Asia/Kathmandu",
        "Asia/Beijing": "Asia/Shanghai", "Europe/Kiev": "Europe/Kyiv", "CEST": "Europe/Berlin",
        "BST": "Europe/London", "EDT": "America/New_York", "CST": "America/Chicago", "CDT": "America/Chicago",
        "MDT": "America/Denver", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "JST": "Asia/Tokyo",
        "America/Washington": "America/New_York", "America/San_Francisco": "America/Los_Angeles",
    ]

    static func isName(_ identifier: String) -> Bool {
        withoutRegion.contains(identifier) || identifier.contains("/")
    }

    static func complaint(about identifier: String) -> String {
        let known = Set(TimeZone.knownTimeZoneIdentifiers + withoutRegion + renamed.keys + renamed.values)
        var suggestions: [String] = []
        for near in [renamed[identifier]].compactMap(\.self) + NearMisses.of(identifier, among: known) {
            let name = renamed[near] ?? near
            if !suggestions.contains(name) { suggestions.append(name) }
        }
        let meant = suggestions.prefix(3).joined(separator: ", ")
        return "'\(identifier)' is not an IANA time zone: "
            + (meant.isEmpty ? "use a name such as Asia/Kolkata, Europe/Berlin or UTC" : "did you mean \(meant)?")
    }
}
