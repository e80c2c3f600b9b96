import Alarms
import Connectors
import FoundationEssentials
import Hummingbird
import NIOCore
import Plant
import Serving
import Storage
import Trust

/// What the organization's rows mean, and its rules.
enum SchemaRoutes {
    private struct SchemaVersion: Encodable, Sendable {
        let version: Int
        let createdAt: Instant
        let document: SchemaDocument
    }

    private struct Rules: Encodable, Sendable {
        let schemaVersion: Int
        let items: [AlarmRule]
    }

    static let all = [
        Route(.get, "/api/v1/schema", .organization(.readSchema, get)),
        Route(.put, "/api/v1/schema", .organization(.writeSchema, put)),
        Route(.get, "/api/v1/rules", .organization(.readSchema, rules)),
    ]

    private static func get(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try await answer(call, member)
    }

    private static func put(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let mediaType = try call.requireMediaType([MediaTypes.json] + MediaTypes.yamls)
        let body = try await call.body(upTo: call.context.limits.documentByteCountMax)
        let document =
            mediaType == MediaTypes.json
            ? try SchemaFile.parse(json: Data(body.readableBytesView))
            : try SchemaFile.parse(String(buffer: body), path: "body", allowsAliases: false)
        let organization = try await call.context.stores.organizations.organization(in: member.scope)
        guard document.schema.organization == organization.slug else {
            throw Problem.invalid(
                "organization",
                "is '\(document.schema.organization)', but this is the schema of '\(organization.slug)'"
            )
        }
        let text = try JSONText.encode(document)
        try JSONText.refuseNUL(in: text)
        _ = try await call.context.stores.schemas.put(
            String(buffer: text),
            by: try await call.author(member),
            // From then on the switch alone says so.
            startingPrediction: document.schema.predictionEnabled && member.principal.may(.deployModels),
            at: call.now,
            in: member.scope
        )
        call.context.lanes.configurationChanged(in: member.scope)
        return try await answer(call, member)
    }

    private static func rules(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "version")
        let wanted = try call.query.integer("version", in: 1...Int64(Int32.max))
        guard let current = try await call.schema(version: wanted.map(Int.init), in: member.scope) else {
            throw Problem.notFound(wanted == nil ? "schema" : "version")
        }
        return try .json(Rules(schemaVersion: current.version, items: current.document.rules))
    }

    private static func answer(_ call: Call, _ member: Member) async throws -> Response {
        guard let current = try await call.currentSchema(in: member.scope) else { throw Problem.notFound("schema") }
        return try .json(
            SchemaVersion(version: current.version, createdAt: current.createdAt, document: current.document)
        )
    }
}

/// A schema in force, read.
struct CurrentSchema: Sendable {
    let version: Int
    let createdAt: Instant
    let document: SchemaDocument

    init(_ stored: StoredSchema) throws {
        version = stored.version
        createdAt = stored.createdAt
        document = try JSONDecoder().decode(SchemaDocument.self, from: Data(stored.document.utf8))
    }

    var schema: SignalSchema { document.schema }
}

extension Call {
    func currentSchema(in scope: OrganizationScope) async throws -> CurrentSchema? {
        try await context.stores.schemas.current(in: scope).map { try stored($0) }
    }

    /// One version, or the one in force.
    func schema(version: Int?, in scope: OrganizationScope) async throws -> CurrentSchema? {
        guard let version else { return try await currentSchema(in: scope) }
        return try await context.stores.schemas.version(version, in: scope).map { try stored($0) }
    }

    /// The tags of each version, for readings that came under different ones.
    func tags(ofVersions versions: Set<Int>, in scope: OrganizationScope) async throws -> [Int: [Tag]] {
        var tags: [Int: [Tag]] = [:]
        for version in versions {
            let stored = try await context.stores.schemas.version(version, in: scope)
            tags[version] = try stored.map { try self.stored($0).schema.tags }
        }
        return tags
    }

    private func stored(_ schema: StoredSchema) throws -> CurrentSchema {
        do {
            return try CurrentSchema(schema)
        } catch {
            // What was accepted once and can't be read now is the server's fault, not the client's.
            throw Problem(.internalError, "It was logged under the request's id.", cause: error)
        }
    }
}
