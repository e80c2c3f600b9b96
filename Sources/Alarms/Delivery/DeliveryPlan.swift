package import Plant

/// A target as routes see it.
package struct RoutedTarget: Hashable, Sendable {
    package let id: ID<DeliveryTarget>
    package let name: String
    package let channel: String

    package init(id: ID<DeliveryTarget>, name: String, channel: String) {
        self.id = id
        self.name = name
        self.channel = channel
    }
}

/// That one target is to be told of one alert, from some instant on.
package struct PlannedDelivery: Hashable, Sendable {
    package let target: ID<DeliveryTarget>
    /// 0 for the first notice, else that of the escalation, from 1.
    package let step: Int
    /// By id.
    package let route: String
    package let dueAt: Instant
    /// Whether quiet hours put it off.
    package let isHeld: Bool

    package init(target: ID<DeliveryTarget>, step: Int, route: String, dueAt: Instant, isHeld: Bool) {
        self.target = target
        self.step = step
        self.route = route
        self.dueAt = dueAt
        self.isHeld = isHeld
    }

    /// What both sides know the delivery by, however often it is planned or sent.
    package static func key(
        organization: ID<Organization>,
        sequence: Int64,
        target: ID<DeliveryTarget>,
        step: Int
    ) -> String {
        "\(organization).\(sequence).\(target).\(step)"
    }
}

/// Decides who is to be told of an alert: the same answer however often it is asked.
package struct DeliveryPlan: Sendable {
    package let policy: DeliveryPolicy
    private let zones: [String: ZoneOffsets]

    /// - Parameters:
    ///   - policy: The organization's.
    ///   - zone: The offsets of a zone by its name, asked once for each that the policy names; in one that nobody knows any
    ///     more it is never quiet.
    package init(_ policy: DeliveryPolicy, zone: (String) -> ZoneOffsets?) {
        self.policy = policy
        var zones: [String: ZoneOffsets] = [:]
        for (name, _) in policy.timeZones { zones[name] = zone(name) }
        self.zones = zones
    }

    /// How long what is history is kept back: meanwhile what followed it comes in, and only what still stands is told.
    package static let historySettles = Duration.seconds(600)

    /// Who is told of an alert, by target and step; each at the earliest that any route wants.
    ///
    /// - Parameters:
    ///   - transition: What the alert tells.
    ///   - committedAt: When that was decided: what the first notice's time counts from.
    ///   - targets: Those that are switched on.
    ///   - since: What a step's time to a target counts from, where the alarm was told before and nobody has acknowledged
    ///     it since; nil for this alert.
    /// - Returns: In the order of their instants, one at most for a target and step.
    package func deliveries(
        of transition: AlarmTransition,
        committedAt: Instant,
        to targets: [RoutedTarget],
        since: (_ target: ID<DeliveryTarget>, _ step: Int) -> Instant? = { _, _ in nil }
    ) -> [PlannedDelivery] {
        struct Place: Hashable {
            let target: ID<DeliveryTarget>
            let step: Int
        }
        let isHistory = transition.isHistory(committedAt: committedAt)
        let decidedAt = isHistory ? committedAt + Self.historySettles : committedAt
        var planned: [Place: PlannedDelivery] = [:]
        func plan(_ delivery: PlannedDelivery) {
            let place = Place(target: delivery.target, step: delivery.step)
            if let earlier = planned[place], earlier.dueAt <= delivery.dueAt { return }
            planned[place] = delivery
        }
        for route in policy.routes where route.fits(transition.alarm) {
            if route.tells(transition) {
                let held = quietEnd(route, transition.alarm.type, at: decidedAt)
                for target in Self.targets(route.targets, among: targets) {
                    plan(
                        PlannedDelivery(
                            target: target,
                            step: 0,
                            route: route.id,
                            dueAt: held ?? decidedAt,
                            isHeld: held != nil || isHistory
                        )
                    )
                }
            }
            guard route.fits(transition.alarm.type), Self.escalates(transition),
                route.tells(transition) || transition.change == .deescalated
            else { continue }
            steps(of: route, transition.alarm.type, committedAt: decidedAt, to: targets, since: since).forEach(plan)
        }
        return planned.values.sorted {
            ($0.dueAt, $0.step, $0.target) < ($1.dueAt, $1.step, $1.target)
        }
    }

    /// A route's escalation: whoever waits for a step that was put off waits as long after it as after any other.
    private func steps(
        of route: DeliveryRoute,
        _ type: AlarmType,
        committedAt: Instant,
        to targets: [RoutedTarget],
        since: (ID<DeliveryTarget>, Int) -> Instant?
    ) -> [PlannedDelivery] {
        var planned: [PlannedDelivery] = []
        var putOff: (step: DeliveryRoute.Step, dueAt: Instant)?
        for (index, step) in route.escalation.enumerated() {
            let earliest = putOff.map { $0.dueAt + step.delay - $0.step.delay } ?? committedAt
            for target in Self.targets(step.targets, among: targets) {
                let since = min(since(target, index + 1) ?? committedAt, committedAt)
                let wanted = (quietEnd(route, type, at: since) ?? since) + step.delay
                let held = quietEnd(route, type, at: max(wanted, earliest))
                let dueAt = held ?? max(wanted, earliest)
                planned.append(
                    PlannedDelivery(
                        target: target,
                        step: index + 1,
                        route: route.id,
                        dueAt: dueAt,
                        isHeld: held != nil
                    )
                )
                if dueAt > wanted, dueAt >= putOff?.dueAt ?? dueAt { putOff = (step, dueAt) }
            }
        }
        return planned
    }

    private static func targets(
        _ references: [TargetReference],
        among targets: [RoutedTarget]
    ) -> [ID<DeliveryTarget>] {
        targets.filter { target in references.contains { $0.means(target) } }.map(\.id)
    }

    /// Whether somebody has to acknowledge after it, and others are told where nobody does: what annunciates, and what
    /// becomes less urgent before anybody has, whose steps take the place of the more urgent one's.
    private static func escalates(_ transition: AlarmTransition) -> Bool {
        transition.annunciates
            || transition.change == .deescalated && transition.alarm.waitsForOperator
    }

    private func quietEnd(_ route: DeliveryRoute, _ type: AlarmType, at instant: Instant) -> Instant? {
        guard type != .critical, let hours = route.quietHours, let zone = zones[hours.timeZone] else { return nil }
        return hours.end(at: instant, in: zone)
    }
}

extension Alarm {
    /// Whether it is heard, and no operator has said that he knows.
    var waitsForOperator: Bool {
        guard !suppression.isInForce else { return false }
        switch state {
        case .unacknowledged, .returnedUnacknowledged: return true
        case .normal, .acknowledged, .latched: return false
        }
    }
}
