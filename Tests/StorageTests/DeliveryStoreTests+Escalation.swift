import Alarms
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing

/// Whoever does not answer is not saved by a value that crosses a limit again and again.
extension DeliveryStoreTests {
    /// What becomes of one alarm, by minute, and when its step is due then.
    struct Course: Sendable, CustomTestStringConvertible {
        let changes: [(minute: Int, change: AlarmTransition.Change, type: AlarmType)]
        let dueMinute: Int?

        var testDescription: String {
            changes.map { "\($0.minute) \($0.change) \($0.type)" }.joined(separator: ", ")
        }

        /// As a lane would say it.
        func transitions(of id: ID<Alarm>) -> [(at: Instant, transition: AlarmTransition)] {
            var state = ProcessState.unacknowledged
            var suppression = Suppression.none
            return changes.map { minute, change, type in
                switch change {
                case .raised, .reraised, .escalated: state = .unacknowledged
                case .acknowledged: state = .acknowledged
                case .returned: state = .returnedUnacknowledged
                case .closed: state = .normal
                case .suppressed: suppression = Suppression(kind: .shelved)
                case .unsuppressed: suppression = .none
                case .deescalated, .causeAdded, .causeCleared: break
                }
                let instant = Instant.t0 + .seconds(minute * 60)
                let alarm = Alarm(
                    id: id,
                    asset: "pump",
                    condition: .component("bearing"),
                    type: type,
                    state: state,
                    suppression: suppression,
                    raisedAt: .t0,
                    causes: [AlarmCause(source: .rule("r1"), type: type, since: .t0, message: "x is 1 above 2")]
                )
                return (instant, AlarmTransition(alarm: alarm, change: change, at: instant))
            }
        }
    }

    /// With a step after 15 minutes while it is critical, after 30 while it is a warning.
    static let courses = [
        Course(changes: [(0, .raised, .critical)], dueMinute: 15),
        Course(changes: [(0, .raised, .critical), (5, .deescalated, .warning)], dueMinute: 30),
        Course(
            changes: [(0, .raised, .critical), (5, .deescalated, .warning), (10, .escalated, .critical)],
            dueMinute: 15
        ),
        Course(
            changes: [(0, .raised, .warning), (10, .escalated, .critical), (12, .deescalated, .warning)],
            dueMinute: 30
        ),
        Course(changes: [(0, .raised, .warning), (10, .escalated, .critical)], dueMinute: 25),
        Course(changes: [(0, .raised, .warning), (20, .escalated, .critical)], dueMinute: 30),
        Course(
            changes: [(0, .raised, .critical), (3, .returned, .critical), (5, .reraised, .warning)],
            dueMinute: 30
        ),
        // What is over comes at once.
        Course(changes: [(0, .raised, .critical), (40, .deescalated, .warning)], dueMinute: 40),
        // Somebody knew, or nobody was to hear: from then on.
        Course(
            changes: [(0, .raised, .critical), (3, .acknowledged, .critical), (5, .deescalated, .warning)],
            dueMinute: nil
        ),
        Course(
            changes: [
                (0, .raised, .critical), (3, .acknowledged, .critical), (5, .deescalated, .warning),
                (9, .escalated, .critical),
            ],
            dueMinute: 24
        ),
        Course(
            changes: [
                (0, .raised, .critical), (3, .suppressed, .critical), (9, .unsuppressed, .critical),
                (12, .deescalated, .warning),
            ],
            dueMinute: 39
        ),
    ]

    private static func outbox(_ engine: Engine, criticalMinutes: Int, warningMinutes: Int) async throws -> Outbox {
        let outbox = try await Outbox(engine)
        let routes = [(AlarmType.critical, criticalMinutes), (.warning, warningMinutes)].map { type, minutes in
            DeliveryRoute(
                id: type.rawValue,
                severities: [type],
                targets: [.name("shift")],
                escalation: [DeliveryRoute.Step(afterMinutes: minutes, targets: [.name("chief")])]
            )
        }
        let policy = try DeliveryPolicy(routes: routes)
        _ = try await outbox.stores.deliveryPolicies.put(policy, by: "a", at: .t0, in: outbox.north)
        return outbox
    }

