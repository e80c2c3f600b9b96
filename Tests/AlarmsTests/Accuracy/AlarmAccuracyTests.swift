import Alarms
import FoundationEssentials
import Models
import Plant
import Testing

@Suite struct AlarmAccuracyTests {
    /// An hour of the story: the span is hours 0 to 1000, the horizon 24, now is hour 1000.
    private func hour(_ hour: Double) -> Instant { Instant(seconds: 1_767_225_600) + .seconds(Int64(hour * 3_600)) }

    private func version(_ digit: Character) throws -> ModelVersion {
        try #require(ModelVersion(hash: String(repeating: digit, count: 64)))
    }

    private func terms(latest: [String: Double] = ["pump": 1_000, "fan": 1_000]) -> AlarmAccuracy.Terms {
        AlarmAccuracy.Terms(
            span: hour(0)..<hour(1_000),
            now: hour(1_000),
            horizon: .seconds(24 * 3_600),
            recovery: .seconds(3_600),
            latestRows: latest.mapValues { hour($0) }
        )
    }

    private func word(_ isAccurate: Bool, by person: String = "ann", at: Double = 999, component: String? = nil)
        -> Feedback
    {
        Feedback(
            id: ID(UUID()),
            alarm: ID(UUID()),
            isAccurate: isAccurate,
            component: component,
            by: person,
            at: hour(at)
        )
    }

