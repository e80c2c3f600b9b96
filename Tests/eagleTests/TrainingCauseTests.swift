import Alarms
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Training
import Trust

/// What calls for a training run by itself besides the clock, and what people teach it.
@Suite(.serialized, .timeLimit(.minutes(60))) struct TrainingCauseTests {
    private func schedule(
        onDrift: Bool = false,
        feedbackCount: Int? = nil,
        _ plant: TrainingPlant,
        in scope: OrganizationScope
    ) async throws {
        try await plant.stores.trainingPlans.put(
            TrainingSchedule(cron: nil, onDrift: onDrift, feedbackCount: feedbackCount),
            by: "test",
            at: SystemTime().now,
            in: scope
        )
    }

    private func waiting(_ plant: TrainingPlant, in scope: OrganizationScope) async throws -> [TrainingLog] {
        try await plant.stores.trainingLogs.page(limit: 9, in: scope).elements.filter { $0.state == .queued }
    }

    private func scheduler(_ plant: TrainingPlant) -> TrainingScheduler {
        TrainingScheduler(stores: plant.stores, registry: plant.registry, time: SystemTime())
    }

    /// An alarm that a model raised, and a word on it.
    private func judge(
        _ isAccurate: Bool,
        asset: String = "p1",
        raisedAt: Instant,
        _ plant: TrainingPlant,
        in scope: OrganizationScope
    ) async throws -> ID<Alarm> {
        let alarm = Alarm(
            id: ID(UUID()),
            asset: asset,
            condition: .prediction,
            type: .predictive,
            state: .normal,
            raisedAt: raisedAt,
            clearedAt: raisedAt + .seconds(3_600),
            causes: [AlarmCause(source: .prediction, type: .predictive, since: raisedAt, message: "soon")]
        )
        let cursor = try await plant.stores.lane.lane(in: scope).cursor
        _ = try await plant.stores.lane.commit(
            LaneCommit(
                expectedCursor: cursor,
                cursor: cursor,
                transitions: [AlarmTransition(alarm: alarm, change: .closed, at: raisedAt, by: nil)],
                at: SystemTime().now
            ),
            in: scope
        )
        try await plant.stores.feedback.give(
            Feedback(id: ID(UUID()), alarm: alarm.id, isAccurate: isAccurate, by: "ann", at: SystemTime().now),
            in: scope
        )
        return alarm.id
    }

    @Test func `enough new words and failures queue one run, and what it has seen is new no longer`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let other = try await plant.organization("inland")
        // All that was recorded so far is older than this run.
        let first = try await plant.enqueue(in: scope)
        _ = try await plant.stores.trainingLogs.cancel(first, by: "test", at: SystemTime().now, in: scope)
        try await schedule(feedbackCount: 3, plant, in: scope)
        let scheduler = scheduler(plant)
        _ = try await judge(true, raisedAt: .t0 + .seconds(3_600), plant, in: scope)
        _ = try await judge(false, raisedAt: .t0 + .seconds(7_200), plant, in: scope)
        for day in 1...9 {
            _ = try await judge(true, raisedAt: .t0 + .seconds(day * 86_400), plant, in: other)
        }
        #expect(try await !scheduler.look(in: scope))
        _ = try await plant.stores.failures.record(
            [FailureEvent(asset: "p1", start: .t0 + .seconds(9))],
            at: SystemTime().now,
            in: scope
        )
        let due = try await plant.stores.trainingWork.organizations(
            dueAt: SystemTime().now,
            in: SystemScope(for: .test)
        )
        #expect(due.contains(scope.id))
        #expect(try await scheduler.look(in: scope))
        #expect(try await waiting(plant, in: scope).map(\.cause) == [.feedback])
        #expect(try await !scheduler.look(in: scope))
        #expect(try await !scheduler.look(in: other))
    }

    @Test func `words on alarms enter the next run's labels, and which ones stands in the run`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        // Between two failures of the first pump, far from both.
        let accurate = try await judge(true, raisedAt: .t0 + .seconds(4 * 172_800 + 43_200), plant, in: scope)
        let inaccurate = try await judge(false, raisedAt: .t0 + .seconds(6 * 172_800 + 43_200), plant, in: scope)
        let id = try await plant.enqueue(in: scope)
        let log = try await plant.outcome(of: id, in: scope)
        #expect(log.state == .completed, "\(log.failureReason ?? "")")
        let labels = try JSONDecoder().decode(
            TrainingLabels.self,
            from: Data(try #require(log.labels).utf8)
        )
        let effects = Dictionary(uniqueKeysWithValues: labels.feedback.map { ($0.alarm, $0.effect) })
        #expect(effects == [accurate: .failure, inaccurate: .sound])
        #expect(
            labels.failures.contains {
                $0.asset == "p1" && $0.start == .t0 + .seconds(4 * 172_800 + 43_200 + 3_600)
            }
        )
    }

    @Test func `readings that drifted away queue one run for each champion, and one odd day none`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let id = try await plant.enqueue(in: scope) { $0.promotion = .champion }
        let log = try await plant.outcome(of: id, in: scope)
        #expect(log.decision == .champion, "\(log.decisionReason ?? "")")
        try await schedule(onDrift: true, plant, in: scope)
        let scheduler = scheduler(plant)
        #expect(try await !scheduler.look(in: scope))
        let before = try #require(try await plant.stores.trainingPlans.drift(in: scope))
        #expect(before.findings.map(\.tag).sorted() == ["temperature", "vibration"])
        #expect(!before.findings.contains(where: \.isDrift) && !before.hasQueued, "\(before)")

        // A week in which the temperature's sensor reads twenty degrees more.
        var generator = SeededGenerator(seed: 12)
        let readings = stride(from: 0, to: 8 * 1_440, by: 30).flatMap { minute in
            ["p1", "p2", "p3"].map { pump in
                let noise = Double.random(in: -0.3...0.3, using: &generator)
                return Reading(
                    asset: pump,
                    instant: .t0 + .seconds((TrainingPlant.days * 1_440 + minute) * 60),
                    values: [2 + noise, 80 + noise]
                )
            }
        }
        _ = try await plant.stores.readings.append(readings, schemaVersion: 1, at: .t0, in: scope)
        #expect(try await !scheduler.look(in: scope))  // It has looked today.
        try await schedule(onDrift: true, plant, in: scope)
        // While a run waits nothing is queued, and nothing forgotten.
        let busy = try await plant.enqueue(in: scope)
        #expect(try await !scheduler.look(in: scope))
        #expect(try await plant.stores.trainingPlans.drift(in: scope)?.hasQueued == false)
        _ = try await plant.stores.trainingLogs.cancel(busy, by: "test", at: SystemTime().now, in: scope)
        try await schedule(onDrift: true, plant, in: scope)
        #expect(try await scheduler.look(in: scope))
        #expect(try await waiting(plant, in: scope).map(\.cause) == [.drift])
        let after = try #require(try await plant.stores.trainingPlans.drift(in: scope))
        #expect(after.findings.first?.tag == "temperature" && after.findings.first?.isDrift == true && after.hasQueued)
        let waiting = try await waiting(plant, in: scope)
        _ = try await plant.stores.trainingLogs.cancel(waiting[0].id, by: "test", at: SystemTime().now, in: scope)
        try await schedule(onDrift: true, plant, in: scope)
        #expect(try await !scheduler.look(in: scope))
    }
}
