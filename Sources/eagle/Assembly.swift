import Database
import Foundation
import Logging
import ServiceLifecycle
import Serving
import Storage
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
    let web: WebContext
    let logger: Logger
    private let lock: DirectoryLock

    /// Opens the data directory, and makes it if it isn't there.
    init(
        configuration: ServerConfiguration,
        time: any TimeSource = SystemTime(),
        tickInterval: Duration = .seconds(1),
        logger: Logger
    ) async throws {
        self.configuration = configuration
        self.logger = logger
        try Self.makeDirectory(configuration.dataDirectory)
        lock = try DirectoryLock(configuration.dataDirectory)
        stores = try await Self.openStores(configuration.dataDirectory)
        hub = AlertHub()
        registry = ModelRegistry(stores: stores, folder: configuration.dataDirectory + "/models", time: time)
        lanes = Lanes(
            stores: stores,
            hub: hub,
            registry: registry,
            time: time,
            logger: logger,
            tickInterval: tickInterval
        )
        web = WebContext(
            stores: stores,
            lanes: lanes,
            hub: hub,
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
        var services = ([lanes, server] + others).map {
            ServiceGroupConfiguration.ServiceConfiguration(service: $0)
        }
        for index in services.indices.dropFirst(2) {
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
