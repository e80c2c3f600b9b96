import Alarms
import Plant
import Testing

/// What lies at the edges of a stretch, and what is not there at all.
extension AlarmQualityTests {
    @Test func `what nobody answered is no quick answer`() throws {
        var day = try Day(rules: Self.hot)
        for number in 0..<2 { day.send(11, "a\(number)", at: number) }
        try day.acknowledge(at: 10)
        for number in 0..<500 { day.send(11, "w\(number)", at: 100) }
        let answers = day.quality.report().acknowledgement
        #expect(answers.answered == 2 && answers.waiting == 500)
        #expect(answers.medianSeconds == nil && answers.p90Seconds == nil)
        let none = try Day(rules: Self.hot).quality.report().acknowledgement
        #expect(none.medianSeconds == nil && none.p90Seconds == nil)
    }

    @Test(arguments: [(0, true, true), (1, true, true), (2, true, false), (9, true, false), (10, false, false)])
    func `nine were answered within half a minute, and the others not yet`(waiting: Int, half: Bool, most: Bool) throws
    {
        var day = try Day(rules: Self.hot)
        for number in 0..<9 { day.send(11, "a\(number)", at: 0) }
        try day.acknowledge(at: 30)
        for number in 0..<waiting { day.send(11, "w\(number)", at: 100) }
        let answers = day.quality.report().acknowledgement
        #expect(answers.answered == 9 && answers.waiting == waiting)
        #expect(answers.medianSeconds == (half ? 30 : nil) && answers.p90Seconds == (most ? 30 : nil))
    }

    @Test func `the most in ten minutes is the most in any ten, and depends on no beginning`() throws {
        for shift in [0, 120, 601, 3_600] {
            var day = try Day(rules: Self.hot)
            day.quality = AlarmQuality(from: .t0 + .seconds(shift), to: .t0 + .seconds(86_400), operators: 1)
            // At 9:59 and 10:01, and again ten minutes later.
            for second in [35_940, 36_060, 36_660] {
                for number in 0..<10 { day.send(11, "\(second).\(number)", at: second) }
            }
            let report = day.quality.report()
            #expect(report.peakRate.value == 20 && report.peakRate.verdict == .manageable)
        }
    }

    @Test func `floods go by the clock, whenever they are asked for`() throws {
        for shift in [0, 1, 300, 599] {
            var day = try Day(rules: Self.hot)
            day.quality = AlarmQuality(
                from: .t0 + .seconds(shift),
                to: .t0 + .seconds(36_000 + shift),
                operators: 1
            )
            // Eleven within a period of the clock, of which an end or a beginning at 300 seconds would leave a part.
            for number in 0..<11 { day.send(11, "p\(number)", at: 6_000 + number * 50) }
            let report = day.quality.report()
            #expect(report.floods == 1)
            #expect(report.floodShare.value == 1.0 / (shift == 0 ? 60 : 59))
        }
    }

    @Test func `where nothing could be told, that nothing chatters is no merit`() {
        let report = AlarmQuality(
            from: .t0,
            measuredFrom: .t0 + .seconds(86_400),
            to: .t0 + .seconds(86_400),
            operators: 1
        )
        .report()
        for figure in [report.chattering, report.fleeting, report.stale] {
            #expect(figure.value == nil && figure.verdict == .unknown)
        }
        let quiet = AlarmQuality(from: .t0, to: .t0 + .seconds(86_400), operators: 1).report()
        for figure in [quiet.chattering, quiet.fleeting, quiet.stale] {
            #expect(figure.value == 0 && figure.verdict == .acceptable)
        }
    }
}
