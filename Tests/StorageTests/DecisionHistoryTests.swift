import Alarms
import Models
import Plant
import Storage
import TestSupport
import Testing

/// What a decision is done again from, where it is more than a page.
@Suite(.timeLimit(.minutes(60))) struct DecisionHistoryTests {
    @Test(arguments: Engine.allCases)
    func `predictions come in the order in which they were kept, and none that was made afterwards`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        // Late readings change rows of two pages; what came last is not asked for.
        let kept = [0..<1_500, 900..<1_200, 1_500..<1_502]
        for (number, range) in kept.enumerated() {
            let predictions = try range.map {
                Prediction(
                    asset: "pump",
                    instant: .t0 + .seconds($0),
                    probability: 0.5,
                    modelVersion: try .test($0.isMultiple(of: 2) ? "a" : "b")
                )
            }
            _ = try await world.stores.lane.commit(
                LaneCommit(
                    expectedCursor: 0,
                    cursor: 0,
                    predictions: predictions,
                    at: .t0 + .seconds(10_000 + number)
                ),
                in: world.north
            )
        }
        let found = try await world.stores.predictions.history(
            asset: "pump",
            madeUpTo: .t0 + .seconds(10_001),
            in: world.north
        )
        #expect(found.map(\.prediction.instant) == (kept[0].map { $0 } + kept[1]).map { .t0 + .seconds($0) })
        #expect(found.map(\.revision) == kept[0].map { _ in 1 } + kept[1].map { _ in 2 })
        #expect(found.allSatisfy { $0.prediction.asset == "pump" })
        let versions = try ["a", "b"].map { try ModelVersion.test($0) }
        #expect(Array(found.prefix(2).map(\.prediction.modelVersion)) == versions)
        let foreign = try await world.stores.predictions.history(
            asset: "pump",
            madeUpTo: .distantFuture,
            in: world.south
        )
        #expect(foreign.isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `a decision is the first prediction that joined an alarm, however long it had stood, or else its raising`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let (foretold, ruled) = (Alarm.test(), Alarm.test(condition: .rule("r2")))
        var transitions = [foretold, ruled].map { AlarmTransition(alarm: $0, change: .raised, at: .t0) }
        transitions += (1...1_100).map {
            AlarmTransition(alarm: foretold, change: .reraised, at: .t0 + .seconds($0), source: .rule("r1"))
        }
        transitions.append(
            AlarmTransition(
                alarm: try withPrediction(foretold),
                change: .causeAdded,
                at: .t0 + .seconds(1_101),
                source: .prediction
            )
        )
        let alerts = try await world.stores.lane.commit(
            LaneCommit(expectedCursor: 0, cursor: 0, transitions: transitions, at: .t0 + .seconds(2_000)),
            in: world.north
        )
        let decision = try await world.stores.alerts.decision(on: foretold.id, in: world.north)
        #expect(decision?.alert == alerts.last && decision?.committedAt == .t0 + .seconds(2_000))
        #expect(try await world.stores.alerts.decision(on: ruled.id, in: world.north)?.alert == alerts[1])
        #expect(try await world.stores.alerts.decision(on: foretold.id, in: world.south) == nil)
    }

    private func withPrediction(_ alarm: Alarm) throws -> Alarm {
        let prediction = Prediction(asset: alarm.asset, instant: .t0, probability: 0.9, modelVersion: try .test("a"))
        let cause = AlarmCause(
            source: .prediction,
            type: .predictive,
            since: .t0,
            message: "it may fail",
            metadata: AlertMetadata(prediction, features: nil)
        )
        return .test(condition: alarm.condition, id: alarm.id, causes: alarm.causes + [cause])
    }
}
