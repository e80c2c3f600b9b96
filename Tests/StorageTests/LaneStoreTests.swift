import Alarms
import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct LaneStoreTests {
    private func prediction(_ probability: Double, second: Int = 0, asset: String = "pump") throws -> Prediction {
        Prediction(
            asset: asset,
            instant: .t0 + .seconds(second),
            probability: probability,
            confidence: 0.9,
            component: "bearing",
            timeToFailureMinutes: 540,
            p10Minutes: 60,
            p90Minutes: 900,
            modelVersion: try .test("a"),
            isLate: true,
            isCorrected: false
        )
    }

    @Test(arguments: Engine.allCases)
    func `all that a batch led to is there together`(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.append(world.readings(1...3), in: world.north)
        let alarm = Alarm.test()
        let alerts = try await world.stores.lane.commit(
            LaneCommit(
                expectedCursor: 0,
                cursor: 3,
                tooLate: [1],
                predictions: [try prediction(0.8)],
                transitions: [AlarmTransition(alarm: alarm, change: .raised, at: .t0)],
                memories: ["pump": Data([1, 2])],
                at: .t0
            ),
            in: world.north
        )
        #expect(alerts.map(\.sequence) == [1])
        let lane = try await world.stores.lane.lane(in: world.north)
        #expect(lane.cursor == 3)
        #expect(lane.alertSequence == 1)
        #expect(try await world.stores.lane.memories(in: world.north) == ["pump": Data([1, 2])])
        #expect(try await world.stores.alarms.open(in: world.north) == [alarm])
        #expect(try await world.stores.alerts.after(0, limit: 10, in: world.north) == alerts)
        #expect(try await world.stores.alerts.lastSequence(in: world.north) == 1)
        #expect(try await world.stores.predictions.latest(in: world.north).map(\.prediction) == [prediction(0.8)])
        #expect(try await world.stores.lane.lane(in: world.south).cursor == 0)
    }

    @Test(arguments: Engine.allCases)
    func `a second lane is refused and leaves nothing`(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await world.stores.lane.commit(LaneCommit(expectedCursor: 0, cursor: 5, at: .t0), in: world.north)
        let late = LaneCommit(
            expectedCursor: 0,
            cursor: 4,
            predictions: [try prediction(0.5)],
            transitions: [AlarmTransition(alarm: .test(), change: .raised, at: .t0)],
            memories: ["pump": Data([1])],
            at: .t0
        )
        #expect(await storageError { try await world.stores.lane.commit(late, in: world.north) } == .cursorMoved)
        #expect(try await world.stores.alerts.after(0, limit: 10, in: world.north).isEmpty)
        #expect(try await world.stores.predictions.latest(in: world.north).isEmpty)
        #expect(try await world.stores.lane.memories(in: world.north).isEmpty)
        #expect(try await world.stores.assets.list(in: world.north).isEmpty)
        #expect(try await world.stores.lane.lane(in: world.north).cursor == 5)
    }

    @Test(arguments: Engine.allCases)
    func `of two lanes that commit at once one is refused`(engine: Engine) async throws {
        let world = try await World(engine)
        let refused = await withTaskGroup(of: StorageError.Code?.self) { group in
            for _ in 1...2 {
                group.addTask {
                    await storageError {
                        try await world.stores.lane.commit(
                            LaneCommit(
                                expectedCursor: 0,
                                cursor: 1,
                                transitions: [AlarmTransition(alarm: .test(), change: .raised, at: .t0)],
                                at: .t0
                            ),
                            in: world.north
                        )
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refused.filter { $0 == nil }.count == 1)
        #expect(refused.filter { $0 == .cursorMoved }.count == 1)
        #expect(try await world.stores.alarms.open(in: world.north).count == 1)
    }

    @Test(arguments: Engine.allCases)
    func `wherever a write fails nothing is kept, and the same commit may follow`(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.append(world.readings(1...2), in: world.north)
        let commit = LaneCommit(
            expectedCursor: 0,
            cursor: 2,
            tooLate: [1],
            predictions: [try prediction(0.5)],
            transitions: [AlarmTransition(alarm: .test(), change: .raised, at: .t0)],
            memories: ["pump": Data([1])],
            at: .t0
        )
        // Flag, prediction, alarm, cause, alert, memory, cursor; then the commit itself.
        for fault in (1...7).map(FaultyDatabase.Fault.write) + [.commit(1)] {
            world.faults.fail(at: [fault], with: .full)
            #expect(await databaseError { try await world.stores.lane.commit(commit, in: world.north) } == .full)
            #expect(try await world.stores.lane.lane(in: world.north) == world.stores.lane.lane(in: world.south))
            #expect(try await world.stores.alarms.open(in: world.north).isEmpty)
            #expect(try await world.stores.predictions.latest(in: world.north).isEmpty)
            #expect(try await world.stores.lane.memories(in: world.north).isEmpty)
            #expect(try await world.stores.readings.latest(in: world.north).allSatisfy { !$0.isTooLate })
        }
        world.faults.fail(at: [])
        #expect(try await world.stores.lane.commit(commit, in: world.north).map(\.sequence) == [1])
    }

    @Test(arguments: Engine.allCases)
    func `a further prediction for a row is its next revision`(engine: Engine) async throws {
        let world = try await World(engine)
        var corrected = try prediction(0.7)
        corrected.isCorrected = true
        for (second, predictions) in [[try prediction(0.2)], [corrected, try prediction(0.1, second: 60)]].enumerated()
        {
            _ = try await world.stores.lane.commit(
                LaneCommit(expectedCursor: 0, cursor: 0, predictions: predictions, at: .t0 + .seconds(second)),
                in: world.north
            )
        }
        let store = world.stores.predictions
        let revisions = try await store.revisions(asset: "pump", at: .t0, in: world.north)
        #expect(revisions.map(\.revision) == [1, 2])
        #expect(revisions.map(\.prediction) == [try prediction(0.2), corrected])
        let page = try await store.page(asset: "pump", limit: 10, in: world.north)
        #expect(page.elements.map(\.prediction.probability) == [0.1, 0.7])
        #expect(page.elements.map(\.revision) == [1, 2])
        #expect(try await store.latest(in: world.north).map(\.prediction.probability) == [0.1])
        let first = try await store.page(asset: "pump", limit: 1, in: world.north)
        let second = try await store.page(asset: "pump", after: first.next, limit: 1, in: world.north)
        #expect(second.elements.map(\.prediction.probability) == [0.7])
        #expect(second.next == nil)
    }

    @Test(arguments: Engine.allCases)
    func `a challenger's predictions stand beside the champion's`(engine: Engine) async throws {
        let world = try await World(engine)
        let champion = try prediction(0.2)
        let challenger = Prediction(asset: "pump", instant: .t0, probability: 0.9, modelVersion: try .test("b"))
        _ = try await world.stores.lane.commit(
            LaneCommit(expectedCursor: 0, cursor: 0, predictions: [champion, challenger], at: .t0),
            in: world.north
        )
        let store = world.stores.predictions
        #expect(try await store.latest(of: .test("a"), in: world.north).map(\.prediction) == [champion])
        #expect(try await store.latest(of: .test("b"), in: world.north).map(\.prediction) == [challenger])
        #expect(try await store.latest(in: world.north).count == 1)
    }

    @Test(arguments: Engine.allCases)
    func `commands move no cursor, and memories stay until they are replaced`(engine: Engine) async throws {
        let world = try await World(engine)
        for (memories, expected) in [
            (["a": Data([1]), "b": Data([2])], ["a": Data([1]), "b": Data([2])]),
            (["b": Data([3])], ["a": Data([1]), "b": Data([3])]),
        ] {
            _ = try await world.stores.lane.commit(
                LaneCommit(expectedCursor: 0, cursor: 0, memories: memories, at: .t0),
                in: world.north
            )
            #expect(try await world.stores.lane.memories(in: world.north) == expected)
        }
    }
}
