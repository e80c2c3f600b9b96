import Alarms
import Plant
import Testing

/// Against figures worked out by hand.
@Suite struct AlarmQualityTests {
    /// An alarm system's day, told as it happens.
    struct Day {
        var engine: AlarmEngine
        var quality: AlarmQuality
        var generator = SplitMix64(seed: 5)

        init(rules: String, hours: Int = 24, operators: Int = 1) throws {
            engine = try AlarmEngine(rules: AlarmScript.rules(rules), tags: AlarmScript.tags)
            quality = AlarmQuality(from: .t0, to: .t0 + .seconds(hours * 3_600), operators: operators)
        }

        mutating func send(_ value: Double, _ asset: String = "m1", at second: Int) {
            let sample = Sample(asset: asset, instant: .t0 + .seconds(second), values: [value, .nan, .nan, .nan, .nan])
            note(engine.observe(sample, generator: &generator))
        }

        mutating func acknowledge(at second: Int) throws {
            for alarm in engine.openAlarms where alarm.acknowledgedAt == nil {
                note(try engine.acknowledge(alarm.id, by: "asha", at: .t0 + .seconds(second)))
            }
        }

        @discardableResult
        mutating func silence(
            _ place: SuppressionBook.Place,
            as kind: Suppression.Kind = .shelved,
            at second: Int
        ) -> [AlarmTransition] {
            let transitions = engine.suppress(place, Suppression(kind: kind, by: "asha"), at: .t0 + .seconds(second))
            note(transitions)
            return transitions
        }

        mutating func hear(_ place: SuppressionBook.Place, at second: Int) {
            note(engine.unsuppress(place, by: "asha", at: .t0 + .seconds(second)))
        }

        mutating func note(_ transitions: [AlarmTransition]) {
            for transition in transitions { quality.note(transition, told: transition.at) }
        }
    }

    static let hot = #"[{"id": "hot", "kind": "limit", "tag": "t", "high": 10, "highHigh": 20}]"#

    @Test func `rates are per ten minutes and operator, and judged as EEMUA 191 has it`() throws {
        // 288 in a day: two in ten minutes.
        for (operators, rate, verdict) in [(1, 2.0, "manageable"), (2, 1, "acceptable")] {
            var day = try Day(rules: Self.hot, operators: operators)
            for number in 0..<288 {
                day.send(11, at: number * 300)
                day.send(9, at: number * 300 + 100)
            }
            let report = day.quality.report()
            #expect(report.annunciations == 288)
            #expect(report.averageRate.value == rate && report.averageRate.verdict.rawValue == verdict)
            #expect(report.peakRate.value == 2 / Double(operators) && report.peakRate.verdict == .acceptable)
            #expect(report.floodShare.value == 0 && report.floods == 0)
            #expect(report.chattering.value == 0 && report.fleeting.value == 0)
        }
    }

    @Test func `time before anything could be told is not quiet time`() throws {
        let start = Instant.t0 - .seconds(28 * 86_400)
        for (measuredFrom, verdict) in [(Instant.t0, "manageable"), (nil, "acceptable")] {
            var day = try Day(rules: Self.hot)
            day.quality = AlarmQuality(
                from: start,
                measuredFrom: measuredFrom,
                to: .t0 + .seconds(2 * 86_400),
                operators: 1
            )
            for number in 0..<564 {
                day.send(11, at: number * 300)
                day.send(9, at: number * 300 + 100)
            }
            // Of 288 periods one is a flood.
            for number in 0..<12 { day.send(11, "p\(number)", at: 86_400 + number) }
            let report = day.quality.report()
            #expect(report.annunciations == 576 && report.averageRate.verdict.rawValue == verdict)
            #expect(report.measuredFrom == measuredFrom ?? start)
            #expect(report.floodShare.value == (measuredFrom == nil ? 1.0 / 4_320 : 1.0 / 288))
        }
    }

    @Test func `where nothing could be told yet, rates can't be judged`() throws {
        let end = Instant.t0 + .seconds(86_400)
        for measuredFrom in [end, end + .seconds(9)] {
            let report = AlarmQuality(from: .t0, measuredFrom: measuredFrom, to: end, operators: 1).report()
            #expect(report.measuredFrom == nil)
            #expect(report.averageRate.value == nil && report.averageRate.verdict == .unknown)
            #expect(report.peakRate.verdict == .unknown && report.floodShare.verdict == .unknown)
        }
        // What began before the stretch is measured from its beginning.
        let whole = AlarmQuality(from: .t0, measuredFrom: .distantPast, to: end, operators: 1).report()
        #expect(whole.measuredFrom == .t0 && whole.averageRate.value == 0)
    }

