import Database
import Delivery
import Foundation
import Logging
import NIOCore
import Plant
import ServiceLifecycle
import Serving
import Storage
import TestSupport
import Trust

@testable import Web

/// The real server on a free port of the loopback, over a database of its own, with two organizations.
struct TestServer: Sendable {
    enum Person: String, CaseIterable, Sendable { case root, northAdmin, northOperator, southAdmin, southOperator }

    let context: WebContext
    let database: FaultyDatabase
    let clock: TestClock
    let port: Int
    let north: Organization
    let south: Organization
    let contract: Contract
    let group: ServiceGroup
    private let tokens: [Person: String]

    /// So patient that a busy machine ends no stream.
    static var limits: WebLimits {
        var limits = WebLimits()
        limits.heartbeat = .seconds(600)
        limits.stallMax = .seconds(600)
        (limits.headTimeout, limits.bodyGrace) = (.seconds(1_800), .seconds(1_800))
        return limits
    }

    static let password = "a good password"

    /// Starts a server, hands it to the body, and takes it down again.
    static func run(
        limits: WebLimits = limits,
        edge: WebEdge = WebEdge(),
        sourceFolders: [String: [String]] = ["north": ["/srv/scada"], "south": ["/srv/south"]],
        openID: OpenIDDesk? = nil,
        quotas: QuotaSettings = QuotaSettings(),
        keyring: Keyring? = nil,
        logger: Logger? = nil,
        addedRoutes: @escaping @Sendable (Authentication) -> [Route] = { _ in [] },
        _ body: @Sendable @escaping (TestServer) async throws -> Void
    ) async throws {
        await ServerPlaces.shared.take()
        defer { ServerPlaces.shared.giveBack() }
        let folder = try TemporaryDirectory()
        let clock = TestClock()
        let database = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let stores: Stores
        if let keyring {
            stores = try await Stores.open(database, keyring: keyring)
        } else {
            stores = try await Stores.open(database)
        }
        let hub = AlertHub()
        let registry = ModelRegistry(stores: stores, folder: folder.path("models"), time: clock)
        var quiet = Logger(label: "web tests")
        quiet.logLevel = .critical
        let logger = logger ?? quiet
        let lanes = Lanes(
            stores: stores,
            hub: hub,
            // However busy the machine is, no row is late.
            predictions: PredictionDesk(registry: registry, deadline: .seconds(1_800)),
            quotas: QuotaDesk(stores: stores, server: quotas, time: clock),
            time: clock,
            logger: logger
        )
        var timeouts = DeliveryTimeouts()
        // However busy the machine is, nothing is given up.
        (timeouts.connect, timeouts.whole) = (.seconds(1_800), .seconds(1_800))
        let client = WebClient(
            dialer: try Dialer(timeouts: timeouts),
            resolver: NameResolver(),
            rules: TargetRules(["127.0.0.1"]) ?? TargetRules()
        )
        let courier = Courier(lanes: lanes, messenger: Messengers(client: client), time: clock, logger: logger)
        let context = WebContext(
            stores: stores,
            lanes: lanes,
            courier: courier,
            pushKey: "a-public-key",
            hub: hub,
            registry: registry,
            keyDesk: KeyDesk(stores: stores, dataDirectory: folder.path),
            signingKey: try SigningKey(bytes: (1...32).map { UInt8($0 * $0 % 251) }),
            identity: try ServerIdentity(rawKey: Array(1...32)),
            passwordCost: .weakest,
            openID: openID,
            sourceFolders: sourceFolders,
            limits: limits,
            edge: edge,
            logger: logger,
            plantTime: clock,
            now: { clock.now }
        )
        let north = try await organization("north", stores)
        let south = try await organization("south", stores)
        let tokens = try await people(context, north: north, south: south)
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        var web = WebServer(context: context, port: 0) { running.yield($0) }
        web.addedRoutes = addedRoutes
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [lanes, web], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { running.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await tasks.waitForAll()
                return
            }
            let server = TestServer(
                context: context,
                database: database,
                clock: clock,
                port: port,
                north: north,
                south: south,
                contract: try Contract.served.get(),
                group: group,
                tokens: tokens
            )
            do {
                try await body(server)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            database.fail(at: [])
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        withExtendedLifetime(folder) {}
    }

    func token(of person: Person) -> String { tokens[person] ?? "" }

    func email(of person: Person) -> String { "\(person.rawValue)@example.com" }

    /// What the organization's rows mean in these tests: one furnace temperature, one door.
    static func schema(_ slug: String, rules: String = defaultRules) -> String {
        """
        {"organization": "\(slug)", "assetColumn": "machine", "continuousColumns": ["temp"],
         "booleanColumns": ["door"], "sourceStaleSeconds": 300, "rules": [\(rules)]}
        """
    }

    static let defaultRules = #"{"id": "hot", "kind": "limit", "tag": "temp", "high": 100, "highHigh": 200}"#

    /// Rows of one machine, a second apart, of these temperatures.
    func rows(_ temperatures: [Double], machine: String = "furnace-1", from second: Int = 0) -> Data {
        let rows = temperatures.enumerated().map { index, temperature in
            #"{"machine":"\#(machine)","timestamp":"\#(clock.now + .seconds(second + index))","temp":\#(temperature),"door":false}"#
        }
        return Data("[\(rows.joined(separator: ","))]".utf8)
    }

    private static func organization(_ slug: String, _ stores: Stores) async throws -> Organization {
        try await stores.organizations.create(
            slug: slug,
            name: slug.capitalized + " Works",
            at: .t0,
            in: SystemScope(for: .test)
        )
    }

    private static func people(
        _ context: WebContext,
        north: Organization,
        south: Organization
    ) async throws -> [Person: String] {
        let issuer = await AccessTokens(key: context.signingKey, lifetime: context.limits.accessTokenLifetime)
        var generator = SystemRandomNumberGenerator()
        let hash = try PasswordHash(of: password, cost: .weakest, using: &generator)
        var tokens: [Person: String] = [:]
        for person in Person.allCases {
            let (role, organization): (Role, ID<Organization>?) =
                switch person {
                case .root: (.superAdmin, nil)
                case .northAdmin: (.admin, north.id)
                case .northOperator: (.operator, north.id)
                case .southAdmin: (.admin, south.id)
                case .southOperator: (.operator, south.id)
                }
            let user = try await context.stores.users.create(
                email: "\(person.rawValue)@example.com",
                passwordHash: hash,
                role: role,
                organization: organization,
                at: .t0,
                in: SystemScope(for: .test)
            )
            let session = RefreshSession(
                hash: RefreshToken(using: &generator).hash,
                family: .random(using: &generator),
                user: user.id,
                issuedAt: .t0,
                expiresAt: .t0 + context.limits.refreshTokenLifetime
            )
            try await context.stores.users.saveRefresh(session, in: SystemScope(for: .test))
            tokens[person] = try await issuer.issue(for: user.principal(in: session.family), at: .t0).text
        }
        return tokens
    }
}