    private func alarm(
        _ asset: String = "pump",
        at hours: Double...,
        component: String? = nil,
        version digit: Character = "a",
        words: [Feedback] = []
    ) throws -> ForetoldAlarm {
        let version = try version(digit)
        return try #require(
            ForetoldAlarm(
                id: ID(UUID()),
                asset: asset,
                raises: hours.map { ForetoldAlarm.Raise(at: hour($0), version: version, component: component) },
                words: words
            )
        )
    }

    private func failure(_ asset: String = "pump", at start: Double, component: String? = nil) -> FailureEvent {
        FailureEvent(asset: asset, start: hour(start), component: component)
    }

    private func figures(
        _ alarms: [ForetoldAlarm],
        failures: [FailureEvent] = [],
        terms: AlarmAccuracy.Terms? = nil
    ) throws -> AccuracyFigures {
        var accuracy = AlarmAccuracy(terms ?? self.terms(), failures: failures)
        for alarm in alarms { accuracy.add(alarm) }
        for episode in accuracy.counted { accuracy.add(episode, predictedBy: try version("a")) }
        return accuracy.total
    }

    // MARK: Each alarm in its place

    @Test func `a word counts as it was said, and as the record allows`() throws {
        let failures = [failure(at: 110)]
        let cases: [([Feedback], Double, KeyPath<AccuracyFigures, Int>)] = [
            ([word(true)], 100, \.right), ([word(true)], 300, \.right), ([word(false)], 300, \.wrong),
            ([word(false)], 100, \.contradicted), ([], 100, \.recorded), ([], 300, \.unknown), ([], 990, \.open),
            ([word(true), word(false, by: "bo")], 300, \.disputed), ([word(false)], 110.5, \.contradicted),
        ]
        for (words, at, place) in cases {
            let figures = try figures([try alarm(at: at, words: words)], failures: failures)
            #expect(figures[keyPath: place] == 1, "\(at) \(words.map(\.isAccurate))")
            #expect(figures.alarms == 1)
        }
    }

    @Test func `of one person the last word counts, and those who differ stay in dispute until they agree`() throws {
        let changed = [word(true, at: 400), word(false, at: 500)]
        #expect(try figures([try alarm(at: 300, words: changed)]).wrong == 1)
        let disputed = changed + [word(true, by: "bo", at: 450)]
        #expect(try figures([try alarm(at: 300, words: disputed)]).disputed == 1)
        let settled = disputed + [word(false, by: "bo", at: 600)]
        let figures = try figures([try alarm(at: 300, words: settled)])
        #expect(figures.wrong == 1 && figures.disputed == 0)
    }

    @Test func `the record tells of an alarm only where failures are recorded and the asset was watched`() throws {
        let alarms = [try alarm(at: 300)]
        #expect(try figures(alarms).notFollowed == 0)
        #expect(try figures(alarms, failures: [failure("fan", at: 900)]).notFollowed == 1)
        let silent = terms(latest: ["pump": 310])
        #expect(try figures(alarms, failures: [failure("fan", at: 900)], terms: silent).notFollowed == 0)
        #expect(try figures(alarms, failures: [failure(at: 324)]).followed == 1)
        #expect(try figures(alarms, failures: [failure(at: 324.01)]).followed == 0)
        // Its horizon is not over: what has come so far tells of no share.
        let open = try figures([try alarm(at: 990)], failures: [failure(at: 995)])
        #expect(open.followed == 0 && open.notFollowed == 0 && open.recorded == 1)
    }

    // MARK: An alarm that nobody closes

    @Test func `an alarm counts each time that it is raised within the span, and each raise meets its own failure`()
        throws
    {
        let figures = try figures([try alarm(at: -900, 100, 300, 500, 990)], failures: [failure(at: 110)])
        #expect(figures.alarms == 4 && figures.recorded == 1 && figures.unknown == 2 && figures.open == 1)
        #expect(figures.followed == 1 && figures.notFollowed == 2)
    }

    @Test func `a word is on the last raise before it, and says nothing of the others`() throws {
        let words = [word(false, at: 110), word(true, at: 600), word(false, by: "bo", at: 120)]
        let figures = try figures([try alarm(at: 100, 300, 500, words: words)])
        #expect(figures.alarms == 3 && figures.wrong == 1 && figures.unknown == 1 && figures.right == 1)
        // On a raise that lies before the span a word counts no more.
        let late = try self.figures([try alarm(at: -90, 300, words: [word(true, at: 10)])])
        #expect(late.alarms == 1 && late.right == 0 && late.unknown == 1)
    }

    @Test(arguments: [(99, nil), (100, 0), (210, 0), (219, 0), (220, 1), (301, 2)] as [(Double, Int?)])
    func `nobody judges a raise before it is told, nor any before a prediction joins`(
        at hours: Double,
        place: Int?
    ) throws {
        let version = try version("a")
        let raises = [(100, 100), (200, 220), (300, 300)].map { at, toldAt in
            ForetoldAlarm.Raise(at: hour(at), toldAt: hour(toldAt), version: version)
        }
        let word = word(true, at: hours)
        let alarm = try #require(ForetoldAlarm(id: word.alarm, asset: "pump", raises: raises, words: [word]))
        #expect(alarm.judged.map(\.words.count) == (0..<3).map { $0 == place ? 1 : 0 })
    }

    @Test func `a word on what was told is on it, though a source's clock is ahead of the server's`() throws {
        let ahead = ForetoldAlarm.Raise(at: hour(101), toldAt: hour(100), version: try version("a"))
        #expect(ForetoldAlarm.place(of: word(true, at: 100.5), among: [ahead]) == 0)
        #expect(ForetoldAlarm.place(of: word(true, at: 99.5), among: [ahead]) == nil)
    }

    @Test func `each raise belongs to the version and the week of its own time`() throws {
        let raises = [
            ForetoldAlarm.Raise(at: hour(100), version: try version("a")),
            ForetoldAlarm.Raise(at: hour(500), version: try version("b")),
        ]
        let alarm = try #require(ForetoldAlarm(id: ID(UUID()), asset: "pump", raises: raises, words: [word(false)]))
        for grouping in [AccuracyGrouping.version, .week] {
            var accuracy = AlarmAccuracy(terms(), failures: [], by: grouping)
            accuracy.add(alarm)
            #expect(accuracy.groups.count == 2 && accuracy.groups.values.allSatisfy { $0.alarms == 1 })
            let last = try accuracy.groups[grouping == .version ? version("b").hash : "2026-01-19"]
            #expect(last?.wrong == 1)
        }
    }

    // MARK: Failures

    @Test(arguments: [(100, true), (86, true), (85.9, false), (110, false), (111, false)] as [(Double, Bool)])
    func `a failure is announced by a raise within the horizon before it`(raised: Double, expected: Bool) throws {
        let figures = try figures([try alarm(at: raised)], failures: [failure(at: 110)])
        #expect(figures.failures == 1)
        #expect(figures.announced == (expected ? 1 : 0))
    }

    @Test func `a later raise of an alarm that never closed announces too, and the lead goes from the first within`()
        throws
    {
        let figures = try figures([try alarm(at: 10, 90, 100)], failures: [failure(at: 110)])
        #expect(figures.announced == 1)
        #expect(figures.medianLeadMinutes == 1_200)
        #expect(figures.alarms == 3 && figures.recorded == 2 && figures.followed == 2)
    }

    @Test func `what was told once the failure had begun announced nothing, and the lead begins with the telling`()
        throws
    {
        let version = try version("a")
        func figures(toldAt hours: Double) throws -> AccuracyFigures {
            let raise = ForetoldAlarm.Raise(at: hour(100), toldAt: hour(hours), version: version)
            let alarm = try #require(ForetoldAlarm(id: ID(UUID()), asset: "pump", raises: [raise], words: []))
            return try self.figures([alarm], failures: [failure(at: 110)])
        }
        let late = try figures(toldAt: 110)
        #expect(late.failures == 1 && late.announced == 0 && late.alarms == 1)
        let early = try figures(toldAt: 109)
        #expect(early.announced == 1 && early.medianLeadMinutes == 60)
    }

    @Test func `a raise that made no sound is the model's too, and announces`() throws {
        let said = Prediction(asset: "pump", instant: hour(100), probability: 0.8, modelVersion: try version("a"))
        let cause = AlarmCause(
            source: .prediction,
            type: .predictive,
            since: hour(100),
            message: "likely to fail",
            metadata: AlertMetadata(said, features: nil)
        )
        let alarm = Alarm(
            id: ID(UUID()),
            asset: "pump",
            condition: .prediction,
            type: .predictive,
            state: .unacknowledged,
            suppression: Suppression(kind: .shelved, by: "ann", reason: "known"),
            raisedAt: hour(100),
            causes: [cause]
        )
        let transition = AlarmTransition(alarm: alarm, change: .raised, at: hour(100), source: .prediction)
        #expect(!transition.annunciates)
        let raise = try #require(ForetoldAlarm.Raise(transition, toldAt: hour(100)))
        let foretold = try #require(ForetoldAlarm(id: alarm.id, asset: "pump", raises: [raise], words: []))
        #expect(try figures([foretold], failures: [failure(at: 110)]).announced == 1)
    }

    @Test func `a version is held to its own horizon`() throws {
        let long = AlarmAccuracy.Terms(
            span: hour(0)..<hour(1_000),
            now: hour(1_000),
            horizon: .seconds(24 * 3_600),
            horizons: [try version("b"): .seconds(72 * 3_600)],
            latestRows: ["pump": hour(1_000)]
        )
        #expect(long.horizonMax == .seconds(72 * 3_600))
        let failures = [failure(at: 110)]
        let early = try figures([try alarm(at: 50, version: "b")], failures: failures, terms: long)
        #expect(early.recorded == 1 && early.announced == 1)
        let short = try figures([try alarm(at: 50, version: "a")], failures: failures, terms: long)
        #expect(short.unknown == 1 && short.announced == 0)
    }

    @Test func `an alarm before the span announces a failure in it, and is not counted itself`() throws {
        let figures = try figures([try alarm(at: -3)], failures: [failure(at: 2)])
        #expect(figures.announced == 1 && figures.alarms == 0)
    }

    @Test func `a failure that came while nothing was predicted is no miss`() throws {
        var accuracy = AlarmAccuracy(terms(), failures: [failure(at: 110), failure(at: 500)])
        let version = try version("a")
        for episode in accuracy.counted {
            accuracy.add(episode, predictedBy: episode.start == hour(500) ? version : nil)
        }
        #expect(accuracy.total.failures == 1 && accuracy.total.unpredicted == 1 && accuracy.total.announced == 0)
    }

    @Test func `failures of two components at once are one, and either name is right`() throws {
        let failures = [failure(at: 110, component: "seal"), failure(at: 110, component: "bearing")]
        let figures = try figures([try alarm(at: 100, component: "seal")], failures: failures)
        #expect(figures.failures == 1 && figures.componentKnown == 1 && figures.componentRight == 1)
        let wrong = try self.figures([try alarm(at: 100, component: "motor")], failures: failures)
        #expect(wrong.componentKnown == 1 && wrong.componentRight == 0)
    }

    @Test func `a component is known from who was there, never from a bare yes`() throws {
        let bare = try figures([try alarm(at: 300, component: "seal", words: [word(true)])])
        #expect(bare.componentKnown == 0)
        let named = try figures([try alarm(at: 300, component: "seal", words: [word(true, component: "seal")])])
        #expect(named.componentRight == 1)
        let other = try figures([try alarm(at: 300, component: "seal", words: [word(true, component: "motor")])])
        #expect(other.componentKnown == 1 && other.componentRight == 0)
    }

    // MARK: Properties

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `what nobody judged changes no precision, recall or least count of false alarms`(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var alarms: [ForetoldAlarm] = []
        for _ in 0..<200 {
            let words = (0..<Int.random(in: 0...3, using: &generator)).map { index in
                word(Bool.random(using: &generator), by: ["ann", "bo", "cy"][index])
            }
            let asset = Bool.random(using: &generator) ? "pump" : "fan"
            alarms.append(try alarm(asset, at: Double.random(in: 0..<1_000, using: &generator), words: words))
        }
        let failures = (0..<20).map { _ in
            failure(
                Bool.random(using: &generator) ? "pump" : "fan",
                at: Double.random(in: 0..<1_000, using: &generator)
            )
        }
        let before = try figures(alarms, failures: failures)
        #expect(before.alarms == 200)
        // On an asset that never failed: neither words nor records say anything of it.
        let unknown = try (0..<50).map { _ in
            try alarm("press", at: Double.random(in: 0..<900, using: &generator))
        }
        let after = try figures((alarms + unknown).shuffled(using: &generator), failures: failures)
        #expect(after.precision == before.precision)
        #expect(after.precisionByRecord == before.precisionByRecord)
        #expect(after.recall == before.recall)
        #expect(after.unknown == before.unknown + 50)
        #expect(after.alarms == 250)
        #expect(after.right == before.right && after.wrong == before.wrong)
    }

    @Test(arguments: AccuracyGrouping.allCases.filter { $0 != .rule })
    func `groups add up to the whole`(grouping: AccuracyGrouping) throws {
        var generator = SplitMix64(seed: 8)
        let failures = (0..<15).map { failure(at: Double($0) * 60 + 30) }
        var accuracy = AlarmAccuracy(terms(), failures: failures, by: grouping)
        for _ in 0..<100 {
            let words = Bool.random(using: &generator) ? [word(Bool.random(using: &generator))] : []
            let digit: Character = Bool.random(using: &generator) ? "a" : "b"
            let asset = Bool.random(using: &generator) ? "pump" : "fan"
            accuracy.add(
                try alarm(asset, at: Double.random(in: 0..<1_000, using: &generator), version: digit, words: words)
            )
        }
        for (index, episode) in accuracy.counted.enumerated() {
            accuracy.add(episode, predictedBy: try version(index.isMultiple(of: 2) ? "a" : "b"))
        }
        for day in 0..<40 {
            accuracy.add(watchedDayFrom: hour(Double(day) * 24), of: "pump", by: try version("a"))
        }
        let groups = accuracy.groups.values
        #expect(groups.count > 1)
        for place in [\AccuracyFigures.alarms, \.right, \.wrong, \.unknown, \.failures, \.announced, \.assetDays] {
            #expect(groups.reduce(0) { $0 + $1[keyPath: place] } == accuracy.total[keyPath: place])
        }
    }

    @Test func `false alarms per week lie between what people call false and what nobody knows`() throws {
        var accuracy = AlarmAccuracy(terms(), failures: [failure(at: 210)])
        for day in 0..<13 { accuracy.add(watchedDayFrom: hour(Double(day) * 24), of: "pump", by: try version("a")) }
        accuracy.add(try alarm(at: 10, words: [word(false)]))
        accuracy.add(try alarm(at: 40))
        accuracy.add(try alarm(at: 70, words: [word(true)]))
        accuracy.add(try alarm(at: 100, words: [word(true), word(false, by: "bo")]))
        accuracy.add(try alarm(at: 200, words: [word(false)]))
        let bounds = try #require(accuracy.total.falseAlarmsPerAssetWeek)
        #expect(abs(bounds.low * 13 / 7 - 1) < 1e-12)
        #expect(abs(bounds.high * 13 / 7 - 4) < 1e-12)
        #expect(AccuracyFigures().falseAlarmsPerAssetWeek == nil)
    }
}
