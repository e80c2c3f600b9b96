import Connectors
import Plant
import TestSupport
import Testing

@Suite struct CronExpressionTests {
    private func next(_ cron: String, after text: String, zone: String = "UTC", count: Int = 1) throws -> [String] {
        let expression = try CronExpression(cron)
        let offsets = try ZoneOffsets.named(zone)
        var instant = Instant.at(text)
        return try (0..<count).map { _ in
            instant = try #require(expression.next(after: instant, in: offsets))
            return instant.description
        }
    }

    @Test(arguments: [
        ("0 3 * * *", "2026-11-23T02:59:59Z", "2026-11-23T03:00:00Z"),
        ("0 3 * * *", "2026-11-23T03:00:00Z", "2026-11-24T03:00:00Z"),
        ("*/15 * * * *", "2026-11-23T10:16:00Z", "2026-11-23T10:30:00Z"),
        ("5/20 8-9 * * *", "2026-11-23T08:25:00Z", "2026-11-23T08:45:00Z"),
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 12 * * MON-FRI", "2026-11-27T12:00:00Z", "2026-11-30T12:00:00Z"),
        ("0 12 * * 7", "2026-11-23T00:00:00Z", "2026-11-29T12:00:00Z"),
        // Either day suffices where both are restricted.
        ("0 0 13 * FRI", "2026-11-14T00:00:00Z", "2026-11-20T00:00:00Z"),
        ("0 0 1 jan,JUL *", "2026-02-01T00:00:00Z", "2026-07-01T00:00:00Z"),
        ("@weekly", "2026-11-23T00:00:00Z", "2026-11-29T00:00:00Z"),
        ("@monthly", "2026-12-15T00:00:00Z", "2027-01-01T00:00:00Z"),
    ])
    func `a schedule comes when it says`(cron: String, after: String, expected: String) throws {
        #expect(try next(cron, after: after) == [expected])
    }

    /// Daily times inside, at the edges of, and after hours that clocks skip or show twice, in six zones.
    @Test(arguments: [
        // Berlin skips 02:00 to 03:00 on 2026-03-29 at 01:00Z, and has 02:00 to 03:00 twice on 2026-10-25.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        ("0,15,45 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]),
        ("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        // From within the second pass the next one is tomorrow's.
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", ["2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"]),
        // New York skips 02:00 to 03:00 on 2026-03-08 at 07:00Z, and has 01:00 to 02:00 twice on 2026-11-01.
        ("15 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", ["2026-03-08T07:00:00Z", "2026-03-09T06:15:00Z"]),
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]),
        // Lord Howe moves by half an hour: 02:00 to 02:30 is skipped on 2026-10-04, 01:30 to 02:00 is twice on 2026-04-05.
        (
            "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
            ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
        ),
        (
            "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z",
            ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]
        ),
        // Kolkata is half an hour off and never moves.
        ("0 0 * * *", "Asia/Kolkata", "2026-03-28T12:00:00Z", ["2026-03-28T18:30:00Z", "2026-03-29T18:30:00Z"]),
        // Santiago skips midnight itself on 2026-09-06, and has 23:00 to 24:00 twice on 2026-04-04.
        ("0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", ["2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"]),
        ("30 23 * * *", "America/Santiago", "2026-04-04T12:00:00Z", ["2026-04-05T02:30:00Z", "2026-04-06T03:30:00Z"]),
        // Cairo skips midnight to one on Friday 2026-04-24.
        ("30 0 * * 5", "Africa/Cairo", "2026-04-23T12:00:00Z", ["2026-04-23T22:00:00Z", "2026-04-30T21:30:00Z"]),
    ])
    func `a skipped hour comes once after it, a doubled one once`(
        cron: String,
        zone: String,
        after: String,
        expected: [String]
    ) throws {
        #expect(try next(cron, after: after, zone: zone, count: 2) == expected)
    }

    @Test func `an hourly schedule never comes twice at once, and never stops`() throws {
        for zone in ["Europe/Berlin", "Australia/Lord_Howe"] {
            let offsets = try ZoneOffsets.named(zone)
            let expression = try CronExpression("*/30 * * * *")
            var instant = Instant.at("2026-01-01T00:00:00Z")
            while instant < Instant.at("2027-01-01T00:00:00Z") {
                let next = try #require(expression.next(after: instant, in: offsets))
                #expect(next > instant)
                #expect(next - instant <= .seconds(5_400 + 1_800))
                instant = next
            }
        }
    }

    @Test(arguments: [
        ("", "five fields"), ("* * * *", "has 4 fields"), ("60 * * * *", "'60' is no minute: it takes 0 to 59"),
        ("* 24 * * *", "no hour"), ("* * 0 * *", "no day of month"), ("* * * FOO *", "or JAN to DEC"),
        ("* * * * 8", "or SUN to SAT"), ("*/0 * * * *", "no step"), ("30-10 * * * *", "runs backwards"),
        ("0 0 31 2,4 *", "never comes"), ("@often", "no shorthand"), ("1,,2 * * * *", "no minute"),
        ("+5 * * * *", "no minute"),
    ])
    func `what is no schedule is said to be none, and why`(cron: String, words: String) {
        let problem = #expect(throws: CronProblem.self) { try CronExpression(cron) }
        #expect(problem?.description.contains(words) ?? false, "\(problem?.description ?? "")")
    }
}
