import Alarms
package import Logging
import Plant
import ServiceLifecycle
package import Serving
import Storage
import Synchronization

/// Brings committed alerts to whom the organization's policy names.
///
/// The outbox is the store: what is to be told is written there before anything is sent, and marked there after. Whatever
/// happens in between, it is sent again, under the same key.
package final class Courier: Service {
    let stores: Stores
    let lanes: Lanes
    let messenger: any Messenger
    let consoleURL: String?
    let system: SystemNews
    let time: any TimeSource
    /// What goes out is signed by the machine's time, however fast a simulated plant runs.
    let machineTime: any TimeSource
    let logger: Logger
    let limits: CourierLimits
    let ledger: Mutex<CourierLedger>
    let tally = Mutex(CourierCounts())
    let planners = Mutex<[ID<Organization>: Planner]>([:])
    /// Before it nobody tried: what waited then did not wait for its target.
    let startedAt: Instant
    private let interval: Duration
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// An organization's policy, ready to plan with.
    struct Planner: Sendable {
        let version: Int
        let plan: DeliveryPlan
    }

    /// One send that may begin now.
    struct Errand: Sendable {
        let scope: OrganizationScope
        let place: CourierLedger.Place
        let delivery: DueDelivery
    }

    /// - Parameters:
    ///   - lanes: Whose alerts it brings; they prove it for each organization.
    ///   - messenger: Every channel's.
    ///   - consoleURL: Where links in notices begin; none where the server does not know its public address.
    ///   - time: The server's: deliveries are due by it.
    ///   - machineTime: The machine's.
    ///   - logger: For what fails without anybody having asked for it.
    ///   - limits: Bounds of what goes out at once.
    ///   - interval: How often it is looked whether something's time has come.
    package init(
        lanes: Lanes,
        messenger: any Messenger,
        consoleURL: String? = nil,
        time: any TimeSource,
        machineTime: any TimeSource = SystemTime(),
        logger: Logger,
        limits: CourierLimits = CourierLimits(),
        interval: Duration = .seconds(1)
    ) {
        stores = lanes.stores
        self.lanes = lanes
        self.messenger = messenger
        self.consoleURL = consoleURL
        system = SystemNews(stores: lanes.stores, told: lanes.systemNews, time: time)
        self.time = time
        self.machineTime = machineTime
        self.logger = logger
        self.limits = limits
        ledger = Mutex(CourierLedger(limits: limits))
        startedAt = time.now
        self.interval = interval
        (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// How many deliveries came to which end since the start, over all organizations.
    package var counts: CourierCounts { tally.withLock(\.self) }

    /// What is on its way now, and how many targets are left alone.
    package var present: (runningCount: Int, openBreakerCount: Int) {
        ledger.withLock { ($0.count, $0.openCount) }
    }

    /// Something may have come to be sent: looks at once.
    package func wake() { ring.yield() }

    /// Runs until shutdown; what is being sent then is sent to its end.
    package func run() async throws {
        let pulses = lanes.hub.pulses()
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { clocks in
                clocks.addTask { for await _ in pulses { self.wake() } }
                clocks.addTask { await self.tick() }
                clocks.addTask { await self.keepSweeping() }
                await withDiscardingTaskGroup { sends in
                    wake()
                    for await _ in bell {
                        for scope in await scopesWithDeliveries() {
                            for errand in await look(in: scope) { sends.addTask { await self.carryOut(errand) } }
                        }
                    }
                }
                clocks.cancelAll()
            }
        } onGracefulShutdown: {
            self.ring.finish()
        }
    }

    private func tick() async {
        while !Task.isCancelled {
            do { try await time.sleep(for: interval * time.speed) } catch { return }
            wake()
        }
    }

    // MARK: - One look

    /// Those that have something to deliver, in their turns; none where the store does not say.
    func scopesWithDeliveries() async -> [OrganizationScope] {
        do {
            let scopes = try await lanes.scopesWithDeliveries(at: time.now)
            return ledger.withLock { $0.beginRound(of: scopes) }
        } catch {
            logger.error("the deliveries can't be read", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Plans some of what is new, and takes up what is due as far as there is room.
    func look(in scope: OrganizationScope) async -> [Errand] {
        var errands: [Errand] = []
        do {
            let planner = try await plan(in: scope)
            try await takeUp(&errands, planner.plan.policy, in: scope)
        } catch {
            // The next look comes by itself; the others are not held up.
            logger.error(
                "an organization's deliveries can't be read",
                metadata: ["organization": "\(scope.id)", "error": "\(error)"]
            )
        }
        return errands
    }

    private static let planningsMax = 3

    /// Plans one chunk, so that the others' turn comes soon; what is left is looked at anew.
    private func plan(in scope: OrganizationScope) async throws -> Planner {
        var planner = try await self.planner(in: scope)
        for _ in 0..<Self.planningsMax {
            let planning = try await stores.deliveries.plan(
                with: planner.plan,
                version: planner.version,
                at: time.now,
                in: scope
            )
            switch planning {
            case .planned(_, isMore: false): return planner
            case .planned(_, isMore: true):
                wake()
                return planner
            case .overtaken: planner = try await self.planner(in: scope)
            }
        }
        wake()
        return planner
    }

    /// What has begun stands among the errands, whatever fails after it.
    private func takeUp(
        _ errands: inout [Errand],
        _ policy: DeliveryPolicy,
        in scope: OrganizationScope
    ) async throws {
        guard ledger.withLock({ $0.isItsTurn() }) else { return }
        let now = time.now
        let dueTargets = try await stores.deliveries.dueTargets(at: now, in: scope)
        // What is urgent at any target takes its room first.
        for due in dueTargets where due.urgentCount > 0 {
            let place = CourierLedger.Place(organization: scope.id, target: due.target)
            errands += try await begin(due.urgentCount, isUrgent: true, at: place, now: now, in: scope)
        }
        for due in dueTargets where due.otherCount > 0 {
            let place = CourierLedger.Place(organization: scope.id, target: due.target)
            let underWay = ledger.withLock { $0.underWay(at: place).count }
            let waitingCount = due.otherCount - underWay
            let room = ledger.withLock { $0.room(at: place, isUrgent: false, at: now) }
            guard waitingCount > 0, room > 0 else { continue }
            let action = ledger.withLock {
                $0.storm(at: place, waitingCount: waitingCount, perMinuteMax: policy.perMinuteMax, at: now)
            }
            switch action {
            case .each(let count):
                errands += try await begin(count, isUrgent: false, at: place, now: now, in: scope)
            case .digest where underWay == 0:
                let count = try await digest(at: place, now: now, in: scope)
                // One alone is told by itself.
                errands += try await begin(max(count, 1), isUrgent: count > 0, at: place, now: now, in: scope)
            case .digest, .wait: continue
            }
        }
    }

    private func begin(
        _ countMax: Int,
        isUrgent: Bool,
        at place: CourierLedger.Place,
        now: Instant,
        in scope: OrganizationScope
    ) async throws -> [Errand] {
        let (room, underWay) = ledger.withLock {
            ($0.room(at: place, isUrgent: isUrgent, at: now), $0.underWay(at: place))
        }
        let count = min(room, countMax)
        guard count > 0 else { return [] }
        let due = try await stores.deliveries.due(
            for: place.target,
            isUrgent: isUrgent,
            at: now,
            limit: count + underWay.count,
            in: scope
        )
        return due.filter { !underWay.contains($0.record.id) }.prefix(count).compactMap { delivery in
            let id = delivery.record.id
            let hasBegun = ledger.withLock { $0.begin(id, isUrgent: isUrgent, at: place, now: now) }
            guard hasBegun else { return nil }
            return Errand(scope: scope, place: place, delivery: delivery)
        }
    }

    /// The policy that holds, read again only where it changed.
    private func planner(in scope: OrganizationScope) async throws -> Planner {
        let version = try await stores.deliveryPolicies.version(in: scope)
        if let known = planners.withLock({ $0[scope.id] }), known.version == version { return known }
        let stored = try await stores.deliveryPolicies.current(in: scope)
        let planner = Planner(
            version: stored.version,
            plan: DeliveryPlan(stored.policy) { name in
                let zone = DeliveryZones.named(name)
                if zone == nil { logger.error("a time zone is unknown", metadata: ["zone": "\(name)"]) }
                return zone
            }
        )
        planners.withLock { $0[scope.id] = planner }
        return planner
    }
}

/// How many deliveries came to which end since the start, over all organizations.
package struct CourierCounts: Hashable, Sendable {
    package var delivered = 0
    package var failed = 0
    package var dead = 0
    package var cancelled = 0
}
