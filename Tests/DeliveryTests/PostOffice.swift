import Alarms
import Database
import Foundation
import Logging
import NIOHTTP1
import Plant
import Serving
import Storage
import Synchronization
import TestSupport
import Trust

@testable import Delivery

/// Time that stands still unless a test moves it.
final class StandingTime: TimeSource {
    private let state = Mutex(Instant.t0)

    var now: Instant { state.withLock(\.self) }

    func advance(by duration: Duration) { state.withLock { $0 = $0 + duration } }

    /// A courier that is driven look by look never sleeps.
    func sleep(for duration: Duration) async throws { throw CancellationError() }
}

/// Two organizations with couriers' rooms behind them, over a database of their own.
struct PostOffice: Sendable {
    let stores: Stores
    let faults: FaultyDatabase
    let lanes: Lanes
    let hub: AlertHub
    private(set) var courier: Courier
    let time = StandingTime()
    let north: OrganizationScope
    let south: OrganizationScope
    private let folder: TemporaryDirectory

    init(limits: CourierLimits = CourierLimits()) async throws {
        folder = try TemporaryDirectory()
        faults = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        stores = try await Stores.open(faults)
        hub = AlertHub()
        let logger = Self.logger
        lanes = Lanes(
            stores: stores,
            hub: hub,
            predictions: PredictionDesk(
                registry: ModelRegistry(stores: stores, folder: folder.path("models"), time: time)
            ),
            time: time,
            logger: logger
        )
        courier = try Self.courier(lanes, time, limits)
        north = try await Self.organization("north", stores)
        south = try await Self.organization("south", stores)
    }

    private static var logger: Logger {
        var logger = Logger(label: "courier tests")
        logger.logLevel = .critical
        return logger
    }

    private static func courier(_ lanes: Lanes, _ time: StandingTime, _ limits: CourierLimits) throws -> Courier {
        Courier(
            lanes: lanes,
            messenger: Messengers(client: try Loopback.client()),
            time: time,
            logger: logger,
            limits: limits
        )
    }

    /// All that the courier had in memory is gone, as after a crash.
    mutating func crash() throws { courier = try Self.courier(lanes, time, CourierLimits()) }

    private static func organization(_ slug: String, _ stores: Stores) async throws -> OrganizationScope {
        let organization = try await stores.organizations.create(
            slug: slug,
            name: "\(slug.capitalized) Works",
            at: .t0,
            in: SystemScope(for: .test)
        )
        return OrganizationScope(provenFor: organization.id)
    }

    /// A webhook's target at a receiver.
    @discardableResult
    func target(_ name: String, _ port: Int, in scope: OrganizationScope) async throws -> ID<DeliveryTarget> {
        let server = "http://127.0.0.1:\(port)"
        var draft = DeliveryTargetDraft(
            name: name,
            channel: .webhook(server: server),
            secret: DeliverySecret(url: "\(server)/\(name)")
        )
        var generator = SeededGenerator(seed: 5)
        draft.complete(using: &generator)
        let target = DeliveryTarget(id: ID(UUID()), name: name, channel: draft.channel)
        try await stores.deliveryTargets.put(target, secret: draft.secret, by: "a", at: .t0, in: scope)
        return target.id
    }

    func put(_ policy: DeliveryPolicy, in scope: OrganizationScope) async throws {
        _ = try await stores.deliveryPolicies.put(policy, by: "a", at: time.now, in: scope)
    }

    /// Commits an alarm's change as a lane does.
    @discardableResult
    func commit(
        _ change: AlarmTransition.Change = .raised,
        _ alarm: Alarm,
        in scope: OrganizationScope
    ) async throws -> [Alert] {
        let lane = try await stores.lane.lane(in: scope)
        let transition = AlarmTransition(alarm: alarm, change: change, at: time.now)
        let commit = LaneCommit(
            expectedCursor: lane.cursor,
            cursor: lane.cursor,
            transitions: [transition],
            at: time.now
        )
        return try await stores.lane.commit(commit, in: scope)
    }

    /// Looks and sends until nothing is due that may be sent.
    func deliver() async {
        while true {
            let errands = await courier.round()
            if errands.isEmpty { return }
            await withDiscardingTaskGroup { sends in
                for errand in errands { sends.addTask { await courier.carryOut(errand) } }
            }
        }
    }

    func states(in scope: OrganizationScope) async throws -> [DeliveryRecord.State: Int] {
        try await stores.deliveries.counts(in: scope)
    }

    func deliveries(in scope: OrganizationScope) async throws -> [DeliveryRecord] {
        try await stores.deliveries.page(limit: 999, in: scope).elements.sorted { $0.sequence < $1.sequence }
    }
}

extension Courier {
    /// One look at all organizations, whose errands are the test's to carry out.
    func round() async -> [Errand] {
        var errands: [Errand] = []
        for scope in await scopesWithDeliveries() { errands += await look(in: scope) }
        return errands
    }
}

extension Alarm {
    static func leak(
        _ type: AlarmType = .warning,
        state: ProcessState = .unacknowledged,
        rule: String = "leak",
        id: ID<Alarm> = ID(UUID()),
        suppression: Suppression = .none
    ) -> Alarm {
        Alarm(
            id: id,
            asset: "pump",
            condition: .rule(rule),
            type: type,
            state: state,
            suppression: suppression,
            raisedAt: .t0,
            causes: [AlarmCause(source: .rule(rule), type: type, since: .t0, message: "x is 1 above 2")]
        )
    }
}

extension HTTPReceiver {
    /// The keys that came, in their order.
    var keys: [String] { requests.compactMap { $0.headers.first(name: "webhook-id") } }

    /// The keys of all that was told, what stood in digests by its own, in the order in which it came.
    var toldKeys: [String] {
        get throws {
            try requests.flatMap { request -> [String] in
                let object = try JSONSerialization.jsonObject(with: Data(request.body))
                let document = object as? [String: Any] ?? [:]
                let digested = document["alerts"] as? [[String: Any]]
                return digested?.compactMap { $0["key"] as? String } ?? [document["key"] as? String ?? ""]
            }
        }
    }
}
