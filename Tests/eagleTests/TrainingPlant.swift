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
import TestSupport
import Testing
import Training
import Trust

/// A store with organizations whose pumps wear out, and desks that train for them with the built binary.
struct TrainingPlant: Sendable {
    static let days = 40

    let folder: TemporaryDirectory
    let database: FaultyDatabase
    let stores: Stores
    let registry: ModelRegistry
    let news = Broadcast<TrainingLog>(bufferCountMax: 100_000)

    init() async throws {
        folder = try TemporaryDirectory()
        database = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        stores = try await Stores.open(database)
        registry = ModelRegistry(stores: stores, folder: folder.path("models"), time: SystemTime())
    }

    /// An organization with its schema and, where it is here, its history; its pumps fail every two days after their vibration rose.
    func organization(
        _ slug: String = "harbor",
        isWearing: Bool = true,
        isHere: Bool = true,
        values: (_ wear: Double, _ noise: Double) -> [Double] = { [2 + 4 * $0 + $1, 60 + $1] }
    ) async throws -> OrganizationScope {
        let made = try await stores.organizations.create(slug: slug, name: slug, at: .t0, in: SystemScope(for: .test))
        let scope = OrganizationScope(provenFor: made.id)
        let document = try SchemaFile.parse(
            """
            organization: \(slug)
            timestampColumn: time
            timeZone: UTC
            assetColumn: pump
            continuousColumns: [vibration, temperature]
            rollingWindows: [7200]
            lagSeconds: [3600]
            horizonMinutes: 540
            """,
            path: "schema.yaml"
        )
        let version = try await stores.schemas.put(SchemaText.text(document), by: nil, at: .t0, in: scope)
        let readings = isHere ? Self.readings(values) : []
        for start in stride(from: 0, to: readings.count, by: 2_000) {
            _ = try await stores.readings.append(
                Array(readings[start..<min(start + 2_000, readings.count)]),
                schemaVersion: version,
                at: .t0,
                in: scope
            )
        }
        if isWearing { _ = try await stores.failures.record(Self.failures, at: .t0, in: scope) }
        return scope
    }

    /// What three pumps' sensors said in those days.
    static func readings(
        _ values: (_ wear: Double, _ noise: Double) -> [Double] = { [2 + 4 * $0 + $1, 60 + $1] }
    ) -> [Reading] {
        var generator = SeededGenerator(seed: 11)
        var readings: [Reading] = []
        for (index, pump) in ["p1", "p2", "p3"].enumerated() {
            for minute in stride(from: 0, to: days * 1_440, by: 30) {
                let phase = (minute + index * 700) % 2_880
                let noise = Double.random(in: -0.3...0.3, using: &generator)
                let values = values(max(0, Double(phase - 2_280) / 600), noise)
                readings.append(Reading(asset: pump, instant: .t0 + .seconds(minute * 60), values: values))
            }
        }
        return readings
    }

    /// What became of the pumps.
    static var failures: [FailureEvent] {
        ["p1", "p2", "p3"].enumerated().flatMap { index, pump in
            (1...days / 2).map { $0 * 2_880 - index * 700 }.filter { $0 < days * 1_440 }
                .map { FailureEvent(asset: pump, start: .t0 + .seconds($0 * 60)) }
        }
    }

    /// Queues a run.
    @discardableResult
    func enqueue(
        in scope: OrganizationScope,
        _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) async throws -> ID<TrainingLog> {
        var configuration = TrainingConfiguration()
        configuration.treesMax = 30
        change(&configuration)
        var log = TrainingLog(id: ID(UUID()), cause: .request, requestedBy: "ann", queuedAt: SystemTime().now)
        log.parameters = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
        try await stores.trainingLogs.enqueue(log, in: scope)
        return log.id
    }

    /// A desk as a server has it.
    func desk(_ change: (inout TrainingCommand) -> Void = { _ in }) -> TrainingDesk {
        var command = TrainingCommand(
            executable: EagleProcess.path,
            arguments: ["run-training", "--data", folder.path]
        )
        change(&command)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return TrainingDesk(
            stores: stores,
            lanes: Lanes(
                stores: stores,
                hub: AlertHub(),
                predictions: PredictionDesk(registry: registry),
                time: SystemTime(),
                logger: logger
            ),
            registry: registry,
            news: news,
            command: command,
            folder: folder.path("training"),
            time: SystemTime(),
            logger: logger,
            interval: .milliseconds(50)
        )
    }

    /// Runs the lanes, which poll the organizations' sources, until the body is through.
    func polling<Value: Sendable>(_ body: @escaping @Sendable (Lanes) async throws -> Value) async throws -> Value {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let lanes = Lanes(
            stores: stores,
            hub: AlertHub(),
            predictions: PredictionDesk(registry: registry),
            time: SystemTime(),
            logger: logger
        )
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await lanes.run()
                return nil
            }
            group.addTask { try await body(lanes) }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let next { return next }
            }
            throw CancellationError()
        }
    }

    /// Runs desks until the body is through.
    func running<Value: Sendable>(
        _ desks: [TrainingDesk],
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            for desk in desks {
                group.addTask {
                    try await desk.run()
                    return nil
                }
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let next = try await group.next() {
                if let next { return next }
            }
            throw CancellationError()
        }
    }

    /// Runs a desk until the run has ended, and lets somebody meddle with it while it goes on.
    func outcome(
        of id: ID<TrainingLog>,
        in scope: OrganizationScope,
        desk: TrainingDesk? = nil,
        meddle: @escaping @Sendable (TrainingLog) async throws -> Void = { _ in }
    ) async throws -> TrainingLog {
        let subscription = news.subscribe(in: scope)
        return try await running([desk ?? self.desk()]) {
            var hasMeddled = false
            for try await log in subscription where log.id == id {
                switch log.state {
                case .completed, .failed, .cancelled: return log
                case .queued: continue
                case .started:
                    // The trees are growing: the process is in the midst of it.
                    guard log.step == "growing trees", !hasMeddled else { continue }
                    hasMeddled = true
                    try await meddle(log)
                }
            }
            throw CancellationError()
        }
    }

    /// The processes that carry a run out.
    static func processes(of id: ID<TrainingLog>) -> [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.filter { process in
            guard let words = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
            return String(decoding: words, as: UTF8.self).contains("\(id)")
        }
    }

    /// What runs have left below the data directory.
    func debris(in scope: OrganizationScope) -> [String] {
        let path = folder.path("training/\(scope.id)")
        return (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    }
}
