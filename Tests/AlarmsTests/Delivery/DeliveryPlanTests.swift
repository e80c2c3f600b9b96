import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct DeliveryPlanTests {
    static let start = Instant(seconds: 1_767_225_600)  // 1 January 2026, 00:00Z.

    static func alarm(
        _ type: AlarmType = .warning,
        state: ProcessState = .unacknowledged,
        suppression: Suppression = .none,
        asset: String = "furnace-1",
        condition: AlarmCondition = .component("heater"),
        id: ID<Alarm> = ID(UUID())
    ) -> Alarm {
        Alarm(
            id: id,
            asset: asset,
            condition: condition,
            type: type,
            state: state,
            suppression: suppression,
            raisedAt: start,
            causes: [AlarmCause(source: .rule("r"), type: type, since: start, message: "x is 1 above 2")]
        )
    }

    static func transition(_ alarm: Alarm, _ change: AlarmTransition.Change = .raised) -> AlarmTransition {
        AlarmTransition(alarm: alarm, change: change, at: start)
    }

    private let shift = RoutedTarget(id: ID(UUID()), name: "shift", channel: "email")
    private let chief = RoutedTarget(id: ID(UUID()), name: "chief", channel: "webPush")

    /// `name step +minutes`, in their order.
    private func planned(
        _ routes: [DeliveryRoute],
        _ transition: AlarmTransition,
        at committedAt: Instant = start,
        since: (ID<DeliveryTarget>, Int) -> Instant? = { _, _ in nil }
    ) throws -> [String] {
        let plan = DeliveryPlan(try DeliveryPolicy(routes: routes)) { _ in .utc }
        let names = [shift.id: "shift", chief.id: "chief"]
        return plan.deliveries(of: transition, committedAt: committedAt, to: [shift, chief], since: since).map {
            "\(names[$0.target] ?? "") \($0.step) +\(Int(($0.dueAt - committedAt).minutes))\($0.isHeld ? " held" : "")"
        }
    }

    private func route(
        severities: [AlarmType] = [],
        assets: [String] = [],
        components: [String] = [],
        changes: [AlarmTransition.Change]? = nil,
        targets: [TargetReference] = [.name("shift")],
        quiet: QuietHours? = nil,
        escalation: [DeliveryRoute.Step] = [],
        id: String = "r"
    ) -> DeliveryRoute {
        DeliveryRoute(
            id: id,
            severities: severities,
            assets: assets,
            components: components,
            changes: changes,
            targets: targets,
            quietHours: quiet,
            escalation: escalation
        )
    }

    @Test func `without a policy every target hears of all that annunciates, at once`() {
        let plan = DeliveryPlan(.standard) { _ in .utc }
        let planned = plan.deliveries(
            of: Self.transition(Self.alarm()),
            committedAt: Self.start,
            to: [shift, chief]
        )
        #expect(Set(planned.map(\.target)) == [shift.id, chief.id])
        #expect(planned.allSatisfy { $0.dueAt == Self.start && $0.step == 0 })
        let known = Self.transition(Self.alarm(state: .acknowledged), .acknowledged)
        #expect(plan.deliveries(of: known, committedAt: Self.start, to: [shift]).isEmpty)
    }

    @Test func `routes choose by severity, asset and component`() throws {
        let alarm = Self.transition(Self.alarm())
        #expect(try planned([route(severities: [.critical])], alarm).isEmpty)
        #expect(try planned([route(severities: [.critical, .warning])], alarm) == ["shift 0 +0"])
        #expect(try planned([route(assets: ["furnace-2"])], alarm).isEmpty)
        #expect(try planned([route(assets: ["furnace-*"])], alarm) == ["shift 0 +0"])
        #expect(try planned([route(components: ["pump"])], alarm).isEmpty)
        #expect(try planned([route(components: ["heat*"])], alarm) == ["shift 0 +0"])
        let ofRule = Self.transition(Self.alarm(condition: .rule("heater")))
        #expect(try planned([route(components: ["heater"])], ofRule).isEmpty)
        #expect(try planned([route(targets: [.channel("webPush")])], alarm) == ["chief 0 +0"])
    }

    @Test func `a target of several routes is told once, at the earliest`() throws {
        let quiet = QuietHours(timeZone: "UTC", from: "22:00", to: "06:00")
        let routes = [route(quiet: quiet, id: "a"), route(targets: [.all], id: "b")]
        #expect(try planned(routes, Self.transition(Self.alarm())).sorted() == ["chief 0 +0", "shift 0 +0"])
    }

    @Test func `quiet hours hold back all but what is critical, and the escalation with it`() throws {
        let quiet = QuietHours(timeZone: "UTC", from: "22:00", to: "06:00")
        let steps = [DeliveryRoute.Step(afterMinutes: 15, targets: [.name("chief")])]
        let routes = [route(quiet: quiet, escalation: steps)]
        // Nobody is called before the first had a chance to look.
        let warning = Self.transition(Self.alarm())
        #expect(try planned(routes, warning) == ["shift 0 +360 held", "chief 1 +375"])
        let critical = Self.transition(Self.alarm(.critical))
        #expect(try planned(routes, critical) == ["shift 0 +0", "chief 1 +15"])
        // One that would come in the quiet waits for its end.
        let evening = Self.start + .seconds(21 * 3_600 + 50 * 60)
        #expect(try planned(routes, warning, at: evening) == ["shift 0 +0", "chief 1 +490 held"])
    }

    @Test func `what was a day ago is kept back until what followed it has come in, and its escalation with it`() throws
    {
        let steps = [DeliveryRoute.Step(afterMinutes: 15, targets: [.name("chief")])]
        let critical = Self.transition(Self.alarm(.critical))
        let nextDay = Self.start + .seconds(86_400)
        #expect(try planned([route(escalation: steps)], critical, at: nextDay) == ["shift 0 +10 held", "chief 1 +25"])
        let lateEvening = nextDay - .microseconds(1)
        #expect(try planned([route(escalation: steps)], critical, at: lateEvening) == ["shift 0 +0", "chief 1 +15"])
    }

    @Test func `what is suppressed goes to nobody, unless they ask to hear of the suppression`() throws {
        let shelved = Self.alarm(suppression: Suppression(kind: .shelved))
        #expect(try planned([route()], Self.transition(shelved)).isEmpty)
        #expect(try planned([route(changes: [.raised, .closed])], Self.transition(shelved)).isEmpty)
        #expect(try planned([route(changes: [.suppressed])], Self.transition(shelved, .suppressed)) == ["shift 0 +0"])
    }

    @Test(arguments: [Suppression.Kind.shelved, .outOfService, .suppressedByDesign])
    func `of what is suppressed it is told that it is known or over, and no other change`(
        kind: Suppression.Kind
    ) throws {
        let silent = Self.alarm(suppression: Suppression(kind: kind))
        let told = try AlarmTransition.Change.allCases.filter { change in
            try !planned([route(changes: AlarmTransition.Change.allCases)], Self.transition(silent, change)).isEmpty
        }
        // What is heard again is so whatever it was.
        #expect(Set(told) == [.acknowledged, .returned, .closed, .suppressed, .unsuppressed])
    }

    @Test func `changes that do not annunciate are told where they are asked for`() throws {
        let closed = Self.transition(Self.alarm(state: .normal), .closed)
        #expect(try planned([route()], closed).isEmpty)
        #expect(try planned([route(changes: [.raised, .closed])], closed) == ["shift 0 +0"])
    }

    @Test(arguments: AlarmTransition.Change.allCases)
    func `what has become of an alarm is told whatever its severity has become, what is new by its own`(
        change: AlarmTransition.Change
    ) throws {
        let machine = route(severities: [.critical], changes: AlarmTransition.Change.allCases)
        let told = try planned([machine], Self.transition(Self.alarm(.warning), change))
        switch change {
        case .raised, .reraised, .escalated, .causeAdded, .unsuppressed: #expect(told.isEmpty)
        case .deescalated, .causeCleared, .acknowledged, .returned, .closed, .suppressed:
            #expect(told == ["shift 0 +0"])
        }
    }

    @Test func `what became less urgent before anybody knew escalates by its own route, and is told to nobody`() throws
    {
        let steps = [DeliveryRoute.Step(afterMinutes: 30, targets: [.name("chief")])]
        let routes = [route(severities: [.warning], escalation: steps)]
        #expect(try planned(routes, Self.transition(Self.alarm(), .deescalated)) == ["chief 1 +30"])
        let known = Self.alarm(state: .acknowledged)
        #expect(try planned(routes, Self.transition(known, .deescalated)).isEmpty)
        // The more urgent one's steps end with it, be it told that it is less.
        let critical = [route(severities: [.critical], changes: [.raised, .deescalated], escalation: steps)]
        #expect(try planned(critical, Self.transition(Self.alarm(), .deescalated)) == ["shift 0 +0"])
    }

    @Test(arguments: [
        (0, ["chief 1 +15", "chief 2 +60"]), (10, ["chief 1 +5", "chief 2 +50"]),
        // One whose time is over comes at once, and the next keeps its distance.
        (15, ["chief 1 +0", "chief 2 +45"]), (100, ["chief 1 +0", "chief 2 +45"]),
    ])
    func `a step counts from when the alarm was told first and nobody has acknowledged`(
        minutes: Int,
        expected: [String]
    ) throws {
        let steps = [15, 60].map { DeliveryRoute.Step(afterMinutes: $0, targets: [.name("chief")]) }
        let less = Self.transition(Self.alarm(), .deescalated)
        let told = Self.start - .seconds(minutes * 60)
        let all = try planned([route(escalation: steps)], less, since: { _, _ in told })
        #expect(all == expected)
        // Each by itself: whoever had the first step a moment ago waits as long for it again.
        let others = try planned([route(escalation: steps)], less, since: { $1 == 1 ? nil : told })
        #expect(Set(others) == ["chief 1 +15", "chief 2 +\(max(0, 60 - minutes))"])
    }

    @Test func `steps that quiet hours put off keep their distance`() throws {
        let quiet = QuietHours(timeZone: "UTC", from: "22:00", to: "06:00")
        let steps = [5, 15, 60, 600].map { DeliveryRoute.Step(afterMinutes: $0, targets: [.name("chief")]) }
        let evening = Self.start + .seconds(21 * 3_600 + 50 * 60)
        let warning = Self.transition(Self.alarm())
        let inOrder = try planned([route(quiet: quiet, escalation: steps)], warning, at: evening)
        #expect(inOrder == ["shift 0 +0", "chief 1 +5", "chief 2 +490 held", "chief 3 +535", "chief 4 +1075"])
    }

    @Test func `planning the same alert again plans the same`() throws {
        var generator = SplitMix64(seed: 3)
        let references: [TargetReference] = [.all, .name("shift"), .name("chief"), .channel("email"), .name("nobody")]
        for _ in 0..<300 {
            let routes = (0..<Int.random(in: 1...4, using: &generator)).map { index in
                route(
                    severities: AlarmType.allCases.filter { _ in Bool.random(using: &generator) },
                    targets: [references[Int.random(in: 0..<5, using: &generator)]],
                    quiet: Bool.random(using: &generator)
                        ? QuietHours(timeZone: "UTC", from: "20:00", to: "05:00") : nil,
                    escalation: Bool.random(using: &generator)
                        ? [DeliveryRoute.Step(afterMinutes: 5, targets: [.all])] : [],
                    id: "r\(index)"
                )
            }
            let plan = DeliveryPlan(try DeliveryPolicy(routes: routes)) { _ in .utc }
            let alarm = Self.alarm(AlarmType.allCases[Int.random(in: 0..<3, using: &generator)])
            let at = Self.start + .seconds(Int.random(in: 0..<86_400, using: &generator))
            let once = plan.deliveries(of: Self.transition(alarm), committedAt: at, to: [shift, chief])
            let twice = plan.deliveries(of: Self.transition(alarm), committedAt: at, to: [shift, chief])
            #expect(once == twice)
            // One for a target and step, none before the alert, and the critical ones in time.
            #expect(Set(once.map { "\($0.target) \($0.step)" }).count == once.count)
            #expect(once.allSatisfy { $0.dueAt >= at })
            if alarm.type == .critical { #expect(once.allSatisfy { !$0.isHeld }) }
            // Nobody is called for help before somebody had the time to acknowledge.
            #expect(once.filter { $0.step > 0 }.allSatisfy { $0.dueAt >= at + .seconds(300) })
        }
    }

    @Test func `a delivery's key fits what receivers take for one`() {
        let key = PlannedDelivery.key(organization: ID(UUID()), sequence: .max, target: shift.id, step: 10)
        #expect(Notice.isKey(key))
    }
}
