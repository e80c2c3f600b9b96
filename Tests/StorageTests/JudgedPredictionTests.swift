import Alarms
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing

/// Which of an alarm's raises a word is on.
@Suite(.timeLimit(.minutes(60))) struct JudgedPredictionTests {
    private let id = ID<Alarm>(UUID())

    /// An hour of the story.
    private func hour(_ hour: Int) -> Instant { .t0 + .seconds(hour * 3_600) }

    /// The pump's alarm as it is after a change, which is told at once.
    private func tell(
        _ change: AlarmTransition.Change,
        at hours: Int,
        by source: AlarmCause.Source = .prediction,
        raisedAt: Int = 0,
        predictedSince: Int? = 0,
        isActive: Bool = true,
        _ world: World
    ) async throws {
        let version = try ModelVersion.test("a")
        let prediction = predictedSince.map { since in
            AlarmCause(
                source: .prediction,
                type: .predictive,
                since: hour(since),
                clearedAt: isActive ? nil : hour(hours),
                message: "likely to fail",
                metadata: AlertMetadata(
                    Prediction(asset: "pump", instant: hour(since), probability: 0.8, modelVersion: version),
                    features: nil
                )
            )
        }
        let rule = AlarmCause(source: .rule("r1"), type: .warning, since: hour(raisedAt), message: "x is 1 above 2")
        let alarm = Alarm(
            id: id,
            asset: "pump",
            condition: .component("bearing"),
            type: .predictive,
            state: isActive ? .unacknowledged : .returnedUnacknowledged,
            raisedAt: hour(raisedAt),
            clearedAt: isActive ? nil : hour(hours),
            causes: [prediction ?? rule]
        )
        let cursor = try await world.stores.lane.lane(in: world.north).cursor
        _ = try await world.stores.lane.commit(
            LaneCommit(
                expectedCursor: cursor,
                cursor: cursor,
                transitions: [AlarmTransition(alarm: alarm, change: change, at: hour(hours), source: source)],
                at: hour(hours)
            ),
            in: world.north
        )
    }

    private func say(_ isAccurate: Bool, at hours: Int, _ world: World) async throws {
        let word = Feedback(id: ID(UUID()), alarm: id, isAccurate: isAccurate, by: "ann", at: hour(hours))
        try await world.stores.feedback.give(word, in: world.north)
    }

    private func evidence(_ judged: [JudgedAlarm], failures: [FailureEvent] = []) -> FeedbackEvidence {
        FeedbackEvidence(
            judged,
            recorded: failures,
            horizon: .seconds(24 * 3_600),
            recovery: .zero,
            components: [],
            until: hour(1_000)
        )
    }

    @Test(arguments: Engine.allCases)
    func `a word on an alarm that was raised again teaches nothing of the days of its first raise`(engine: Engine)
        async throws
    {
        let world = try await World(engine)
        try await tell(.raised, at: 0, world)
        try await tell(.returned, at: 2, isActive: false, world)
        try await tell(.reraised, at: 458, predictedSince: 458, world)
        try await say(true, at: 459, world)
        let judged = try await world.stores.feedback.judgedPredictions(in: world.north)
        #expect(judged.map(\.raisedAt) == [hour(458)] && judged.map(\.clearedAt) == [nil])
        let known = evidence(judged, failures: [FailureEvent(asset: "pump", start: hour(478))])
        #expect(known.words.map(\.effect) == [.known] && known.failures.isEmpty)
        #expect(evidence(judged).failures.map(\.start) == [hour(459)])
        try await say(false, at: 460, world)
        let sound = evidence(try await world.stores.feedback.judgedPredictions(in: world.north)).sound
        #expect(sound == ["pump": [hour(458)...hour(460)]])
        #expect(try await world.stores.feedback.judgedPredictions(in: world.south).isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `each raise has its own last word, and stood until its own return`(engine: Engine) async throws {
        let world = try await World(engine)
        try await tell(.raised, at: 0, world)
        try await say(true, at: 1, world)
        try await tell(.returned, at: 2, isActive: false, world)
        try await say(false, at: 3, world)
        try await tell(.reraised, at: 100, predictedSince: 100, world)
        try await tell(.returned, at: 105, predictedSince: 100, isActive: false, world)
        try await tell(.reraised, at: 200, predictedSince: 200, world)
        try await say(true, at: 201, world)
        let judged = try await world.stores.feedback.judgedPredictions(in: world.north)
        #expect(judged.map(\.raisedAt) == [hour(0), hour(200)])
        #expect(judged.map(\.clearedAt) == [hour(2), nil])
        #expect(judged.map(\.feedback.isAccurate) == [false, true])
        let early = try await world.stores.feedback.judgedPredictions(until: hour(1), in: world.north)
        #expect(early.map(\.raisedAt) == [hour(0)] && early.map(\.feedback.isAccurate) == [true])
    }

    @Test(arguments: Engine.allCases)
    func `where a rule raised the alarm, a word is on when the prediction joined`(engine: Engine) async throws {
        let world = try await World(engine)
        try await tell(.raised, at: 0, by: .rule("r1"), predictedSince: nil, world)
        // Of the rule's alarm alone: no model had said anything yet.
        try await say(true, at: 1, world)
        try await tell(.escalated, at: 50, predictedSince: 50, world)
        #expect(try await world.stores.feedback.judgedPredictions(in: world.north).isEmpty)
        try await tell(.returned, at: 52, predictedSince: 50, isActive: false, world)
        // What a rule raises is no raise of the prediction's.
        try await tell(.reraised, at: 60, by: .rule("r1"), predictedSince: nil, world)
        try await say(false, at: 61, world)
        let judged = try await world.stores.feedback.judgedPredictions(in: world.north)
        #expect(judged.map(\.raisedAt) == [hour(50)] && judged.map(\.clearedAt) == [hour(52)])
    }
}
