import HTTPTypes
import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// Machines' keys, as an organization's admins make and revoke them.
struct APIKeyRoutes: Sendable {
    struct NewAPIKey: Decodable, Sendable {
        let name: String
        let permissions: [Permission]
        let expiresAt: Instant?
    }

    struct APIKeyDocument: Encodable, Sendable {
        let id: ID<APIKey>
        let name: String
        let permissions: [Permission]
        let createdBy: String
        let createdAt: Instant
        let expiresAt: Instant?
        let lastUsedAt: Instant?
        let isExpired: Bool
        /// In the answer that makes it, and never again.
        let key: String?

        init(_ apiKey: APIKey, at now: Instant, text: APIKeyText? = nil) {
            id = apiKey.id
            name = apiKey.name
            permissions = apiKey.permissions.sorted { $0.rawValue < $1.rawValue }
            createdBy = apiKey.createdBy
            createdAt = apiKey.createdAt
            expiresAt = apiKey.expiresAt
            lastUsedAt = apiKey.lastUsedAt
            isExpired = !apiKey.isGood(at: now)
            key = text?.text
        }
    }

    let sessions: Sessions

    var all: [Route] {
        [
            Route(.get, "/api/v1/api-keys", .organization(.readAPIKeys, list)),
            Route(.post, "/api/v1/api-keys", .organization(.manageAPIKeys, create)),
            Route(.delete, "/api/v1/api-keys/{id}", .organization(.manageAPIKeys, revoke)),
        ]
    }

    private func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let keys = try await call.context.stores.apiKeys.list(in: member.scope)
        return try .json(PageDocument(keys.map { APIKeyDocument($0, at: call.now) }))
    }

    private func create(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let new = try await call.json(NewAPIKey.self)
        if let expiry = new.expiresAt, expiry <= call.now { throw Problem.invalid("expiresAt", "has passed already") }
        // Nobody gives away what he has not.
        for permission in new.permissions { try Authorizer(member.principal).require(permission) }
        var generator = SystemRandomNumberGenerator()
        let id = ID<APIKey>.random(using: &generator)
        let text = APIKeyText(for: id, using: &generator)
        let key: APIKey
        do {
            key = try APIKey(
                id: id,
                organization: member.scope.id,
                named: new.name,
                for: new.permissions,
                createdBy: try await call.author(member),
                at: call.now,
                until: new.expiresAt
            )
        } catch let error as APIKeyError {
            throw Problem.invalid(error.key, error.message)
        }
        try await call.context.stores.apiKeys.create(
            key,
            hash: text.hash,
            countMax: try await call.context.lanes.quotas.limits(in: member.scope)[.apiKeys],
            in: member.scope
        )
        var response = try Response.json(APIKeyDocument(key, at: call.now, text: text), status: .created)
        response.headers[.location] = "/api/v1/api-keys/\(id)"
        return response
    }

    private func revoke(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let id: ID<APIKey> = try call.id("API key")
        do {
            try await call.context.stores.apiKeys.revoke(id, at: call.now, in: member.scope)
        } catch let error as StorageError where error.code == .notFound {
            throw Problem.notFound("API key")
        }
        sessions.standings.changed(.apiKey(id))
        return .noContent
    }
}