    @Test func `a flood begins with more than ten in a period and ends with fewer than five`() throws {
        var day = try Day(rules: Self.hot, hours: 10)
        // Of each period so many: floods are 11, 5 and 10, and then 12.
        for (period, count) in [10, 11, 5, 10, 4, 10, 0, 12, 0].enumerated() {
            for number in 0..<count { day.send(11, "p\(period).\(number)", at: period * 600 + number) }
        }
        let report = day.quality.report()
        #expect(report.floods == 2)
        #expect(report.floodShare.value == 4.0 / 60 && report.floodShare.verdict == .overDemanding)
        #expect(report.peakRate.value == 12 && report.peakRate.verdict == .manageable)
    }

    @Test func `what returns and comes back within a minute chatters, and what is gone at once is fleeting`() throws {
        var day = try Day(rules: Self.hot)
        // 0, 20, 40, 59: the third and the fourth have two before them within a minute. Each lasts ten seconds.
        for second in [0, 20, 40, 59] {
            day.send(11, at: second)
            day.send(9, at: second + 10)
        }
        // Too far apart, and too long.
        for second in [1_000, 1_100, 1_200] {
            day.send(11, "m2", at: second)
            day.send(9, "m2", at: second + 60)
        }
        let report = day.quality.report()
        #expect(report.chattering.value == 1 && report.chattering.verdict == .overDemanding)
        #expect(report.fleeting.value == 4)
        #expect(report.badActors.map(\.asset) == ["m1", "m2"])
        #expect(report.badActors[0].chattering == 2 && report.badActors[0].source == "rule:hot")
        #expect(report.badActors[0].share == 4.0 / 7 && report.badActors[1].longestSeconds == 60)
        #expect(report.topTenShare.value == nil && report.topTenShare.verdict == .unknown)
    }

    @Test func `an alarm that stands for over a day is stale, whenever it was raised`() throws {
        var before = try AlarmEngine(rules: AlarmScript.rules(Self.hot), tags: AlarmScript.tags)
        var generator = SplitMix64(seed: 1)
        let values = [11, Double.nan, .nan, .nan, .nan]
        let old = before.observe(
            Sample(asset: "old", instant: .t0 - .seconds(3 * 86_400), values: values),
            generator: &generator
        )
        var day = try Day(rules: Self.hot, hours: 72)
        day.quality = AlarmQuality(
            from: .t0,
            to: .t0 + .seconds(72 * 3_600),
            operators: 1,
            open: old.map { ($0, $0.at, nil) }
        )
        for number in 0..<4 { day.send(11, "m\(number)", at: 100) }
        day.send(9, "m3", at: 86_000)
        let report = day.quality.report()
        #expect(report.stale.value == 4 && report.stale.verdict == .acceptable)  // old, and three of the four
        #expect(report.annunciations == 4)
        #expect(report.acknowledgement.waiting == 5)
    }

    @Test func `priorities are a rule's own, else by severity, and few of them say nothing`() throws {
        let rules = """
            [{"id": "hot", "kind": "limit", "tag": "t", "high": 10, "highHigh": 20},
             {"id": "cold", "kind": "limit", "tag": "t", "low": 0, "priority": 2}]
            """
        var day = try Day(rules: rules)
        for number in 0..<16 { day.send(11, "w\(number)", at: number) }
        for number in 0..<3 { day.send(-1, "c\(number)", at: number) }
        #expect(day.quality.report().priorities.verdict == .unknown)
        day.send(21, "h", at: 50)
        let spread = day.quality.report().priorities
        #expect(spread.low == 0.8 && spread.medium == 0.15 && spread.high == 0.05)
        #expect(spread.verdict == .acceptable)
        day.send(21, "h2", at: 51)
        #expect(day.quality.report().priorities.verdict == .overDemanding)
    }

    @Test func `answers are timed from the annunciation, and silent raises are counted apart`() throws {
        var day = try Day(rules: Self.hot)
        for (number, delay) in [10, 20, 30, 40, 100].enumerated() {
            day.send(11, at: number * 1_000)
            day.send(9, at: number * 1_000 + 5)
            try day.acknowledge(at: number * 1_000 + delay)
        }
        let place = SuppressionBook.Place(asset: "m1")
        day.note(day.engine.suppress(place, Suppression(kind: .outOfService, by: "asha"), at: .t0 + .seconds(9_000)))
        day.send(11, at: 9_001)
        let report = day.quality.report()
        #expect(report.acknowledgement.answered == 5 && report.acknowledgement.waiting == 0)
        #expect(report.acknowledgement.medianSeconds == 30 && report.acknowledgement.p90Seconds == 100)
        #expect(report.annunciations == 5 && report.suppressed == 1)
    }
}
