import Database
import Delivery
import Foundation
import Logging
package import Plant
import ServiceLifecycle
package import Serving
package import Storage
import Trust
import Web

/// The server with its web face, on a free port of the loopback, over a SQLite file in a folder.
package struct WholeServer: Sendable {
    /// An organization and someone who may see its alarms.
    package struct Tenant: Sendable {
        package let scope: OrganizationScope
        /// An admin's access token, good for a day.
        package let token: String
    }

    package let stores: Stores
    package let lanes: Lanes
    package let tenants: [Tenant]
    package let port: Int

    /// Starts it, hands it to the body, and takes it down again.
    ///
    /// - Parameters:
    ///   - folder: There already; what a former run left in it is gone on with.
    ///   - slugs: Of the organizations, which are made where they are missing.
    ///   - body: What to do with it.
    /// - Returns: What the body returns.
    /// - Throws: What the stores, the server or the body throw.
    package static func run<Value: Sendable>(
        in folder: String,
        organizations slugs: [String],
        _ body: @Sendable @escaping (WholeServer) async throws -> Value
    ) async throws -> Value {
        let time = SystemTime()
        var logger = Logger(label: "eagle.benchmark") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        let stores = try await Stores.open(SQLiteDatabase(.file(folder + "/eagle.sqlite")))
        let hub = AlertHub()
        let registry = ModelRegistry(stores: stores, folder: folder + "/models", time: time)
        let desk = PredictionDesk(registry: registry)
        let lanes = Lanes(
            stores: stores,
            hub: hub,
            predictions: desk,
            quotas: QuotaDesk(stores: stores, server: try plenty(), time: time),
            time: time,
            logger: logger
        )
        let client = WebClient(dialer: try Dialer(), resolver: NameResolver(), rules: TargetRules())
        let courier = Courier(lanes: lanes, messenger: Messengers(client: client), time: time, logger: logger)
        var limits = WebLimits()
        limits.accessTokenLifetime = .seconds(86_400)
        let key = try SigningKey(bytes: (1...32).map { UInt8($0 * $0 % 251) })
        let context = WebContext(
            stores: stores,
            lanes: lanes,
            courier: courier,
            hub: hub,
            registry: registry,
            signingKey: key,
            identity: try ServerIdentity(rawKey: Array(1...32)),
            passwordCost: .weakest,
            limits: limits,
            logger: logger
        )
        let issuer = await AccessTokens(key: key, lifetime: limits.accessTokenLifetime)
        var tenants: [Tenant] = []
        for slug in slugs { tenants.append(try await tenant(slug, stores, issuer)) }
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let web = WebServer(context: context, port: 0) { running.yield($0) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [lanes, courier, web], logger: logger)
        )
        return try await withThrowingTaskGroup(of: Void.self) { [tenants] tasks in
            tasks.addTask {
                defer { running.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await tasks.waitForAll()
                throw CancellationError()
            }
            let server = WholeServer(stores: stores, lanes: lanes, tenants: tenants, port: port)
            do {
                let value = try await body(server)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return value
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
    }

    /// More than is ever measured: what one organization may take of a server is not in the figures.
    private static func plenty() throws -> QuotaSettings {
        try QuotaSettings([
            .readingsPerSecond: 1_000_000, .readingsBurst: 10_000_000, .requestsPerSecond: 1_000_000,
            .requestsBurst: 10_000_000, .streams: 100_000,
        ])
    }

    private static func tenant(_ slug: String, _ stores: Stores, _ issuer: AccessTokens) async throws -> Tenant {
        var generator = SystemRandomNumberGenerator()
        let authorizer = Authorizer(Principal(user: .random(using: &generator), organization: nil, role: .superAdmin))
        let system = try authorizer.systemScope(.manageOrganizations)
        let now = SystemTime().now
        let known = try await stores.organizations.bySlug(slug, in: system)
        let organization: Organization
        if let known {
            organization = known
        } else {
            organization = try await stores.organizations.create(slug: slug, name: slug, at: now, in: system)
        }
        let user = try await stores.users.create(
            email: "\(UUID().uuidString)@example.com",
            passwordHash: PasswordHash(of: "a good password", cost: .weakest, using: &generator),
            role: .admin,
            organization: organization.id,
            at: now,
            in: system
        )
        let session = RefreshSession(
            hash: RefreshToken(using: &generator).hash,
            family: .random(using: &generator),
            user: user.id,
            issuedAt: now,
            expiresAt: now + .seconds(86_400)
        )
        try await stores.users.saveRefresh(session, in: system)
        let token = try await issuer.issue(for: user.principal(in: session.family), at: now).text
        return Tenant(scope: try authorizer.scope(for: organization.id), token: token)
    }
}

/// A folder in `TMPDIR`, gone afterwards.
package func inTemporaryFolder(_ body: (String) async throws -> Void) async throws {
    let folder = NSTemporaryDirectory() + "/eagle-load-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

/// Of many durations in milliseconds.
package struct Spread: CustomStringConvertible {
    private let sorted: [Double]

    package init(_ milliseconds: [Double]) { sorted = milliseconds.sorted() }

    package var count: Int { sorted.count }
    package var max: Double { sorted.last ?? .nan }

    package func percentile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    package var description: String {
        let figures = [("p50", percentile(0.5)), ("p99", percentile(0.99)), ("max", max)]
        return figures.map { "\($0) \(String(format: "%8.2f", $1)) ms" }.joined(separator: "  ")
    }
}
