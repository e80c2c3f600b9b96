import Alarms
import Database
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing

/// The outbox: from an alert's commit to the mark that it was taken.
@Suite struct DeliveryStoreTests {
    /// Two organizations, the northern one with two targets.
    struct Outbox {
        let world: World
        let shift = ID<DeliveryTarget>(UUID())
        let chief = ID<DeliveryTarget>(UUID())
        var routes: [DeliveryRoute]

        var stores: Stores { world.stores }
        var north: OrganizationScope { world.north }

        init(_ engine: Engine, escalationMinutes: Int? = nil) async throws {
            world = try await World(engine)
            let steps = escalationMinutes.map {
                [DeliveryRoute.Step(afterMinutes: $0, targets: [.name("chief")])]
            }
            routes = [DeliveryRoute(id: "all", targets: [.name("shift")], escalation: steps ?? [])]
            for (id, name) in [(shift, "shift"), (chief, "chief")] {
                let target = DeliveryTarget(id: id, name: name, channel: .email(to: ["\(name)@plant.example"]))
                try await stores.deliveryTargets.put(target, secret: nil, by: "a", at: .t0, in: north)
            }
            _ = try await stores.deliveryPolicies.put(DeliveryPolicy(routes: routes), by: "a", at: .t0, in: north)
        }

        /// Commits transitions as a lane does.
        @discardableResult
        func commit(_ transitions: [AlarmTransition], at now: Instant = .t0) async throws -> [Alert] {
            try await stores.lane.commit(
                LaneCommit(expectedCursor: 0, cursor: 0, transitions: transitions, at: now),
                in: north
            )
        }

        func plan(at now: Instant = .t0) async throws -> DeliveryStore.Planning {
            let stored = try await stores.deliveryPolicies.current(in: north)
            let plan = DeliveryPlan(stored.policy) { _ in .utc }
            return try await stores.deliveries.plan(with: plan, version: stored.version, at: now, in: north)
        }

        func due(_ target: ID<DeliveryTarget>, urgent: Bool = false, at now: Instant) async throws -> [DueDelivery] {
            try await stores.deliveries.due(for: target, isUrgent: urgent, at: now, limit: 99, in: north)
        }

        func all() async throws -> [DeliveryRecord] {
            try await stores.deliveries.page(limit: 999, in: north).elements
        }

        func organizationsDue(at now: Instant) async throws -> [ID<Organization>] {
            try await stores.deliveryWork.organizations(dueAt: now, in: world.system)
        }
    }

    private func raised(_ alarm: Alarm, _ change: AlarmTransition.Change = .raised) -> AlarmTransition {
        AlarmTransition(alarm: alarm, change: change, at: .t0)
    }

    @Test(arguments: Engine.allCases)
    func `an alert is in the outbox with its commit, and planned once however often it is planned`(
        engine: Engine
    ) async throws {
        let outbox = try await Outbox(engine)
        #expect(try await outbox.organizationsDue(at: .distantFuture).isEmpty)
        try await outbox.commit([raised(.test())])
        #expect(try await outbox.organizationsDue(at: .t0) == [outbox.north.id])
        #expect(try await outbox.plan() == .planned(1, isMore: false))
        #expect(try await outbox.plan() == .planned(0, isMore: false))
        let due = try await outbox.due(outbox.shift, at: .t0)
        #expect(due.map(\.record.sequence) == [1])
        #expect(due.first?.alert?.headline == "WARNING pump: x is 1 above 2")
        let id = try #require(due.first?.record.id)
        #expect(try await outbox.stores.deliveries.delivered(id, at: .t0, in: outbox.north))
        #expect(try await !outbox.stores.deliveries.delivered(id, at: .t0, in: outbox.north))
        #expect(try await outbox.due(outbox.shift, at: .distantFuture).isEmpty)
        #expect(try await outbox.organizationsDue(at: .distantFuture).isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `a planning that fails leaves the cursor, and the same keys come again`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        try await outbox.commit([raised(.test())])
        outbox.world.faults.fail(at: [.commit(1)])
        #expect(await databaseError { try await outbox.plan() } != nil)
        #expect(try await outbox.all().isEmpty)
        #expect(try await outbox.plan() == .planned(1, isMore: false))
        #expect(try await outbox.all().count == 1)
    }

