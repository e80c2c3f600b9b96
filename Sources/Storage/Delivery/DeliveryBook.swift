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

    init(pending: [Pending]) { self.pending = pending }

    /// Calls off what the alert makes needless, and plans who is told of it.
    mutating func take(_ entry: Entry, plan: DeliveryPlan, targets: [RoutedTarget]) {
        let alarm = entry.transition.alarm
        pending.removeAll { delivery in
            guard delivery.transition.alarm.id == alarm.id else { return false }
            let verdict = DeliveryVerdict(
                step: delivery.step,
                isHeld: delivery.isHeld,
                transition: delivery.transition,
                alarm: alarm,
                wasTold: true
            )
            guard case .cancel(let reason) = verdict else { return false }
            if let index = fresh.firstIndex(where: { $0.id == delivery.id }) {
                fresh[index].calledOff = reason
            } else {
                calledOff.append((delivery.id, reason))
            }
            return true
        }
        for planned in plan.deliveries(of: entry.transition, committedAt: entry.committedAt, to: targets) {
            // An alarm that comes and goes escalates once at a time, however often it came.
            let isUnderway = pending.contains {
                $0.transition.alarm.id == alarm.id && $0.target == planned.target && $0.step == planned.step
                    && $0.step > 0 && $0.dueAt <= planned.dueAt
            }
            if isUnderway { continue }
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
                    transition: entry.transition
                )
            )
        }
    }
}
