import FoundationEssentials
import Hummingbird
import NIOCore
import Plant
import Serving
import Storage
import Trust

/// How an organization's readings come, and how far they have come.
enum SourceRoutes {
    struct Status: Encodable, Sendable {
        let kind: SourceSettings.Kind
        /// How far the source has been read, in its own terms; absent where it has not been, or pushes.
        let cursor: String?
        let newestReading: Instant?
        let ageSeconds: Double?
        let isStale: Bool
        let accepted: Int64
        let repeated: Int64
        let conflicting: Int64
        let quarantined: Int64
        /// Why it can't be read at present; absent while it can.
        let problem: String?
    }

    static let all = [
        Route(.get, "/api/v1/source", .organization(.readSources, get)),
        Route(.put, "/api/v1/source", .organization(.manageSources, put)),
        Route(.get, "/api/v1/source/status", .organization(.readSources, getStatus)),
        Route(.post, "/api/v1/source/rewind", .organization(.manageSources, rewind)),
    ]

    private static func get(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try .json(try await current(call, member.scope)?.document ?? SourceSettings.push)
    }

    private static func put(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let document = try await call.json(SourceSettings.self).resolved
        let organization = try await call.context.stores.organizations.organization(in: member.scope)
        if let problem = document.problem(
            folders: call.context.sourceFolders[organization.slug] ?? [],
            isAnywhereAllowed: member.principal.role == .superAdmin
        ) {
            throw problem
        }
        var generator = SystemRandomNumberGenerator()
        // One that nobody can open any more gives way to the one that is put.
        try await call.context.stores.sources.removeUnreadable(in: member.scope)
        let former = try await current(call, member.scope)
        var id = ID<SourceConfiguration>.random(using: &generator)
        if let former {
            // Another source begins at its own beginning: the cursor goes with the one it is of.
            if former.document.isSameSource(as: document) {
                id = former.id
            } else {
                _ = try await call.context.stores.sources.remove(former.id, in: member.scope)
            }
        }
        let configuration = SourceConfiguration(
            id: id,
            name: "main",
            configuration: String(buffer: try JSONText.encode(document))
        )
        try await call.context.stores.sources.put(configuration, at: call.now, in: member.scope)
        call.context.lanes.configurationChanged(in: member.scope)
        return try .json(document)
    }

    /// Lets the source be read from its beginning again: rows that are there change nothing.
    private static func rewind(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        guard let source = try await current(call, member.scope), source.document.kind != .push else {
            throw Problem(.conflict, "The organization pushes its readings: send what is missing again.")
        }
        var generator = SystemRandomNumberGenerator()
        try await call.context.stores.sources.rewind(
            source.id,
            as: ID.random(using: &generator),
            at: call.now,
            in: member.scope
        )
        call.context.lanes.configurationChanged(in: member.scope)
        return try .json(try await status(call, member.scope))
    }

    private static func getStatus(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try .json(try await status(call, member.scope))
    }

    static func status(_ call: Call, _ scope: OrganizationScope) async throws -> Status {
        let stores = call.context.stores
        let source = try await current(call, scope)
        let newest = try await stores.readings.latest(in: scope).map(\.reading.instant).max()
        let schema = try await call.currentSchema(in: scope)?.schema
        let age = newest.map {
            Age(of: $0, at: call.context.plantTime.now, limit: .seconds(schema?.sourceStaleSeconds ?? 300))
        }
        let counts = try await stores.readings.counts(in: scope)
        var cursor: Cursor?
        if let source { cursor = try await stores.sources.cursor(of: source.id, in: scope) }
        return Status(
            kind: source?.document.kind ?? .push,
            cursor: cursor == .start ? nil : cursor?.position,
            newestReading: newest,
            ageSeconds: age?.seconds,
            isStale: age?.isStale ?? true,
            accepted: counts.accepted,
            repeated: counts.repeated,
            conflicting: counts.conflicting,
            quarantined: counts.quarantined,
            problem: try await call.context.lanes.status(in: scope).sourceProblem
        )
    }

    private static func current(
        _ call: Call,
        _ scope: OrganizationScope
    ) async throws -> (id: ID<SourceConfiguration>, document: SourceSettings)? {
        guard let stored = try await call.context.stores.sources.list(in: scope).first else { return nil }
        do {
            return (stored.id, try JSONDecoder().decode(SourceSettings.self, from: Data(stored.configuration.utf8)))
        } catch {
            throw Problem(.internalError, "It was logged under the request's id.", cause: error)
        }
    }
}