    @Test(arguments: Engine.allCases, courses)
    func `a step counts from the first notice that nobody acknowledged, planned at once or one by one`(
        engine: Engine,
        course: Course
    ) async throws {
        for isPlannedEachTime in [true, false] {
            let outbox = try await Self.outbox(engine, criticalMinutes: 15, warningMinutes: 30)
            for (instant, transition) in course.transitions(of: ID(UUID())) {
                try await outbox.commit([transition], at: instant)
                if isPlannedEachTime { _ = try await outbox.plan(at: instant) }
            }
            _ = try await outbox.plan(at: .t0 + .seconds(3_600))
            let waiting = try await outbox.all().filter { $0.kind == .escalation(step: 1) && $0.state == .pending }
            let expected = course.dueMinute.map { [Instant.t0 + .seconds($0 * 60)] } ?? []
            #expect(waiting.map(\.dueAt) == expected)
        }
    }

    @Test(arguments: Engine.allCases)
    func `a value that crosses a limit every five minutes for hours is escalated while nobody acknowledges`(
        engine: Engine
    ) async throws {
        let outbox = try await Self.outbox(engine, criticalMinutes: 15, warningMinutes: 15)
        let id = ID<Alarm>(UUID())
        var called: [Int] = []
        for minute in stride(from: 0, to: 360, by: 5) {
            let now = Instant.t0 + .seconds(minute * 60)
            let isCritical = minute % 10 == 0
            let change: AlarmTransition.Change = minute == 0 ? .raised : isCritical ? .escalated : .deescalated
            let alarm = Alarm.test(type: isCritical ? .critical : .warning, id: id)
            try await outbox.commit([AlarmTransition(alarm: alarm, change: change, at: now)], at: now)
            _ = try await outbox.plan(at: now)
            for (target, isUrgent) in [(outbox.shift, true), (outbox.chief, true), (outbox.chief, false)] {
                for delivery in try await outbox.due(target, urgent: isUrgent, at: now) {
                    if target == outbox.chief { called.append(minute) }
                    try await outbox.stores.deliveries.delivered(delivery.record.id, at: now, in: outbox.north)
                }
            }
        }
        // After a call the next quarter of an hour begins as the alarm becomes critical again.
        #expect(called == Array(stride(from: 15, to: 360, by: 20)))
    }

    @Test(arguments: Engine.allCases)
    func `nobody is called for a warning who was told since that it is critical`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        let step = DeliveryRoute.Step(afterMinutes: 15, targets: [.name("chief")])
        let policy = try DeliveryPolicy(routes: [
            DeliveryRoute(id: "w", severities: [.warning], targets: [.name("shift")], escalation: [step]),
            DeliveryRoute(id: "c", severities: [.critical], targets: [.name("chief")]),
        ])
        _ = try await outbox.stores.deliveryPolicies.put(policy, by: "a", at: .t0, in: outbox.north)
        let warning = Alarm.test()
        let critical = Alarm.test(type: .critical, id: warning.id)
        for (alarm, change) in [(warning, AlarmTransition.Change.raised), (critical, .escalated)] {
            try await outbox.commit([AlarmTransition(alarm: alarm, change: change, at: .t0)])
            _ = try await outbox.plan()
        }
        let told = try #require(try await outbox.due(outbox.chief, urgent: true, at: .t0).first)
        try await outbox.stores.deliveries.delivered(told.record.id, at: .t0, in: outbox.north)
        let called = try await outbox.due(outbox.chief, at: .t0 + .seconds(900))
        #expect(called.map(\.record.step) == [1] && called.map(\.isOvertaken) == [true])
    }
}
