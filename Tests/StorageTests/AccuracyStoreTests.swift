import Alarms
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct AccuracyStoreTests {
    private func prediction(_ asset: String, at instant: Instant, version: ModelVersion) -> Prediction {
        Prediction(asset: asset, instant: instant, probability: 0.8, component: "bearing", modelVersion: version)
    }

    private func commit(
        _ transitions: [AlarmTransition] = [],
        predictions: [Prediction] = [],
        _ world: World,
        in scope: OrganizationScope
    ) async throws {
        let cursor = try await world.stores.lane.lane(in: scope).cursor
        _ = try await world.stores.lane.commit(
            LaneCommit(
                expectedCursor: cursor,
                cursor: cursor,
                predictions: predictions,
                transitions: transitions,
                at: .t0
            ),
            in: scope
        )
    }

    private func alarm(
        _ asset: String,
        since: Instant,
        version: ModelVersion,
        raisedAt: Instant? = nil,
        id: ID<Alarm> = ID(UUID())
    ) -> Alarm {
        Alarm.test(
            asset,
            type: .predictive,
            raisedAt: raisedAt ?? since,
            id: id,
            causes: [
                AlarmCause(
                    source: .prediction,
                    type: .predictive,
                    since: since,
                    message: "likely to fail",
                    metadata: AlertMetadata(prediction(asset, at: since, version: version), features: nil)
                )
            ]
        )
    }

    @Test(arguments: Engine.allCases)
    func `an alarm comes with each raise of its prediction, under the model that made it`(engine: Engine) async throws {
        let world = try await World(engine)
        let (old, new) = (try ModelVersion.test("a"), try ModelVersion.test("b"))
        let first = alarm("pump", since: .t0, version: old)
        let again = alarm("pump", since: .t0 + .seconds(600), version: new, raisedAt: .t0, id: first.id)
        try await commit(
            [
                AlarmTransition(alarm: first, change: .raised, at: .t0, source: .prediction),
                AlarmTransition(alarm: first, change: .acknowledged, at: .t0 + .seconds(5), by: "ann"),
                AlarmTransition(alarm: again, change: .reraised, at: .t0 + .seconds(600), source: .prediction),
            ],
            world,
            in: world.north
        )
        let page = try await world.stores.accuracy.foretold(
            from: .t0,
            raisedBefore: .t0 + .seconds(1),
            in: world.north
        )
        #expect(page.next == nil)
        let found = try #require(page.elements.first)
        #expect(found.id == first.id && found.asset == "pump" && found.words.isEmpty)
        #expect(found.raises.map(\.at) == [.t0, .t0 + .seconds(600)])
        // Both were committed at the first one's time, and none is told before its row.
        #expect(found.raises.map(\.toldAt) == [.t0, .t0 + .seconds(600)])
        #expect(found.raises.map(\.version) == [old, new])
        #expect(found.raises.map(\.component) == ["bearing", "bearing"])
        let before = try await world.stores.accuracy.foretold(from: .t0, raisedBefore: .t0, in: world.north)
        #expect(before.elements.isEmpty)
        let south = try await world.stores.accuracy.foretold(
            from: .distantPast,
            raisedBefore: .distantFuture,
            in: world.south
        )
        #expect(south.elements.isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `all pages together hold each alarm once, with its own words`(engine: Engine) async throws {
        let world = try await World(engine)
        let version = try ModelVersion.test("a")
        let alarms = (0..<23).map { alarm("pump-\($0)", since: .t0 + .seconds($0 / 3), version: version) }
        try await commit(
            alarms.map { AlarmTransition(alarm: $0, change: .raised, at: $0.raisedAt, source: .prediction) },
            world,
            in: world.north
        )
        for alarm in alarms.prefix(10) {
            let word = Feedback(id: ID(UUID()), alarm: alarm.id, isAccurate: true, by: alarm.asset, at: .t0)
            try await world.stores.feedback.give(word, in: world.north)
        }
        var found: [ForetoldAlarm] = []
        var next: String?
        repeat {
            let page = try await world.stores.accuracy.foretold(
                from: .t0,
                raisedBefore: .distantFuture,
                after: next,
                limit: 5,
                in: world.north
            )
            found += page.elements
            next = page.next
        } while next != nil
        #expect(Set(found.map(\.id)) == Set(alarms.map(\.id)) && found.count == 23)
        for alarm in found { #expect(alarm.words.allSatisfy { $0.by == alarm.asset }) }
        #expect(found.count { $0.words.isEmpty } == 13)
        let broken = await storageError {
            try await world.stores.accuracy.foretold(from: .t0, raisedBefore: .t0, after: "x", in: world.north)
        }
        #expect(broken == .invalidKey)
    }

    @Test(arguments: Engine.allCases)
    func `a day on which an asset was predicted is one, however many rows it had`(engine: Engine) async throws {
        let world = try await World(engine)
        let version = try ModelVersion.test("a")
        let hours = [0, 1, 2, 30, 31, 100]
        try await commit(
            predictions: hours.map { prediction("pump", at: .t0 + .seconds($0 * 3_600), version: version) },
            world,
            in: world.north
        )
        let asset = try #require(try await world.stores.assets.byName("pump", in: world.north))
        let span = Instant.t0..<(.t0 + .seconds(200 * 3_600))
        let days = try await world.stores.accuracy.watchedDays(of: asset.id, during: span, in: world.north)
        let expected = Set(hours.map { (Instant.t0 + .seconds($0 * 3_600)).floored(toMultipleOf: 86_400) })
        #expect(Set(days.map { $0.at.floored(toMultipleOf: 86_400) }) == expected && days.count == expected.count)
        #expect(try await world.stores.accuracy.watchedDays(of: asset.id, during: span, in: world.south).isEmpty)
        let last = try await world.stores.accuracy.lastPrediction(
            of: "pump",
            from: .t0,
            before: .t0 + .seconds(100 * 3_600),
            in: world.north
        )
        #expect(last?.at == .t0 + .seconds(31 * 3_600) && last?.version == version)
        // Made at the first row's time: whatever had begun by then was not foretold by it.
        let earlier = try await world.stores.accuracy.lastPrediction(
            of: "pump",
            from: .distantPast,
            before: .t0 + .microseconds(1),
            in: world.north
        )
        #expect(earlier?.at == .t0)
        let late = prediction("fan", at: Instant.t0 - .seconds(60), version: version)
        try await commit(predictions: [late], world, in: world.north)
        let madeLate = try await world.stores.accuracy.lastPrediction(
            of: "fan",
            from: .distantPast,
            before: .t0,
            in: world.north
        )
        #expect(madeLate == nil)
    }

    @Test(arguments: Engine.allCases)
    func `days that were predicted only afterwards were not watched`(engine: Engine) async throws {
        let world = try await World(engine)
        let version = try ModelVersion.test("a")
        let day = 86_400
        // All are made at the first one's time, as when weeks are brought along; those less than a day ago are live.
        let ages = [84 * day, 83 * day, 2 * day, day, day - 1, 0]
        try await commit(
            predictions: ages.map { prediction("pump", at: .t0 - .seconds($0), version: version) },
            world,
            in: world.north
        )
        let asset = try #require(try await world.stores.assets.byName("pump", in: world.north))
        let span = (Instant.t0 - .seconds(90 * day))..<(Instant.t0 + .seconds(day))
        let days = try await world.stores.accuracy.watchedDays(of: asset.id, during: span, in: world.north)
        #expect(days.map(\.at) == [.t0 - .seconds(day - 1), .t0])
    }

    @Test(arguments: Engine.allCases)
    func `whether failures are recorded is known from the first one on`(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await world.stores.failures.record([FailureEvent(asset: "pump", start: .t0)], at: .t0, in: world.north)
        #expect(try await !world.stores.failures.isAny(before: .t0, in: world.north))
        #expect(try await world.stores.failures.isAny(before: .t0 + .seconds(1), in: world.north))
        #expect(try await !world.stores.failures.isAny(before: .distantFuture, in: world.south))
    }

    @Test(arguments: Engine.allCases)
    func `rules' alarms are counted, and those that were judged come with their words`(engine: Engine) async throws {
        let world = try await World(engine)
        let alarms = (0..<7).map { Alarm.test("pump-\($0)", condition: .rule("r1"), raisedAt: .t0 + .seconds($0)) }
        try await commit(
            alarms.map { AlarmTransition(alarm: $0, change: .raised, at: $0.raisedAt, source: .rule("r1")) },
            world,
            in: world.north
        )
        for alarm in alarms.prefix(3) {
            let word = Feedback(id: ID(UUID()), alarm: alarm.id, isAccurate: false, by: "ann", at: .t0)
            try await world.stores.feedback.give(word, in: world.north)
        }
        let span = Instant.t0..<(.t0 + .seconds(6))
        #expect(try await world.stores.accuracy.ruleAlarms(during: span, in: world.north) == ["r1": 6])
        #expect(try await world.stores.accuracy.ruleAlarms(during: span, in: world.south).isEmpty)
        let first = try await world.stores.accuracy.judgedRules(during: span, limit: 2, in: world.north)
        let second = try await world.stores.accuracy.judgedRules(
            during: span,
            after: first.next,
            limit: 2,
            in: world.north
        )
        #expect(first.alarms.count == 2 && second.alarms.count == 1 && second.next == nil)
        #expect((first.alarms + second.alarms).allSatisfy { $0.rules == ["r1"] && $0.words.count == 1 })
        let foretold = AlarmFilter(isJudged: true, isForetold: false)
        #expect(try await world.stores.alarms.page(foretold, limit: 99, in: world.north).elements.count == 3)
        let unjudged = AlarmFilter(isJudged: false, isForetold: true)
        #expect(try await world.stores.alarms.page(unjudged, limit: 99, in: world.north).elements.isEmpty)
    }

    // MARK: Corrections

    @Test(arguments: Engine.allCases)
    func `a failure that was taken back is gone, and what it was is kept`(engine: Engine) async throws {
        let world = try await World(engine)
        let event = FailureEvent(asset: "pump", start: .t0, end: .t0 + .seconds(60), component: "seal")
        _ = try await world.stores.failures.record([event], by: "ann", at: .t0, in: world.north)
        let place = FailurePlace(asset: "pump", start: .t0, component: "seal")
        func correct(_ place: FailurePlace, to event: FailureEvent? = nil, in scope: OrganizationScope) async throws
            -> FailureCorrection
        {
            try await world.stores.failures.correct(
                place,
                to: event,
                because: "it was a test",
                by: "bo",
                at: .t0 + .seconds(9),
                in: scope
            )
        }
        #expect(await storageError { try await correct(place, in: world.south) } == .notFound)
        #expect(
            await storageError { try await correct(FailurePlace(asset: "pump", start: .t0), in: world.north) }
                == .notFound
        )
        let correction = try await correct(place, in: world.north)
        #expect(
            correction.former.event == event && correction.former.recordedBy == "ann" && correction.corrected == nil
        )
        #expect(try await world.stores.failures.list(in: world.north).isEmpty)
        let kept = try await world.stores.failures.corrections(limit: 9, in: world.north)
        #expect(kept.elements == [correction] && kept.next == nil)
        #expect(try await world.stores.failures.corrections(limit: 9, in: world.south).elements.isEmpty)
        #expect(await storageError { try await correct(place, in: world.north) } == .notFound)
        #expect(try await world.stores.failures.record([event], at: .t0, in: world.north) == 1)
    }

    @Test(arguments: Engine.allCases)
    func `a failure is corrected as a whole, or not at all`(engine: Engine) async throws {
        let world = try await World(engine)
        let (wrong, right) = (
            FailureEvent(asset: "pump", start: .t0),
            FailureEvent(asset: "fan", start: .t0 + .seconds(5), component: "belt")
        )
        _ = try await world.stores.failures.record([wrong, right], at: .t0, in: world.north)
        func correct(to event: FailureEvent) async throws -> FailureCorrection {
            try await world.stores.failures.correct(
                FailurePlace(asset: "pump", start: .t0),
                to: event,
                because: "another machine",
                by: "bo",
                at: .t0,
                in: world.north
            )
        }
        #expect(await storageError { try await correct(to: right) } == .duplicate)
        #expect(try await world.stores.failures.list(in: world.north).count == 2)
        let later = FailureEvent(asset: "fan", start: .t0 + .seconds(50), component: "belt")
        let correction = try await correct(to: later)
        #expect(correction.corrected == later)
        #expect(try await world.stores.failures.list(in: world.north) == [right, later])
        let kept = try await world.stores.failures.corrections(limit: 9, in: world.north)
        #expect(kept.elements.map(\.corrected) == [later])
    }
}
