import Connectors
import Plant
import TestSupport
import Testing

@Suite struct ZoneOffsetsTests {
    @Test func `India has had one offset for eighty years`() throws {
        let zone = try ZoneOffsets.named("Asia/Kolkata")
        #expect(zone.offsetSeconds(at: .at("2026-01-01T00:00:00Z")) == 19_800)
        #expect(zone.offsetSeconds(at: .at("2026-07-01T00:00:00Z")) == 19_800)
        #expect(zone.offsetSeconds(at: .at("1950-07-01T00:00:00Z")) == 19_800)
    }

    @Test(arguments: [
        ("America/New_York", "2026-03-08T07:00:00Z", -18_000, -14_400),
        ("America/New_York", "2099-11-01T06:00:00Z", -14_400, -18_000),
        ("Europe/Amsterdam", "2026-10-25T01:00:00Z", 7_200, 3_600),
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 39_600, 37_800),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", -36_000, 50_400),
    ])
    func `a zone's clocks change at the very second`(name: String, change: String, before: Int, after: Int) throws {
        let zone = try ZoneOffsets.named(name)
        #expect(zone.offsetSeconds(at: .at(change) - .seconds(1)) == before)
        #expect(zone.offsetSeconds(at: .at(change)) == after)
    }

    @Test(arguments: [
        ("Asia/Calcuta", "Asia/Kolkata"), ("asia/kolkata", "Asia/Kolkata"), ("Asia/Kolkatta", "Asia/Kolkata"),
        ("IST", "Asia/Kolkata"), ("Europe/Berln", "Europe/Berlin"), ("utc", "UTC"), ("Asia/Mumbai", "Asia/Kolkata"),
    ])
    func `an unknown zone is refused with the one that was meant`(name: String, meant: String) throws {
        let problem = try #require(throws: SchemaProblem.self) { try ZoneOffsets.named(name) }
        #expect(problem.path == ["timeZone"])
        #expect(problem.message.contains("'\(name)'"))
        #expect(problem.message.contains("did you mean \(meant)"))
    }

    @Test(arguments: ["", "nowhere", "+05:30", "GMT+5", "EDT5", "../etc/passwd"])
    func `what is no zone at all is refused`(name: String) {
        #expect(throws: SchemaProblem.self) { try ZoneOffsets.named(name) }
    }

    @Test(arguments: ["UTC", "GMT", "Asia/Calcutta", "Etc/GMT-5", "US/Eastern"])
    func `old spellings and zones without a region are known`(name: String) throws {
        #expect(try ZoneOffsets.named(name).identifier == name)
    }

    @Test func `an hour that was skipped in New York has no instant`() throws {
        let zone = try ZoneOffsets.named("America/New_York")
        var clock = LocalClock(zone: zone, policy: .byOrder, lateness: .seconds(300))
        #expect(clock.instant(of: "2026-03-08 01:59:59", asset: "a") == .success(.at("2026-03-08T06:59:59Z")))
        #expect(
            clock.instant(of: "2026-03-08 02:30:00", asset: "a") == .failure(.skipped(zone: "America/New_York"))
        )
        #expect(clock.instant(of: "2026-03-08 03:00:00", asset: "a") == .success(.at("2026-03-08T07:00:00Z")))
    }

    @Test(arguments: [
        (SignalSchema.DoubledHour.earlier, "2026-11-01T05:30:00Z"), (.later, "2026-11-01T06:30:00Z"),
    ])
    func `a doubled hour is the one the schema says`(policy: SignalSchema.DoubledHour, expected: String) throws {
        let zone = try ZoneOffsets.named("America/New_York")
        var clock = LocalClock(zone: zone, policy: policy, lateness: .seconds(300))
        for _ in 0..<2 {
            #expect(clock.instant(of: "2026-11-01 01:30:00", asset: "a") == .success(.at(expected)))
        }
    }
}
