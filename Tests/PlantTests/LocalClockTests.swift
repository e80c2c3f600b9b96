import Plant
import TestSupport
import Testing

@Suite struct LocalClockTests {
    /// Clocks of New York in 2026: forward on 8 March at 02:00, back on 1 November at 02:00.
    static let newYork = ZoneOffsets(
        identifier: "America/New_York",
        initialOffsetSeconds: -18_000,
        changes: [
            ZoneOffsets.Change(at: Instant.at("2026-03-08T07:00:00Z"), offsetSeconds: -14_400),
            ZoneOffsets.Change(at: Instant.at("2026-11-01T06:00:00Z"), offsetSeconds: -18_000),
        ]
    )

    private func clock(_ policy: SignalSchema.DoubledHour = .byOrder) -> LocalClock {
        LocalClock(zone: Self.newYork, policy: policy, lateness: .seconds(300))
    }

    @Test func `a local time before and after a change has its own offset`() {
        var clock = clock()
        #expect(clock.instant(of: "2026-01-01 12:00:00", asset: "a") == .success(.at("2026-01-01T17:00:00Z")))
        #expect(clock.instant(of: "2026-07-01 12:00:00", asset: "a") == .success(.at("2026-07-01T16:00:00Z")))
    }

    @Test func `a skipped hour is an error that names the zone`() {
        var clock = clock()
        #expect(clock.instant(of: "2026-03-08 02:30:00", asset: "a") == .failure(.skipped(zone: "America/New_York")))
        #expect(clock.instant(of: "2026-03-08 01:59:59", asset: "a") == .success(.at("2026-03-08T06:59:59Z")))
        #expect(clock.instant(of: "2026-03-08 03:00:00", asset: "a") == .success(.at("2026-03-08T07:00:00Z")))
    }

    @Test func `in a doubled hour the second pass begins where the order steps back`() {
        var clock = clock()
        let texts = ["01:30:00", "01:50:00", "01:10:00", "01:30:00", "02:00:00"]
        let instants = texts.map { try? clock.instant(of: "2026-11-01 \($0)", asset: "a").get() }
        #expect(
            instants == [
                Instant("2026-11-01T05:30:00Z"), Instant("2026-11-01T05:50:00Z"), Instant("2026-11-01T06:10:00Z"),
                Instant("2026-11-01T06:30:00Z"), Instant("2026-11-01T07:00:00Z"),
            ]
        )
    }

    @Test func `a row that is merely late does not begin the second pass, nor does another asset's`() {
        var clock = clock()
        for (text, asset) in [("01:30:00", "a"), ("01:28:00", "a"), ("01:10:00", "b"), ("01:31:00", "a")] {
            let instant = try? clock.instant(of: "2026-11-01 \(text)", asset: asset).get()
            #expect(instant == Instant("2026-11-01T0\(5)" + text.dropFirst(2) + "Z"))
        }
    }

    /// The UTC times of day that one asset's local times of 1 November mean, in the order in which they come.
    private func utc(_ locals: [String], lateness: Duration = .seconds(300)) -> [String] {
        var clock = LocalClock(zone: Self.newYork, policy: .byOrder, lateness: lateness)
        return locals.map { local in
            guard let instant = try? clock.instant(of: "2026-11-01 \(local)", asset: "a").get() else { return "none" }
            return String(instant.description.dropFirst(11).dropLast(4))
        }
    }

    @Test func `a row of the second pass that comes late, after the doubled hour, stays in the second pass`() {
        #expect(utc(["01:58", "01:02", "02:00", "01:58"]) == ["05:58", "06:02", "07:00", "06:58"])
    }

    @Test func `a row of the first pass that comes late, after the clocks were put back, stays in the first pass`() {
        #expect(utc(["01:58", "01:00", "01:59", "01:01"]) == ["05:58", "06:00", "05:59", "06:01"])
    }

    @Test func `rows every half hour are told apart however late they may be`() {
        let locals = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
        #expect(utc(locals, lateness: .seconds(7_200)) == ["04:30", "05:00", "05:30", "06:00", "06:30", "07:00"])
    }

    @Test func `a file that is read again from before the doubled hour means the same again`() {
        let day = ["00:10", "01:10", "01:50", "01:10", "01:50", "02:10", "09:00"]
        let meant = utc(day)
        #expect(utc(day + day) == meant + meant)
    }

    @Test func `a doubled hour begins with its first pass, whatever was seen the year before`() {
        let zone = ZoneOffsets(
            identifier: "America/New_York",
            initialOffsetSeconds: -14_400,
            changes: ["2026-11-01T06:00:00Z", "2027-03-14T07:00:00Z", "2027-11-07T06:00:00Z"].enumerated().map {
                ZoneOffsets.Change(at: .at($1), offsetSeconds: $0 == 1 ? -14_400 : -18_000)
            }
        )
        var clock = LocalClock(zone: zone, policy: .byOrder, lateness: .seconds(300))
        for (local, expected) in [
            ("2026-11-01 01:30:00", "2026-11-01T05:30:00Z"), ("2026-11-01 01:10:00", "2026-11-01T06:10:00Z"),
            ("2027-11-07 01:30:00", "2027-11-07T05:30:00Z"),
        ] {
            #expect(clock.instant(of: local, asset: "a") == .success(.at(expected)))
        }
    }

    @Test func `a time outside of the years that can be written is unreadable`() {
        var clock = clock()
        #expect(clock.instant(of: "9999-12-31 23:00:00", asset: "a") == .failure(.unreadable))
        #expect(clock.instant(of: "0000-01-01T00:00:00+05:00", asset: "a") == .failure(.unreadable))
    }

    @Test(arguments: [(SignalSchema.DoubledHour.earlier, "05"), (.later, "06")])
    func `a policy may always take the earlier or the later pass`(policy: SignalSchema.DoubledHour, hour: String) {
        var clock = clock(policy)
        let expected = Instant.at("2026-11-01T\(hour):30:00Z")
        #expect(clock.instant(of: "2026-11-01 01:30:00", asset: "a") == .success(expected))
    }

    @Test func `a zone in the text wins, and without any there is no instant`() {
        var clock = LocalClock(zone: nil, policy: .byOrder, lateness: .zero)
        let expected = Instant.at("2026-10-31T20:00:00Z")
        #expect(clock.instant(of: "2026-11-01T01:30:00+05:30", asset: "a") == .success(expected))
        #expect(clock.instant(of: "2026-11-01 01:30:00", asset: "a") == .failure(.noZone))
        #expect(clock.instant(of: "yesterday", asset: "a") == .failure(.unreadable))
    }
}
