import Alarms
import Plant
import Testing

extension AlarmQualityTests {
    private static let shelf = SuppressionBook.Place(asset: "m1", condition: .rule("hot"))
    private static let hour = 3_600

    @Test func `what flickers on a shelf is not fleeting, for nobody was told`() throws {
        var day = try Day(rules: Self.hot)
        day.send(11, at: 0)
        day.silence(Self.shelf, at: 100)
        for number in 0..<400 {
            day.send(9, at: 200 + number * 60)
            day.send(11, at: 230 + number * 60)
        }
        let report = day.quality.report()
        #expect(report.annunciations == 1 && report.suppressed == 400)
        #expect(report.fleeting.value == 0 && report.fleeting.verdict == .acceptable)
        #expect(report.badActors.map(\.fleeting) == [0] && report.badActors.map(\.longestSeconds) == [100])
    }

    @Test func `a plant's past that comes in at once was told to nobody`() {
        let imported = Instant.t0 + .seconds(30 * 24 * Self.hour)
        var quality = AlarmQuality(from: imported, to: imported + .seconds(24 * Self.hour), operators: 1)
        for (age, state) in [(86_400, ProcessState.unacknowledged), (86_399, .unacknowledged)] {
            let alarm = DeliveryPlanTests.alarm(state: state)
            let raised = AlarmTransition(alarm: alarm, change: .raised, at: imported - .seconds(age))
            quality.note(raised, told: imported)
        }
        #expect(quality.report().annunciations == 1 && quality.report().suppressed == 0)
        #expect(quality.report().acknowledgement.waiting == 1)
    }

    @Test func `what is out of service is not stale, whenever it was silenced`() throws {
        var day = try Day(rules: Self.hot, hours: 96)
        for number in 0..<50 { day.send(11, "m\(number)", at: number) }
        let silenced = day.silence(SuppressionBook.Place(), as: .outOfService, at: Self.hour)
        #expect(silenced.count == 50)
        #expect(day.quality.report().stale.value == 0)
        let later = AlarmQuality(
            from: .t0 + .seconds(24 * Self.hour),
            to: .t0 + .seconds(96 * Self.hour),
            operators: 1,
            open: silenced.map { ($0, $0.at, nil) }
        )
        #expect(later.report().stale.value == 0 && later.report().acknowledgement.waiting == 0)
    }

    @Test func `an alarm stands from when it is heard up to when it is silenced`() throws {
        var day = try Day(rules: Self.hot, hours: 72)
        // Active for 30 hours, heard for 20 of them.
        day.silence(Self.shelf, at: 0)
        day.send(11, at: 1)
        day.hear(Self.shelf, at: 10 * Self.hour)
        day.send(9, at: 30 * Self.hour)
        #expect(day.quality.report().stale.value == 0)
        #expect(day.quality.report().badActors.map(\.longestSeconds) == [Double(20 * Self.hour)])
        // Heard for 25 hours, and then shelved.
        day.send(11, "m2", at: 31 * Self.hour)
        day.silence(SuppressionBook.Place(asset: "m2"), at: 56 * Self.hour)
        #expect(day.quality.report().stale.value == 1)
        #expect(day.quality.report().fleeting.value == 0)
    }

    @Test func `what is gone within a minute of being heard again is fleeting, if it was told then`() throws {
        for (isKnown, fleeting) in [(false, 1.0), (true, 0)] {
            var day = try Day(rules: Self.hot)
            day.send(11, at: 0)
            if isKnown { try day.acknowledge(at: 10) }
            day.silence(Self.shelf, at: 100)
            day.hear(Self.shelf, at: 1_000)
            day.send(9, at: 1_030)
            #expect(day.quality.report().fleeting.value == fleeting)
        }
    }

    @Test func `what becomes a mere consequence stands no longer, though nothing is said of it`() throws {
        var day = try Day(rules: Self.hot)
        day.note(day.engine.replace(SuppressionBook(parents: ["m1": "line"]), at: .t0))
        day.send(11, "line", at: 0)
        // CRITICAL below a WARNING is heard; as a WARNING it is explained.
        day.send(21, at: 1)
        day.send(15, at: 11)
        day.send(9, at: 20)
        let report = day.quality.report()
        #expect(report.annunciations == 2 && report.fleeting.value == 0)
        #expect(report.badActors.first { $0.asset == "m1" }?.longestSeconds == 10)
    }

    @Test func `what is silenced waits for nobody, and waits anew once it is heard again`() throws {
        var day = try Day(rules: Self.hot)
        day.send(11, at: 0)
        day.silence(Self.shelf, at: 100)
        #expect(day.quality.report().acknowledgement.waiting == 0)
        var known = day
        try known.acknowledge(at: 12 * Self.hour)
        #expect(known.quality.report().acknowledgement.answered == 0)
        day.hear(Self.shelf, at: 12 * Self.hour)
        #expect(day.quality.report().acknowledgement.waiting == 1)
        try day.acknowledge(at: 12 * Self.hour + 60)
        #expect(day.quality.report().acknowledgement.medianSeconds == 60)
        #expect(day.quality.report().acknowledgement.waiting == 0)
    }

    @Test func `what was told before the stretch is answered from when it was told`() throws {
        var day = try Day(rules: Self.hot)
        var before = try AlarmEngine(rules: AlarmScript.rules(Self.hot), tags: AlarmScript.tags)
        func carry(_ value: Double, at second: Int) throws -> AlarmTransition {
            let sample = Sample(asset: "m1", instant: .t0 + .seconds(second), values: [value, .nan, .nan, .nan, .nan])
            return try #require(before.observe(sample, generator: &day.generator).first)
        }
        let raised = try carry(11, at: -2 * Self.hour)
        let returned = try carry(9, at: -300)
        day.engine = before
        day.quality = AlarmQuality(
            from: .t0,
            to: .t0 + .seconds(24 * Self.hour),
            operators: 1,
            open: [(returned, raised.at, nil)]
        )
        try day.acknowledge(at: 300)
        #expect(day.quality.report().acknowledgement.medianSeconds == Double(2 * Self.hour + 300))
    }

    @Test func `what was heard again before the stretch stands from then on`() throws {
        for (heardAgain, stale) in [(nil, 1.0), (Instant.t0 - .seconds(10 * Self.hour), 0)] {
            var day = try Day(rules: Self.hot)
            let sample = Sample(
                asset: "m1",
                instant: .t0 - .seconds(30 * Self.hour),
                values: [11, .nan, .nan, .nan, .nan]
            )
            let raised = day.engine.observe(sample, generator: &day.generator)
            let quality = AlarmQuality(
                from: .t0,
                to: .t0 + .seconds(12 * Self.hour),
                operators: 1,
                open: raised.map { ($0, $0.at, heardAgain) }
            )
            #expect(quality.report().stale.value == stale)
        }
    }
}
