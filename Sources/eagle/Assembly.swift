import Database
import Delivery
import Foundation
import Logging
import ServiceLifecycle
import Serving
import Storage
import Training
import Trust
import UnixSignals
import Web

/// Puts the server together; the one place that knows all rooms.
struct Assembly: Sendable {
    let configuration: ServerConfiguration
    let stores: Stores
    let hub: AlertHub
    let registry: ModelRegistry
    let lanes: Lanes
    let training: TrainingDesk
    let courier: Courier
    let web: WebContext
    let logger: Logger
    private let lock: DirectoryLock

    /// Opens the data directory, and makes it if it isn't there.
    init(
        configuration: ServerConfiguration,
        time: any TimeSource = SystemTime(),
        tickInterval: Duration = .seconds(1),
        executable: String? = nil,
        logger: Logger
    ) async throws {
        self.configuration = configuration
        self.logger = logger
        try Self.makeDirectory(configuration.dataDirectory)
        lock = try DirectoryLock(configuration.dataDirectory)
        stores = try await Self.openStores(configuration.dataDirectory)
        hub = AlertHub()
        let serving = configuration.models
        registry = ModelRegistry(
            stores: stores,
            folder: configuration.dataDirectory + "/models",
            time: time,
            budget: serving.budget,
            policy: serving.policy
        )
        lanes = Lanes(
            stores: stores,
            hub: hub,
            predictions: PredictionDesk(
                registry: registry,
                batcher: Batcher(limits: serving.limits, width: ProcessInfo.processInfo.activeProcessorCount),
                deadline: serving.deadline
            ),
            quotas: QuotaDesk(stores: stores, server: configuration.quotas),
            time: time,
            logger: logger,
            tickInterval: tickInterval,
            upkeep: serving.upkeep
        )
        let news = Broadcast<TrainingLog>(bufferCountMax: 256)
        var command = TrainingCommand(
            executable: executable ?? Self.ownPath,
            arguments: ["run-training", "--data", configuration.dataDirectory]
        )
        // Whatever an organization asks for, half of the machine stays with the lanes of all.
        command.memoryMebibytesMax = Int(ProcessInfo.processInfo.physicalMemory >> 21)
        training = TrainingDesk(
            stores: stores,
            lanes: lanes,
            registry: registry,
            news: news,
            command: command,
            folder: configuration.dataDirectory + "/training",
            time: time,
            logger: logger,
            slotCount: configuration.trainingSlots
        )
        let messengers = try configuration.delivery.messengers(directory: configuration.dataDirectory)
        courier = Courier(
            lanes: lanes,
            messenger: messengers,
            consoleURL: configuration.delivery.publicURL,
            time: time,
            logger: logger
        )
        web = WebContext(
            stores: stores,
            lanes: lanes,
            courier: courier,
            pushKey: messengers.pushKey,
            hub: hub,
            trainingNews: news,
            registry: registry,
            signingKey: try SigningKeyFile.load(directory: configuration.dataDirectory),
            sourceFolders: configuration.sourceFolders,
            logger: logger,
            plantTime: time
        )
    }

    /// The stores alone, for commands that need no server.
    static func openStores(_ directory: String) async throws -> Stores {
        try makeDirectory(directory)
        return try await Stores.open(SQLiteDatabase(.file(directory + "/eagle.sqlite")))
    }

    /// A server's stores as they are, for a process beside it that must not write.
    static func openStoresForReading(_ directory: String) throws -> Stores {
        Stores(database: try SQLiteDatabase(.readOnlyFile(directory + "/eagle.sqlite")))
    }

    /// This very program, which also carries out training runs.
    private static var ownPath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    private static func makeDirectory(_ directory: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    /// Serves until it is told to stop, beside other services that live as long.
    ///
    /// `onRunning` is told the port once connections are taken.
    func run(others: [any Service] = [], onRunning: @escaping @Sendable (Int) async -> Void) async throws {
        let server = WebServer(
            context: web,
            host: configuration.host,
            port: configuration.port,
            onRunning: onRunning
        )
        var services = ([lanes, training, courier, server] + others).map {
            ServiceGroupConfiguration.ServiceConfiguration(service: $0)
        }
        for index in services.indices.dropFirst(4) {
            services[index].successTerminationBehavior = .gracefullyShutdownGroup
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
    }
}
