import Alarms
import Connectors
import Database
import Models
import Plant
import Serving
import Storage
import Training
import Trust

/// One simulated plant on its way through the demo: its organization, its people, its database.
struct DemoPlant: Sendable {
    let plant: SimulatedPlant
    let title: String
    let document: SchemaDocument
    /// How much of the history the server reads itself, so that its windows are full when the live part begins.
    let leadIn: Duration

    static func all(seed: UInt64) throws -> [DemoPlant] {
        try [
            DemoPlant(.furnaceLine(seed: seed), title: "Northwind, a heat-treatment furnace line"),
            DemoPlant(.pumpStation(seed: seed), title: "Harbor, a pump station"),
            DemoPlant(.machineTools(seed: seed), title: "Toolworks, eight machine tools"),
        ]
    }

    private init(_ plant: SimulatedPlant, title: String) throws {
        self.plant = plant
        self.title = title
        document = try SchemaFile.parse(plant.schemaDocumentYAML, path: "\(plant.organization).yaml")
        let schema = document.schema
        let reach = max(
            schema.rollingWindows.max() ?? 0,
            schema.lagSeconds.max().map { $0 + schema.staleAfterSeconds } ?? 0
        )
        leadIn = .seconds(reach + schema.allowedLatenessSeconds)
    }

    /// The history as the plant's collector wrote it, mapped and in order, with the failures on record.
    func history(progress: TrainingProgressHandler) throws -> (readings: [Reading], failures: [FailureEvent]) {
        let names = plant.columns.map(\.name)
        var mapper = try SignalMapper(schema: document.schema, zone: document.schema.zoneOffsets(), columns: names)
        let span = (plant.liveStart - plant.historyStart).microseconds
        var readings: [Reading] = []
        for row in plant.rows(from: plant.historyStart, to: plant.liveStart) {
            if readings.count.isMultiple(of: 4_096) {
                let done = (row.arrival - plant.historyStart).microseconds
                progress(TrainingProgress(.readingRows, done: Int(done / 1_000_000), total: Int(span / 1_000_000)))
            }
            switch mapper.map(row.values) {
            case .reading(let reading): readings.append(reading)
            case .quarantined: continue
            }
        }
        let failures = plant.failures(from: plant.historyStart, to: plant.liveStart)
        return (readings.sortedByAssetAndInstant(), failures)
    }
}

/// A demo plant's organization on the server, and who may sign in.
struct DemoTenant: Sendable {
    let demo: DemoPlant
    let scope: OrganizationScope
    let scada: PlantDatabase
    let admin: (email: String, password: String)
    let operatorName: (email: String, password: String)

    /// Makes the organization, its users, its model and its SCADA database.
    init(_ demo: DemoPlant, model: [UInt8], assembly: Assembly, now: Instant) async throws {
        self.demo = demo
        let system = SystemScope(for: .administration)
        let slug = demo.plant.organization
        let organization = try await assembly.stores.organizations.create(
            slug: slug,
            name: demo.title,
            at: now,
            in: system
        )
        scope = OrganizationScope(provenFor: organization.id)
        admin = try await Self.user("admin@\(slug).example", .admin, organization.id, assembly.stores, now)
        operatorName = try await Self.user("operator@\(slug).example", .operator, organization.id, assembly.stores, now)
        _ = try await assembly.stores.schemas.put(SchemaText.text(demo.document), by: nil, at: now, in: scope)
        let registered = try await assembly.registry.register(model, in: scope)
        _ = try await assembly.registry.deploy(
            registered.version,
            by: "demo",
            reason: "trained from the plant's history",
            in: scope
        )
        try await assembly.stores.organizations.setPredictionEnabled(true, in: scope)
        let path = "\(assembly.configuration.dataDirectory)/\(slug)-scada.sqlite"
        scada = PlantDatabase(demo.plant, in: try SQLiteDatabase(.file(path)))
        try await scada.create()
        var settings = SourceSettings(kind: .sqlite, path: path, table: demo.plant.table).resolved
        settings.orderColumn = demo.plant.columns.first { $0.kind == .identifier }?.name
        settings.pollEverySeconds = 600  // Of the plant's fast time.
        var generator = SystemRandomNumberGenerator()
        let source = SourceConfiguration(
            id: .random(using: &generator),
            name: "main",
            configuration: try settings.text()
        )
        try await assembly.stores.sources.put(source, at: now, in: scope)
    }

    private static func user(
        _ email: String,
        _ role: Role,
        _ organization: ID<Organization>,
        _ stores: Stores,
        _ now: Instant
    ) async throws -> (email: String, password: String) {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        let password = String((0..<12).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
        _ = try await stores.users.create(
            email: email,
            passwordHash: PasswordHash(of: password, using: &generator),
            role: role,
            organization: organization,
            at: now,
            in: SystemScope(for: .administration)
        )
        return (email, password)
    }
}
