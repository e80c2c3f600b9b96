import Plant
import TestSupport
import Testing

@Suite struct InstantTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-31T06:00:00Z", 1_769_839_200_000_000),
            ("2026-01-31T06:00:00.25Z", 1_769_839_200_250_000),
            ("2026-01-31T11:30:00+05:30", 1_769_839_200_000_000),
            ("2026-01-31 06:00:00Z", 1_769_839_200_000_000),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ] as [(String, Int64)]
    )
    func `a text with a zone names one instant`(text: String, microseconds: Int64) {
        #expect(Instant(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "2026-01-31T06:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T06:00:60Z", "31.01.2026", "", "2026-01-31T06:00:00Zx", "2026-01-31T06:00:00+5", "now",
    ])
    func `anything else names none`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test(arguments: ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
    func `a text whose instant no text could give back names none`(text: String) {
        #expect(Instant(text) == nil)
    }

    @Test func `the distant past and future are the first and last instants with a text`() {
        #expect(Instant.distantPast.description == "0000-01-01T00:00:00Z")
        #expect(Instant.distantFuture.description == "9999-12-31T23:59:59.999999Z")
        #expect((Instant.distantPast - .microseconds(1)).description == "-0001-12-31T23:59:59.999999Z")
    }

    @Test func `arithmetic beyond all time stops there`() {
        let last = Instant(microseconds: .max)
        let first = Instant(microseconds: .min)
        #expect(last + .seconds(1) == last)
        #expect(first - .seconds(1) == first)
        #expect(first + .seconds(-1) == first)
        #expect(last - first == .microseconds(Int64.max))
        #expect(first - last == .microseconds(Int64.min))
        #expect(Instant(seconds: .max) == last)
        #expect(Instant(seconds: .min) == first)
        #expect(Duration.seconds(Int64.max).microseconds == .max)
        #expect(first.floored(toMultipleOf: 3_600) == first)
        #expect(!first.description.isEmpty && !last.description.isEmpty)
    }

    @Test func `every instant survives being written and read`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let microseconds = Int64.random(in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &generator)
            let instant = Instant(microseconds: microseconds)
            #expect(Instant(instant.description) == instant)
        }
    }

    @Test(arguments: [(0, 0), (59, 0), (60, 60), (61, 60), (-1, -60), (-60, -60)] as [(Int64, Int64)])
    func `an instant is floored towards the past, before 1970 too`(seconds: Int64, expected: Int64) {
        #expect(Instant(seconds: seconds).floored(toMultipleOf: 60) == Instant(seconds: expected))
    }
}
