import Alarms
import FoundationEssentials
import Plant

/// What is planned for some alarms, as their alerts are gone through one by one.
struct DeliveryBook: Sendable {
    /// An alert that has no deliveries yet.
    struct Entry: Sendable {
        let sequence: Int64
        let transition: AlarmTransition
        let committedAt: Instant
    }

    /// One that waits for its time, and may become needless until then.
    struct Pending: Sendable {
        let id: ID<DeliveryRecord>
        let target: ID<DeliveryTarget>
        let step: Int
        let isHeld: Bool
        let dueAt: Instant
        let transition: AlarmTransition
        let committedAt: Instant
    }

    /// One to be written.
    struct Fresh: Sendable {
        let id: ID<DeliveryRecord>
        let sequence: Int64
        let transition: AlarmTransition
        let planned: PlannedDelivery
        /// Why it is needless already.
        var calledOff: String?
    }

    private(set) var fresh: [Fresh] = []
    private(set) var calledOff: [(id: ID<DeliveryRecord>, reason: String)] = []
    private var pending: [Pending]
    private var unanswered: [ID<Alarm>: Unanswered]

    /// - Parameters:
    ///   - pending: What waits of the alarms.
    ///   - unanswered: Of those that were told before and may escalate; an alarm that is not there begins anew.
    init(pending: [Pending], unanswered: [ID<Alarm>: Unanswered]) {
        self.pending = pending
        self.unanswered = unanswered
    }

    /// Calls off what the alert makes needless, and plans who is told of it.
    mutating func take(_ entry: Entry, plan: DeliveryPlan, targets: [RoutedTarget]) {
        let alarm = entry.transition.alarm
        for delivery in pending where delivery.transition.alarm.id == alarm.id {
            let verdict = DeliveryVerdict(
                step: delivery.step,
                isHeld: delivery.isHeld,
                transition: delivery.transition,
                committedAt: delivery.committedAt,
                alarm: alarm,
                wasTold: true
            )
            if case .cancel(let reason) = verdict { callOff(delivery, because: reason) }
        }
        let unanswered = self.unanswered[alarm.id] ?? Unanswered()
        let wanted = plan.deliveries(of: entry.transition, committedAt: entry.committedAt, to: targets) {
            unanswered.since(alarm.type, target: $0, step: $1)
        }
        self.unanswered[alarm.id, default: unanswered].take(
            entry.transition,
            committedAt: entry.committedAt,
            isTold: wanted.contains { $0.step == 0 } && !entry.transition.isHistory(committedAt: entry.committedAt)
        )
        for planned in wanted {
            guard let planned = unlessUnderway(planned, of: alarm) else { continue }
            let id = ID<DeliveryRecord>(UUID())
            fresh.append(
                Fresh(id: id, sequence: entry.sequence, transition: entry.transition, planned: planned)
            )
            guard planned.step > 0 || planned.isHeld else { continue }
            pending.append(
                Pending(
                    id: id,
                    target: planned.target,
                    step: planned.step,
                    isHeld: planned.isHeld,
                    dueAt: planned.dueAt,
                    transition: entry.transition,
                    committedAt: entry.committedAt
                )
            )
        }
    }

    /// An alarm that comes and goes escalates once at a time, however often it came; one that has become more urgent
    /// takes the less urgent one's step over, and no later.
    ///
    /// - Parameters:
    ///   - planned: What the plan wants.
    ///   - alarm: What it tells of.
    /// - Returns: Nil where the step is on its way already.
    private mutating func unlessUnderway(_ planned: PlannedDelivery, of alarm: Alarm) -> PlannedDelivery? {
        guard planned.step > 0 else { return planned }
        let same = pending.filter {
            $0.transition.alarm.id == alarm.id && $0.target == planned.target && $0.step == planned.step
        }
        if same.contains(where: { $0.transition.alarm.type >= alarm.type && $0.dueAt <= planned.dueAt }) { return nil }
        var result = planned
        for delivery in same where delivery.transition.alarm.type < alarm.type {
            callOff(delivery, because: "more urgent before it was due")
            guard delivery.dueAt < result.dueAt else { continue }
            result = PlannedDelivery(
                target: planned.target,
                step: planned.step,
                route: planned.route,
                dueAt: delivery.dueAt,
                isHeld: delivery.isHeld
            )
        }
        return result
    }

    private mutating func callOff(_ delivery: Pending, because reason: String) {
        pending.removeAll { $0.id == delivery.id }
        if let index = fresh.firstIndex(where: { $0.id == delivery.id }) {
            fresh[index].calledOff = reason
        } else {
            calledOff.append((delivery.id, reason))
        }
    }
}
