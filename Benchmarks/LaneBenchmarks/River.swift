import Database
import Foundation
import Logging
import Models
import Plant
import Serving
import Storage
import Trust
import Workload

/// A server without its faces: a store on disk, the lanes, and organizations with a schema and perhaps a model.
struct River: Sendable {
    let database: SQLiteDatabase
    let stores: Stores
    let hub = AlertHub()
    let lanes: Lanes
    let tenants: [Tenant]

    /// Lays out a data directory.
    ///
    /// - Parameters:
    ///   - plan: How many organizations.
    ///   - folder: Where; it is there already, and empty.
    ///   - model: Copied for every organization and deployed; nil for rules alone.
    /// - Throws: What the stores and the registry throw.
    init(_ plan: LoadPlan, in folder: String, model: ModelArtifact?) async throws {
        let time = SystemTime()
        let database = try SQLiteDatabase(.file(folder + "/eagle.sqlite"))
        let stores = try await Stores.open(database)
        let registry = ModelRegistry(stores: stores, folder: folder + "/models", time: time)
        var logger = Logger(label: "eagle.benchmark") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        var generator = SystemRandomNumberGenerator()
        let authorizer = Authorizer(
            Principal(user: .random(using: &generator), organization: nil, role: .superAdmin)
        )
        let system = try authorizer.systemScope(.manageOrganizations)
        var tenants: [Tenant] = []
        for number in 0..<plan.organizations {
            let plant = SyntheticPlant(organization: "plant-\(number)", seed: UInt64(number + 2))
            let organization = try await stores.organizations.create(
                slug: plant.organization,
                name: plant.organization,
                at: time.now,
                in: system
            )
            let scope = try authorizer.scope(for: organization.id)
            let text = try SchemaText.text(plant.document())
            let version = try await stores.schemas.put(text, at: time.now, in: scope)
            if let model {
                let bytes = try model.renamed(organization: plant.organization, schemaDocument: text).bytes()
                let registered = try await registry.register(bytes, in: scope)
                _ = try await registry.deploy(registered.version, by: "benchmark", reason: "measured", in: scope)
                try await stores.organizations.setPredictionEnabled(true, in: scope)
            }
            tenants.append(
                Tenant(plant: plant, scope: scope, schemaVersion: version, machines: plan.machines)
            )
        }
        self.database = database
        self.stores = stores
        self.tenants = tenants
        lanes = Lanes(
            stores: stores,
            hub: hub,
            predictions: PredictionDesk(registry: registry),
            time: time,
            logger: logger
        )
    }

    /// Waits until every lane predicts.
    func waitUntilPredicting() async throws {
        for tenant in tenants {
            try await wait(for: "the model of \(tenant.plant.organization) to serve") {
                try await lanes.status(in: tenant.scope).predictions == .on
            }
        }
    }

    /// Waits until no reading is left behind a lane's cursor.
    func waitUntilDrained() async throws {
        for tenant in tenants {
            try await wait(for: "the lane of \(tenant.plant.organization) to catch up") {
                let status = try await lanes.status(in: tenant.scope)
                return status.behind == 0 && status.cursor > 0
            }
        }
    }

    /// In `TMPDIR`, which says what disk is measured.
    static func inTemporaryFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "eagle-benchmark-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }

    /// - Throws: ``LoadFault`` after ten minutes.
    func wait(for what: String, _ isThere: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(600)
        while try await !isThere() {
            guard ContinuousClock.now < deadline else { throw LoadFault(description: "waited in vain for \(what)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}

/// Why a load has no figures.
struct LoadFault: Error, CustomStringConvertible {
    let description: String
}
