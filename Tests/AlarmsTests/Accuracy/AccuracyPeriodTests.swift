import Alarms
import Plant
import Testing

@Suite struct AccuracyPeriodTests {
    private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

    @Test(arguments: [
        ("2026-01-25T23:59:59Z", "2026-01-19", "2026-01"), ("2026-01-26T00:00:00Z", "2026-01-26", "2026-01"),
        ("2026-02-01T12:00:00Z", "2026-01-26", "2026-02"), ("1969-12-31T12:00:00Z", "1969-12-29", "1969-12"),
    ])
    func `weeks begin on Mondays, and months with their first`(text: String, week: String, month: String) throws {
        #expect(AccuracyPeriod.week(of: try instant(text), in: .utc) == week)
        #expect(AccuracyPeriod.month(of: try instant(text), in: .utc) == month)
    }

    @Test func `an organization's Monday begins with its own midnight, also after clocks were put forward`() throws {
        let zone = ZoneOffsets(
            identifier: "Test/Zone",
            initialOffsetSeconds: 3_600,
            changes: [ZoneOffsets.Change(at: try instant("2026-03-29T01:00:00Z"), offsetSeconds: 7_200)]
        )
        #expect(AccuracyPeriod.week(of: try instant("2026-03-22T22:59:59Z"), in: zone) == "2026-03-16")
        #expect(AccuracyPeriod.week(of: try instant("2026-03-22T23:00:00Z"), in: zone) == "2026-03-23")
        #expect(AccuracyPeriod.week(of: try instant("2026-03-29T21:59:59Z"), in: zone) == "2026-03-23")
        #expect(AccuracyPeriod.week(of: try instant("2026-03-29T22:00:00Z"), in: zone) == "2026-03-30")
        #expect(AccuracyPeriod.month(of: try instant("2026-03-31T22:00:00Z"), in: zone) == "2026-04")
    }
}
