import Alarms
import Database
import Foundation
import Models
import Plant
import Serving
import Storage
import Trust
import Workload

/// Organizations with a model each, in a registry over a store on disk.
struct Fleet: Sendable {
    struct Member: Sendable {
        let scope: OrganizationScope
        let version: ModelVersion
    }

    let stores: Stores
    let registry: ModelRegistry
    let desk: PredictionDesk
    let members: [Member]
    let rows: [[Float]]
    let fileByteCount: Int

    init(
        models count: Int,
        treeCount: Int,
        budget: CacheBudget,
        policy: CachePolicy = .auto,
        _ folder: String
    ) async throws {
        let model = try TrainedModel(treeCount: treeCount)
        let time = SystemTime()
        stores = try await Stores.open(SQLiteDatabase(.file(folder + "/eagle.sqlite")))
        registry = ModelRegistry(stores: stores, folder: folder + "/models", time: time, budget: budget, policy: policy)
        // Whoever measures memory has time.
        desk = PredictionDesk(registry: registry, deadline: .seconds(60))
        var generator = SystemRandomNumberGenerator()
        let authorizer = Authorizer(Principal(user: .random(using: &generator), organization: nil, role: .superAdmin))
        let system = try authorizer.systemScope(.manageOrganizations)
        var members: [Member] = []
        var fileByteCount = 0
        for number in 0..<count {
            let slug = "plant-\(number)"
            let organization = try await stores.organizations.create(slug: slug, name: slug, at: time.now, in: system)
            let scope = try authorizer.scope(for: organization.id)
            let text = try SchemaText.text(SyntheticPlant(organization: slug, seed: 1).document())
            let bytes = try model.artifact.renamed(organization: slug, schemaDocument: text).bytes()
            fileByteCount = bytes.count
            members.append(Member(scope: scope, version: try await registry.register(bytes, in: scope).version))
        }
        self.members = members
        self.fileByteCount = fileByteCount
        rows = model.rows
    }

    func ask(_ number: Int) async throws -> ModelOutput? {
        let member = members[number]
        let row = rows[number % rows.count]
        return try await desk.outputs(for: [row], of: member.version, priority: .live, in: member.scope).outputs.first
    }

    /// In `TMPDIR`, gone afterwards.
    static func inTemporaryFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "/eagle-serving-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }
}
