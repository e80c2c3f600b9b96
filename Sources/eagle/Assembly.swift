import Database
import Delivery
import Foundation
import Logging
import Plant
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
    let eraser: Eraser
    let audit: AuditKeeper
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
        // Before anything is made: a server that may not listen leaves nothing behind.
        let edge = try configuration.edge()
        try Self.makeDirectory(configuration.dataDirectory)
        lock = try DirectoryLock(configuration.dataDirectory)
        stores = try await Self.openStores(configuration.dataDirectory, keys: configuration.keys)
        hub = AlertHub()
        let serving = configuration.models
        registry = ModelRegistry(
            stores: stores,
            folder: configuration.dataDirectory + "/models",
            time: time,
            budget: serving.budget,
            policy: serving.policy
        )
        let lanes = Lanes(
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
        self.lanes = lanes
        try await lanes.closeErased()
        let news = Broadcast<TrainingLog>(bufferCountMax: 256)
        var command = TrainingCommand(
            executable: executable ?? Self.ownPath,
            arguments: ["run-training", "--data", configuration.dataDirectory]
        )
        // Whatever an organization asks for, half of the machine stays with the lanes of all.
        command.withheldVariables = Self.secretVariables(in: ProcessInfo.processInfo.environment)
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
        let courier = Courier(
            lanes: lanes,
            messenger: messengers,
            consoleURL: configuration.delivery.publicURL,
            time: time,
            logger: logger
        )
        self.courier = courier
        let identity = try ServerIdentityFile.load(directory: configuration.dataDirectory)
        audit = AuditKeeper(lanes: lanes, identity: identity, time: time, logger: logger)
        eraser = Eraser(
            lanes: lanes,
            work: ErasureWork(
                stores: stores,
                root: configuration.dataDirectory,
                identity: identity,
                time: SystemTime(),
                version: Version.text
            ),
            time: time,
            logger: logger
        ) { scope in
            courier.forget(scope)
            news.close(in: scope)
        }
        web = WebContext(
            stores: stores,
            lanes: lanes,
            courier: courier,
            pushKey: messengers.pushKey,
            hub: hub,
            trainingNews: news,
            registry: registry,
            keyDesk: KeyDesk(stores: stores, dataDirectory: configuration.dataDirectory),
            signingKey: try SigningKeyFile.load(directory: configuration.dataDirectory),
            identity: identity,
            openID: try configuration.oidc.desk(configuration.delivery),
            sourceFolders: configuration.sourceFolders,
            edge: edge,
            logger: logger,
            plantTime: time
        )
    }

    /// The stores alone, for commands that need no server; what earlier versions had left open is sealed first.
    ///
    /// - Throws: `KeyError` where the keyring or its master key is missing or another one: nothing is changed then.
    static func openStores(_ directory: String, keys: KeysConfiguration = KeysConfiguration()) async throws -> Stores {
        try makeDirectory(directory)
        let keyring = try await KeyringFile(directory: directory, keys: keys).open()
        let stores = try await Stores.open(SQLiteDatabase(.file(directory + "/eagle.sqlite")), keyring: keyring)
        try await sealWhatLiesOpen(stores, directory)
        return stores
    }

    /// A server's stores as they are, for a process beside it that must not write.
    static func openStoresForReading(
        _ directory: String,
        keys: KeysConfiguration = KeysConfiguration()
    ) async throws -> Stores {
        let keyring = try await KeyringFile(directory: directory, keys: keys).openForReading()
        return try openStoresForReading(directory, keyring: keyring)
    }

    static func openStoresForReading(_ directory: String, keyring: Keyring) throws -> Stores {
        Stores(database: try SQLiteDatabase(.readOnlyFile(directory + "/eagle.sqlite")), keyring: keyring)
    }

    /// Once for all that a version seals: each thing is open or sealed at any moment, so that it may break off anywhere.
    ///
    /// What can't be opened for now is tried again at the next start; what is wrong itself is told of once.
    static func sealWhatLiesOpen(_ stores: Stores, _ directory: String) async throws {
        guard try await stores.keyringMark.sealedAt() == nil else { return }
        let desk = KeyDesk(stores: stores, dataDirectory: directory)
        var mayOpenLater = false
        for organization in try await stores.organizations.all(in: SystemScope(for: .start)) {
            do {
                let report = try await desk.reseal(in: OrganizationScope(provenFor: organization.id))
                for failure in report.failures { Console.note("eagle: \(organization.slug): \(failure)") }
                if report.mayOpenLater { mayOpenLater = true }
            } catch let error as KeyError where error.code == .destroyed {
                continue  // It is being erased.
            }
        }
        if !mayOpenLater { try await stores.keyringMark.noteSealed(at: SystemTime().now) }
    }

    /// Variables that let one in somewhere: a training run needs none of them.
    static func secretVariables(in environment: [String: String]) -> [String] {
        let known = [MasterKeyVariable.name, SigningKeyFile.variable, DeliveryConfiguration.SMTP.passwordVariable]
        let prefix = OpenIDConfiguration.Provider.secretVariable("")
        return known + environment.keys.filter { $0.hasPrefix(prefix) }.sorted()
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
        let watch = StoreWatch(stores: stores, logger: logger)
        let own: [any Service] = [lanes, training, courier, audit, eraser, watch, server]
        var services = (own + others).map(Self.named)
        for index in services.indices.dropFirst(own.count) {
            services[index].successTerminationBehavior = .gracefullyShutdownGroup
        }
        if let certificate = web.edge.certificate {
            services.append(Self.named(CertificateUpkeep(certificate: certificate, logger: logger)))
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

    /// By its type's name in logs: its description would be all that it works with, keys too.
    private static func named(_ service: any Service) -> ServiceGroupConfiguration.ServiceConfiguration {
        ServiceGroupConfiguration.ServiceConfiguration(service: service, serviceName: "\(type(of: service))")
    }
}
