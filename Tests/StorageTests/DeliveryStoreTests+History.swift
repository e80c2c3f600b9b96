import Alarms
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing

/// A plant's past comes in where its source is read from the beginning.
extension DeliveryStoreTests {
    private static let imported = Instant.t0 + .seconds(30 * 86_400)

    /// One rule's alarm that was raised at a minute of the past, and is over or not.
    private static func transition(
        _ change: AlarmTransition.Change,
        of id: ID<Alarm>,
        condition: AlarmCondition = .component("bearing"),
        since: Instant = .t0,
        state: ProcessState = .unacknowledged
    ) -> AlarmTransition {
        let end = state == .unacknowledged ? nil : since + .seconds(600)
        let cause = AlarmCause(
            source: .rule("r1"),
            type: .critical,
            since: since,
            clearedAt: end,
            message: "x is 1 above 2"
        )
        let alarm = Alarm.test(
            condition: condition,
            type: .critical,
            state: state,
            raisedAt: .t0,
            id: id,
            causes: [cause]
        )
        return AlarmTransition(alarm: alarm, change: change, at: end ?? since, source: .rule("r1"))
    }

    @Test(arguments: Engine.allCases)
    func `of a plant's past only what still stands is told, once, when all of it has come in`(
        engine: Engine
    ) async throws {
        let outbox = try await Outbox(engine, escalationMinutes: 15)
        let (gone, standing) = (ID<Alarm>(UUID()), ID<Alarm>(UUID()))
        let now = Self.imported
        try await outbox.commit([Self.transition(.raised, of: gone)], at: now)
        try await outbox.commit([Self.transition(.raised, of: standing, condition: .rule("r1"))], at: now)
        _ = try await outbox.plan(at: now)
        #expect(try await outbox.due(outbox.shift, urgent: true, at: now).isEmpty)
        try await outbox.commit([Self.transition(.returned, of: gone, state: .returnedUnacknowledged)], at: now)
        _ = try await outbox.plan(at: now)
        let told = try await outbox.due(outbox.shift, urgent: true, at: now + .seconds(600))
        #expect(told.map(\.alert?.transition.alarm.id) == [standing])
        let called = try await outbox.due(outbox.chief, urgent: true, at: now + .seconds(1_500))
        #expect(called.map(\.alert?.transition.alarm.id) == [standing])
        let cancelled = try await outbox.all().filter { $0.state == .cancelled }
        #expect(cancelled.count == 2 && cancelled.allSatisfy { $0.alarm == gone })
    }

    @Test(arguments: Engine.allCases)
    func `what comes again today escalates from today on, whatever nobody was told of before`(
        engine: Engine
    ) async throws {
        for isPlannedEachTime in [true, false] {
            let outbox = try await Outbox(engine, escalationMinutes: 15)
            let alarm = ID<Alarm>(UUID())
            let now = Self.imported + .seconds(3_600)
            let course = [
                (Self.transition(.raised, of: alarm), Self.imported),
                (Self.transition(.returned, of: alarm, state: .returnedUnacknowledged), Self.imported),
                (Self.transition(.reraised, of: alarm, since: now), now),
            ]
            for (transition, instant) in course {
                try await outbox.commit([transition], at: instant)
                if isPlannedEachTime { _ = try await outbox.plan(at: instant) }
            }
            _ = try await outbox.plan(at: now)
            let waiting = try await outbox.all().filter { $0.state == .pending }
            #expect(waiting.map(\.dueAt).sorted() == [now, now + .seconds(900)])
        }
    }
}
