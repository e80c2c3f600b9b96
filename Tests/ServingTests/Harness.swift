import Alarms
import Connectors
import Database
import Foundation
import Logging
import Models
import Plant
import ServiceLifecycle
import Serving
import Storage
import Synchronization
import TestSupport
import Trust

/// Time that stands still unless a test moves it.
final class ManualTime: TimeSource {
    private let current = Mutex(Instant.t0)

    var now: Instant { current.withLock { $0 } }

    func advance(to instant: Instant) { current.withLock { $0 = instant } }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: .seconds(3_600)) }
}

/// A server's rooms without its faces, over a database of its own.
struct Harness: Sendable {
    let stores: Stores
    let hub = AlertHub(bufferCountMax: 100_000)
    let registry: ModelRegistry
    let time = ManualTime()
    let folder: TemporaryDirectory

    init(folder: TemporaryDirectory? = nil) async throws {
        let folder = try folder ?? TemporaryDirectory()
        try await self.init(folder: folder, database: SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
    }

    init(folder: TemporaryDirectory, database: any SQLDatabase) async throws {
        self.folder = folder
        stores = try await Stores.open(database)
        registry = ModelRegistry(stores: stores, folder: folder.path("models"), time: time)
    }

    /// An organization with the small plant's schema, and its model if wanted.
    func organization(_ slug: String = "harbor", withModel: Bool = true) async throws -> OrganizationScope {
        let organization = try await stores.organizations.create(
            slug: slug,
            name: slug,
            at: time.now,
            in: SystemScope(for: .test)
        )
        let scope = OrganizationScope(provenFor: organization.id)
        let document = try SmallPlant.document(organization: slug)
        _ = try await stores.schemas.put(SchemaText.text(document), by: nil, at: time.now, in: scope)
        if withModel { try await deployModel(in: scope) }
        return scope
    }

    func deployModel(in scope: OrganizationScope) async throws {
        let model = try await registry.register(SmallPlant.artifact.get().bytes(), in: scope)
        _ = try await registry.deploy(model.version, by: "test", reason: "test", in: scope)
        try await stores.organizations.setPredictionEnabled(true, in: scope)
    }

    /// Runs lanes until the body is through.
    func running<Value: Sendable>(_ body: @Sendable @escaping (Lanes) async throws -> Value) async throws -> Value {
        let lanes = Lanes(
            stores: stores,
            hub: hub,
            registry: registry,
            time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await lanes.run()
                return nil
            }
            group.addTask { try await body(lanes) }
            while let value = try await group.next() {
                guard let value else { continue }
                group.cancelAll()
                return value
            }
            throw CancellationError()
        }
    }
}

extension Lanes {
    /// Returns once the lane is through with all that was committed, and its model serves if it is to.
    func settle(in scope: OrganizationScope, serving: Bool = true) async throws {
        while true {
            let status = try await status(in: scope)
            if status.behind == 0, status.cursor > 0 || !serving, !serving || status.predictions == .on { return }
            await Task.yield()
        }
    }

    func push(_ readings: [Reading], in scope: OrganizationScope) async throws {
        _ = try await ingest(readings, schemaVersion: 1, in: scope)
    }
}

/// What a run said, without the ids that chance makes.
struct Said: Hashable {
    let sequence: Int64
    let asset: String
    let condition: AlarmCondition
    let change: AlarmTransition.Change
    let at: Instant
    let type: AlarmType

    /// The same, wherever it stands in the order.
    var withoutNumber: Said { Said(0, asset, condition, change, at, type) }

    private init(
        _ sequence: Int64,
        _ asset: String,
        _ condition: AlarmCondition,
        _ change: AlarmTransition.Change,
        _ at: Instant,
        _ type: AlarmType
    ) {
        self.sequence = sequence
        self.asset = asset
        self.condition = condition
        self.change = change
        self.at = at
        self.type = type
    }

    init(_ alert: Alert) {
        sequence = alert.sequence
        asset = alert.transition.alarm.asset
        condition = alert.transition.alarm.condition
        change = alert.transition.change
        at = alert.transition.at
        type = alert.transition.alarm.type
    }
}
