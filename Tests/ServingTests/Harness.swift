import Alarms
import Connectors
import Database
import Foundation
import Logging
import Models
import Plant
import ServiceLifecycle
import Storage
import Synchronization
import TestSupport
import Testing
import Trust

@testable import Serving

/// Time that stands still unless a test moves it; it begins after all that the small plant sends.
final class ManualTime: TimeSource {
    private struct State {
        var now: Instant
        var sleepers: [Int: (until: Instant, wake: CheckedContinuation<Void, any Error>)] = [:]
        var count = 0
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    init(_ now: Instant = .t0 + .seconds(60 * 86_400)) { state = Mutex(State(now: now)) }

    var now: Instant { state.withLock { $0.now } }

    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now + duration
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.wake)
        }
        for sleeper in woken { sleeper.resume() }
    }

    func sleep(for duration: Duration) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return true }
                    state.sleepers[number] = (state.now + duration, continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: number)
                if sleeper == nil { state.cancelled.insert(number) }
                return sleeper
            }
            sleeper?.wake.resume(throwing: CancellationError())
        }
    }
}

/// A server's rooms without its faces, over a database of its own.
struct Harness: Sendable {
    let stores: Stores
    let hub = AlertHub(bufferCountMax: 100_000)
    private(set) var registry: ModelRegistry
    let time: ManualTime
    let folder: TemporaryDirectory

    /// The same data under another server, whose models come another way.
    func with(_ registry: ModelRegistry) -> Harness {
        var other = self
        other.registry = registry
        return other
    }

    init(folder: TemporaryDirectory? = nil, time: ManualTime = ManualTime()) async throws {
        let folder = try folder ?? TemporaryDirectory()
        let database = try SQLiteDatabase(.file(folder.path("eagle.sqlite")))
        try await self.init(folder: folder, database: database, time: time)
    }

    init(
        folder: TemporaryDirectory,
        database: any SQLDatabase,
        budget: CacheBudget = CacheBudget(),
        time: ManualTime = ManualTime()
    ) async throws {
        self.folder = folder
        self.time = time
        stores = try await Stores.open(database)
        registry = ModelRegistry(stores: stores, folder: folder.path("models"), time: time, budget: budget)
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

    @discardableResult
    func deployModel(
        _ artifact: Result<ModelArtifact, any Error> = SmallPlant.artifact,
        in scope: OrganizationScope
    ) async throws -> ModelVersion {
        let slug = try await stores.organizations.organization(in: scope).slug
        let own = try SmallPlant.artifact(artifact.get(), of: slug)
        let version = try await registry.register(own.bytes(), in: scope).version
        _ = try await registry.deploy(version, by: "test", reason: "test", in: scope)
        try await stores.organizations.setPredictionEnabled(true, in: scope)
        return version
    }

    /// Flips a byte in the middle of a model's file, and lets go of what is in memory.
    func corrupt(_ version: ModelVersion, in scope: OrganizationScope) throws {
        let path = folder.path("models/\(scope.id)/\(version.hash).eaglemodel")
        var bytes = try #require(FileManager.default.contents(atPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        registry.release(version, in: scope)
    }

    /// Lets time pass beside the body, for what waits for it unasked.
    func timePassing<Value: Sendable>(_ body: @Sendable @escaping () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    time.advance(by: .milliseconds(100))
                    for _ in 0..<100 { await Task.yield() }
                }
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let next { return next }
            }
            throw CancellationError()
        }
    }

    /// Lets time pass until something holds; the lane keeps step with the clock, however busy the machine is.
    func ticking(
        _ lanes: Lanes,
        in scope: OrganizationScope,
        by step: Duration = .seconds(1),
        until isThere: () async throws -> Bool
    ) async throws {
        while try await !isThere() { await tick(lanes, in: scope, by: step) }
    }

    /// Lets time pass, and the lane see it.
    func tick(_ lanes: Lanes, in scope: OrganizationScope, by step: Duration) async {
        time.advance(by: step)
        for _ in 0..<20 { await Task.yield() }
        lanes.inbox(of: scope).notify(.tick)
        // It comes after the tick in the lane's stream; of an alarm that is not there, it changes nothing.
        _ = try? await lanes.acknowledge(ID(UUID()), by: "test", note: nil, in: scope)
    }

    /// Runs lanes until the body is through.
    func running<Value: Sendable>(
        batcher: Batcher = Batcher(width: 2),
        predictionDeadline: Duration = .seconds(60),
        upkeep: Upkeep = Upkeep(),
        quotas: QuotaDesk? = nil,
        source: @escaping SourceMaker = { settings, schema, time in try settings.source(schema: schema, time: time) },
        _ body: @Sendable @escaping (Lanes) async throws -> Value
    ) async throws -> Value {
        let lanes = Lanes(
            stores: stores,
            hub: hub,
            predictions: PredictionDesk(registry: registry, batcher: batcher, deadline: predictionDeadline),
            quotas: quotas,
            time: time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            upkeep: upkeep,
            source: source
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
    /// Returns once the lane is through with all that was committed, no model is under way, and its model serves if
    /// it is to.
    func settle(in scope: OrganizationScope, serving: Bool = true) async throws {
        try await settle(in: scope) { !serving || $0.predictions == .on && $0.cursor > 0 }
    }

    /// The same, until it says something else than that its model serves, or that another one does.
    func settle(
        in scope: OrganizationScope,
        on state: LaneStatus.PredictionState,
        version: ModelVersion? = nil
    ) async throws {
        try await settle(in: scope) { $0.predictions == state && (version == nil || $0.modelVersion == version) }
    }

    private func settle(in scope: OrganizationScope, until isThere: (LaneStatus) -> Bool) async throws {
        while true {
            let status = try await status(in: scope)
            if status.behind == 0, status.warming == nil, isThere(status) { return }
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