    @Test(arguments: Engine.allCases)
    func `a plan of a policy that no longer holds plans nothing`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        try await outbox.commit([raised(.test())])
        let plan = DeliveryPlan(.standard) { _ in .utc }
        let planning = try await outbox.stores.deliveries.plan(with: plan, version: 0, at: .t0, in: outbox.north)
        #expect(planning == .overtaken)
        #expect(try await outbox.all().isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `an escalation is called off by who acknowledges, before it was due and in one plan`(
        engine: Engine
    ) async throws {
        let outbox = try await Outbox(engine, escalationMinutes: 10)
        let alarm = Alarm.test()
        try await outbox.commit([raised(alarm)])
        _ = try await outbox.plan()
        #expect(try await outbox.all().map(\.state) == [.pending, .pending])
        let known = Alarm.test(state: .acknowledged, id: alarm.id)
        try await outbox.commit([AlarmTransition(alarm: known, change: .acknowledged, at: .t0, by: "o")])
        _ = try await outbox.plan()
        let called = try #require(try await outbox.all().first { $0.step == 1 })
        #expect(called.state == .cancelled)
        #expect(called.reason?.hasPrefix("acknowledged") == true)
        // Raised and acknowledged before anybody planned.
        let other = Alarm.test(condition: .component("seal"))
        let over = Alarm.test(condition: .component("seal"), state: .normal, id: other.id)
        try await outbox.commit([raised(other), raised(over, .closed)])
        _ = try await outbox.plan()
        let states = try await outbox.all().filter { $0.alarm == other.id }.map { "\($0.step) \($0.state)" }
        #expect(states.sorted() == ["0 pending", "1 cancelled"])
    }

    @Test(arguments: Engine.allCases)
    func `an alarm that comes and goes escalates once at a time`(engine: Engine) async throws {
        let outbox = try await Outbox(engine, escalationMinutes: 10)
        let alarm = Alarm.test()
        for minute in 0..<3 {
            try await outbox.commit([raised(alarm, minute == 0 ? .raised : .reraised)], at: .t0 + .seconds(minute * 60))
        }
        _ = try await outbox.plan()
        let steps = try await outbox.all().map(\.step).sorted()
        #expect(steps == [0, 0, 0, 1])
    }

    @Test(arguments: Engine.allCases)
    func `an alarm that becomes critical takes the step of the warning over, and no later`(
        engine: Engine
    ) async throws {
        let outbox = try await Outbox(engine, escalationMinutes: 10)
        let warning = Alarm.test()
        try await outbox.commit([raised(warning)])
        _ = try await outbox.plan()
        let critical = Alarm.test(type: .critical, id: warning.id)
        try await outbox.commit([raised(critical, .escalated)], at: .t0 + .seconds(300))
        _ = try await outbox.plan(at: .t0 + .seconds(300))
        let steps = try await outbox.all().filter { $0.step == 1 }
        let lesser = try #require(steps.first { $0.severity == .warning })
        let urgent = try #require(steps.first { $0.severity == .critical })
        #expect(lesser.state == .cancelled)
        #expect(urgent.state == .pending)
        #expect(urgent.dueAt == lesser.dueAt)
    }

    @Test(arguments: Engine.allCases)
    func `a target hears of one alarm in order, and of another meanwhile`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        let (pump, seal) = (Alarm.test(), Alarm.test(condition: .component("seal")))
        try await outbox.commit([raised(pump), raised(pump, .reraised), raised(seal)])
        _ = try await outbox.plan()
        #expect(try await outbox.due(outbox.shift, at: .t0).map(\.record.sequence) == [1, 3])
        let first = try #require(try await outbox.due(outbox.shift, at: .t0).first).record
        try await outbox.stores.deliveries.failed(
            first.id,
            because: "busy",
            .again(at: .t0 + .seconds(9)),
            at: .t0,
            in: outbox.north
        )
        // The second waits for the first, which waits for its next try.
        #expect(try await outbox.due(outbox.shift, at: .t0).map(\.record.sequence) == [3])
        #expect(try await outbox.due(outbox.shift, at: .t0 + .seconds(9)).map(\.record.sequence) == [1, 3])
        let failed = try #require(try await outbox.stores.deliveries.byID(first.id, in: outbox.north))
        #expect(failed.attempts == 1)
        #expect(failed.lastError == "busy")
        #expect(failed.key == first.key)
    }

    @Test(arguments: Engine.allCases)
    func `what has become critical waits for nothing less urgent, which it overtakes`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        let warning = Alarm.test()
        let critical = Alarm.test(type: .critical, id: warning.id)
        try await outbox.commit([raised(warning), raised(critical, .escalated)])
        _ = try await outbox.plan()
        let urgent = try await outbox.due(outbox.shift, urgent: true, at: .t0)
        #expect(urgent.map(\.record.sequence) == [2])
        #expect(try await outbox.due(outbox.shift, at: .t0).map(\.isOvertaken) == [false])
        let id = try #require(urgent.first?.record.id)
        try await outbox.stores.deliveries.delivered(id, at: .t0, in: outbox.north)
        #expect(try await outbox.due(outbox.shift, at: .t0).map(\.isOvertaken) == [true])
    }

    @Test(arguments: Engine.allCases)
    func `a dead letter is seen with its reason, and sent again under its key`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        try await outbox.commit([raised(.test())])
        _ = try await outbox.plan()
        let delivery = try #require(try await outbox.due(outbox.shift, at: .t0).first).record
        let deliveries = outbox.stores.deliveries
        #expect(try await deliveries.retry(delivery.id, at: .t0, in: outbox.north) == false)
        try await deliveries.failed(delivery.id, because: "gone", .giveUp, at: .t0, in: outbox.north)
        let dead = try await deliveries.page(DeliveryStore.Filter(state: .dead), limit: 9, in: outbox.north)
        #expect(dead.elements.map(\.lastError) == ["gone"])
        #expect(try await deliveries.counts(in: outbox.north) == [.dead: 1])
        #expect(try await deliveries.retry(delivery.id, at: .t0 + .seconds(99), in: outbox.north) == true)
        let again = try #require(try await outbox.due(outbox.shift, at: .t0 + .seconds(99)).first).record
        #expect(again.key == delivery.key)
        #expect(again.attempts == 0)
        #expect(again.firstAttemptAt == nil)
        #expect(try await deliveries.retry(ID(UUID()), at: .t0, in: outbox.north) == nil)
        // What was given up while it was on its way has come all the same.
        try await deliveries.failed(delivery.id, because: "late", .giveUp, at: .t0, in: outbox.north)
        #expect(try await deliveries.delivered(delivery.id, at: .t0, in: outbox.north))
    }

    @Test(arguments: Engine.allCases)
    func `pages of deliveries hold each once, newest first`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        for index in 0..<7 {
            try await outbox.commit([raised(.test(condition: .rule("r\(index)")))], at: .t0 + .seconds(index / 2))
            _ = try await outbox.plan(at: .t0 + .seconds(index / 2))
        }
        var seen: [Int64] = []
        var after: String?
        repeat {
            let page = try await outbox.stores.deliveries.page(after: after, limit: 3, in: outbox.north)
            seen += page.elements.map(\.sequence)
            after = page.next
        } while after != nil
        #expect(seen.count == 7)
        #expect(Set(seen) == Set(1...7))
        #expect(seen.first ?? 0 >= 7)
        await #expect(throws: StorageError.self) {
            try await outbox.stores.deliveries.page(after: "x", limit: 3, in: outbox.north)
        }
    }

    @Test(arguments: Engine.allCases)
    func `what ended long ago is forgotten, not what waits, nor what was told of alarms that are open`(
        engine: Engine
    ) async throws {
        let outbox = try await Outbox(engine)
        let alarms = ["bearing", "seal", "belt"].map { Alarm.test(condition: .component($0)) }
        try await outbox.commit(alarms.map { raised($0) })
        _ = try await outbox.plan()
        for delivery in try await outbox.due(outbox.shift, at: .t0).prefix(2) {
            try await outbox.stores.deliveries.delivered(delivery.record.id, at: .t0, in: outbox.north)
        }
        for alarm in [alarms[0], alarms[2]] {
            let over = Alarm.test(condition: alarm.condition, state: .normal, id: alarm.id)
            try await outbox.commit([raised(over, .closed)])
        }
        _ = try await outbox.plan()
        let count = try await outbox.stores.deliveries.purge(endedBefore: .distantFuture, limit: 9, in: outbox.north)
        #expect(count == 1)
        let left = Dictionary(try await outbox.all().map { ($0.alarm, $0.state) }) { first, _ in first }
        #expect(left == [alarms[1].id: .delivered, alarms[2].id: .pending])
    }

    @Test(arguments: Engine.allCases)
    func `a target that is removed takes its secret and what waits for it along`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        let targets = outbox.stores.deliveryTargets
        let secret = DeliverySecret(url: "https://hooks.example/x")
        let hook = DeliveryTarget(id: outbox.shift, name: "shift", channel: .slack(host: "hooks.example"))
        try await targets.put(hook, secret: secret, by: "a", at: .t0, in: outbox.north)
        #expect(try await targets.secret(of: hook.id, in: outbox.north).url == secret.url)
        // Without a new one the secret stays.
        try await targets.put(hook, secret: nil, by: "a", at: .t0, in: outbox.north)
        #expect(try await targets.secret(of: hook.id, in: outbox.north).url == secret.url)
        try await outbox.commit([raised(.test())])
        _ = try await outbox.plan()
        let id = try #require(try await outbox.due(hook.id, at: .t0).first?.record.id)
        #expect(try await targets.remove(hook.id, at: .t0, in: outbox.north))
        // What was on its way then does not come back as a dead letter.
        #expect(try await !outbox.stores.deliveries.failed(id, because: "gone", .giveUp, at: .t0, in: outbox.north))
        #expect(try await !targets.remove(hook.id, at: .t0, in: outbox.north))
        #expect(try await targets.secret(of: hook.id, in: outbox.north) == .none)
        #expect(try await outbox.all().map(\.state) == [.cancelled])
        #expect(try await outbox.organizationsDue(at: .distantFuture).isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `a policy that names no target of the organization is refused`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        let policies = outbox.stores.deliveryPolicies
        let stranger = try DeliveryPolicy(routes: [DeliveryRoute(id: "a", targets: [.name("stranger")])])
        let code = await storageError { try await policies.put(stranger, by: "a", at: .t0, in: outbox.north) }
        #expect(code == .invalid)
        // What was said of one that is no more is over with the next policy.
        let gone = SystemAlarm(id: ID(UUID()), kind: .deliveryFailed, subject: "x", message: "m", raisedAt: .t0)
        _ = try await outbox.stores.systemAlarms.raise(gone, in: outbox.north)
        let chief = try DeliveryPolicy(routes: [DeliveryRoute(id: "b", targets: [.name("chief")])])
        let (version, cleared) = try await policies.put(chief, by: "a", at: .t0, in: outbox.north)
        #expect(version == 2)
        #expect(cleared.map(\.id) == [gone.id] && cleared.first?.clearedAt == Instant.t0)
        #expect(try await outbox.stores.systemAlarms.newest(limit: 9, in: outbox.north) == cleared)
        // Whoever was told that it is there is told that it is over.
        let told = try await outbox.all().filter { $0.systemAlarm == gone.id }
        for target in [outbox.shift, outbox.chief] {
            let kinds = told.filter { $0.target == target && $0.state == .pending }.map(\.kind)
            #expect(Set(kinds) == [.system(isOver: false), .system(isOver: true)] && kinds.count == 2)
        }
        // The southern organization has no targets, and may still mean all that it will have.
        let all = try DeliveryPolicy(routes: [DeliveryRoute(id: "a", targets: [.all])])
        #expect(try await policies.put(all, by: "a", at: .t0, in: outbox.world.south).version == 1)
        #expect(try await policies.put(all, by: "a", at: .t0, in: outbox.world.south).version == 1)
        #expect(try await policies.current(in: outbox.north).version == 2)
    }

    @Test(arguments: Engine.allCases)
    func `alerts from before an organization has a target are not told later`(engine: Engine) async throws {
        let outbox = try await Outbox(engine)
        for target in [outbox.shift, outbox.chief] {
            _ = try await outbox.stores.deliveryTargets.remove(target, at: .t0, in: outbox.north)
        }
        try await outbox.commit([raised(.test())])
        #expect(try await outbox.plan() == .planned(0, isMore: false))
        let late = DeliveryTarget(id: ID(UUID()), name: "shift", channel: .email(to: ["a@plant.example"]))
        try await outbox.stores.deliveryTargets.put(late, secret: nil, by: "a", at: .t0, in: outbox.north)
        #expect(try await outbox.plan() == .planned(0, isMore: false))
        #expect(try await outbox.all().isEmpty)
        // Neither where nobody has planned in between.
        _ = try await outbox.stores.deliveryTargets.remove(late.id, at: .t0, in: outbox.north)
        try await outbox.commit([raised(.test(condition: .component("seal")))])
        try await outbox.stores.deliveryTargets.put(late, secret: nil, by: "a", at: .t0, in: outbox.north)
        #expect(try await outbox.organizationsDue(at: .distantFuture).isEmpty)
        #expect(try await outbox.plan() == .planned(0, isMore: false))
        // What comes while it is there is told, a change of the target notwithstanding.
        try await outbox.commit([raised(.test(condition: .component("fan")))])
        try await outbox.stores.deliveryTargets.put(late, secret: nil, by: "a", at: .t0, in: outbox.north)
        #expect(try await outbox.plan() == .planned(1, isMore: false))
    }
}
