import Plant
import TestSupport
import Testing

@Suite struct ZoneOffsetsTests {
    private func zone(_ initial: Int, _ changes: [(String, Int)]) -> ZoneOffsets {
        ZoneOffsets(
            identifier: "Test/Zone",
            initialOffsetSeconds: initial,
            changes: changes.map { ZoneOffsets.Change(at: .at($0.0), offsetSeconds: $0.1) }
        )
    }

    private func meaning(_ local: String, in zone: ZoneOffsets) throws -> ZoneOffsets.Meaning {
        zone.meaning(ofLocal: try #require(ParsedTimestamp(local)).localMicroseconds)
    }

    @Test func `a change holds from its own instant on`() {
        let zone = zone(3_600, [("2026-03-29T01:00:00Z", 7_200)])
        #expect(zone.offsetSeconds(at: .at("2026-03-29T00:59:59.999999Z")) == 3_600)
        #expect(zone.offsetSeconds(at: .at("2026-03-29T01:00:00Z")) == 7_200)
    }

    @Test func `a day that was left out at the date line never was`() throws {
        // Apia went from 10 hours west to 14 hours east at the end of 29 December 2011.
        let apia = zone(-36_000, [("2011-12-30T10:00:00Z", 50_400)])
        #expect(try meaning("2011-12-29 23:59:59", in: apia) == .once(.at("2011-12-30T09:59:59Z")))
        #expect(try meaning("2011-12-30 00:00:00", in: apia) == .skipped)
        #expect(try meaning("2011-12-30 23:59:59", in: apia) == .skipped)
        #expect(try meaning("2011-12-31 00:00:00", in: apia) == .once(.at("2011-12-30T10:00:00Z")))
    }

    @Test func `the edges of a doubled hour belong to it where the clocks say so`() throws {
        let berlin = zone(7_200, [("2026-10-25T01:00:00Z", 3_600)])
        let doubled = ZoneOffsets.Meaning.twice(
            earlier: .at("2026-10-25T00:00:00Z"),
            later: .at("2026-10-25T01:00:00Z")
        )
        #expect(try meaning("2026-10-25 01:59:59", in: berlin) == .once(.at("2026-10-24T23:59:59Z")))
        #expect(try meaning("2026-10-25 02:00:00", in: berlin) == doubled)
        #expect(try meaning("2026-10-25 03:00:00", in: berlin) == .once(.at("2026-10-25T02:00:00Z")))
    }

    @Test func `two changes within a day leave the times between them their own offset`() throws {
        let zone = zone(0, [("2026-05-01T06:00:00Z", 3_600), ("2026-05-01T18:00:00Z", 0)])
        #expect(try meaning("2026-05-01 05:00:00", in: zone) == .once(.at("2026-05-01T05:00:00Z")))
        #expect(try meaning("2026-05-01 06:30:00", in: zone) == .skipped)
        #expect(try meaning("2026-05-01 12:00:00", in: zone) == .once(.at("2026-05-01T11:00:00Z")))
        #expect(try meaning("2026-05-01 20:00:00", in: zone) == .once(.at("2026-05-01T20:00:00Z")))
    }

    @Test func `every instant's own local time means it, once or as one of two`() {
        let zone = zone(-18_000, [("2026-03-08T07:00:00Z", -14_400), ("2026-11-01T06:00:00Z", -18_000)])
        var generator = SeededGenerator(seed: 3)
        for change in [Instant.at("2026-03-08T07:00:00Z"), .at("2026-11-01T06:00:00Z")] {
            for _ in 0..<500 {
                let instant = change + .seconds(Int.random(in: -100_000...100_000, using: &generator))
                let local = instant.microseconds + Int64(zone.offsetSeconds(at: instant)) * 1_000_000
                switch zone.meaning(ofLocal: local) {
                case .once(let only): #expect(only == instant)
                case .twice(let earlier, let later): #expect(instant == earlier || instant == later)
                case .skipped: Issue.record("\(instant) was skipped")
                }
            }
        }
    }

    @Test(arguments: [Int64.min, .min + 1, -1, 0, .max - 1, .max])
    func `no local time is too far away to be asked for`(local: Int64) {
        let zone = zone(-18_000, [("2026-03-08T07:00:00Z", -14_400)])
        guard case .once = zone.meaning(ofLocal: local) else {
            Issue.record("\(local) is not one instant")
            return
        }
    }
}
