import Alarms
import Plant
import Testing

@Suite struct QuietHoursTests {
    /// Central Europe's 2026: an hour skipped on 29 March at 01:00Z, one doubled on 25 October at 01:00Z.
    private let berlin = ZoneOffsets(
        identifier: "Europe/Berlin",
        initialOffsetSeconds: 3_600,
        changes: [
            ZoneOffsets.Change(at: Instant(seconds: 1_774_746_000), offsetSeconds: 7_200),
            ZoneOffsets.Change(at: Instant(seconds: 1_792_890_000), offsetSeconds: 3_600),
        ]
    )

    private func end(_ from: String, _ to: String, _ days: [QuietHours.Day] = [], at text: String) -> String? {
        let hours = QuietHours(timeZone: "Europe/Berlin", from: from, to: to, days: days)
        return Instant(text).flatMap { hours.end(at: $0, in: berlin) }?.description
    }

    @Test(
        arguments: [
            ("2026-01-07T20:59:59Z", nil), ("2026-01-07T21:00:00Z", "2026-01-08T05:00:00Z"),
            ("2026-01-08T04:59:59Z", "2026-01-08T05:00:00Z"), ("2026-01-08T05:00:00Z", nil),
            // Summer's clocks are an hour ahead.
            ("2026-07-07T20:00:00Z", "2026-07-08T04:00:00Z"), ("2026-07-08T04:00:00Z", nil),
            // The night in which clocks change is an hour shorter, or longer.
            ("2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z"), ("2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z"),
        ] as [(String, String?)]
    )
    func `a night is quiet by the zone's own clocks`(at: String, end wanted: String?) {
        #expect(end("22:00", "06:00", at: at) == wanted)
    }

    @Test(
        arguments: [
            // 02:30 is skipped: quiet until, or from, the moment clocks went forward.
            ("22:00", "02:30", "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z"),
            ("22:00", "02:30", "2026-03-29T01:00:00Z", nil),
            ("02:30", "06:00", "2026-03-29T00:59:59Z", nil),
            ("02:30", "06:00", "2026-03-29T01:00:00Z", "2026-03-29T04:00:00Z"),
            // 02:30 comes twice: its first pass counts.
            ("22:00", "02:30", "2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z"),
            ("22:00", "02:30", "2026-10-25T00:30:00Z", nil),
            ("22:00", "02:30", "2026-10-25T01:15:00Z", nil),
            ("02:30", "06:00", "2026-10-25T01:15:00Z", "2026-10-25T05:00:00Z"),
        ] as [(String, String, String, String?)]
    )
    func `hours that clocks skip or repeat begin and end once`(
        from: String,
        to: String,
        at: String,
        end wanted: String?
    ) {
        #expect(end(from, to, at: at) == wanted)
    }

    @Test func `days are those on which the quiet begins, and quiet that follows quiet goes on`() {
        // 9 January 2026 is a Friday.
        #expect(end("22:00", "06:00", [.friday], at: "2026-01-10T03:00:00Z") == "2026-01-10T05:00:00Z")
        #expect(end("22:00", "06:00", [.friday], at: "2026-01-10T22:00:00Z") == nil)
        let weekend: [QuietHours.Day] = [.saturday, .sunday]
        #expect(end("00:00", "00:00", weekend, at: "2026-01-10T12:00:00Z") == "2026-01-11T23:00:00Z")
        #expect(end("00:00", "00:00", weekend, at: "2026-01-11T23:00:00Z") == nil)
    }

    @Test func `quiet hours always end later than the instant they are asked at`() {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<2_000 {
            let minutes = (0..<2).map { _ in Int.random(in: 0..<1_440, using: &generator) }
            let times = minutes.map { minute in
                String(10_000 + minute / 60 * 100 + minute % 60).dropFirst().prefix(2) + ":"
                    + String(10_000 + minute / 60 * 100 + minute % 60).suffix(2)
            }
            guard minutes[0] != minutes[1] else { continue }
            let hours = QuietHours(timeZone: "Europe/Berlin", from: String(times[0]), to: String(times[1]))
            let instant = Instant(seconds: Int64.random(in: 1_767_225_600..<1_798_761_600, using: &generator))
            guard let end = hours.end(at: instant, in: berlin) else { continue }
            #expect(end > instant)
            // It is quiet up to the end, and no longer.
            #expect(hours.end(at: end - .microseconds(1), in: berlin) == end)
            #expect(hours.end(at: end, in: berlin) == nil)
        }
    }
}
