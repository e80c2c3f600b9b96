import Alarms
import Hummingbird
import Models
import Plant
import Serving
import Storage
import Trust

/// How an organization's models are served: where they are, how fast they answer, and what stands in their way.
enum ServingRoutes {
    private struct Serving: Encodable, Sendable {
        struct Live: Encodable, Sendable {
            let version: ModelVersion
            /// When it became live.
            let since: Instant?
            /// Over data that it had never seen.
            let accuracy: Double?
            let prAUC: Double?
            let brier: Double?
        }

        struct Cache: Encodable, Sendable {
            let policy: CachePolicy
            let mine: CacheFigures
        }

        let now: Instant
        let predictionEnabled: Bool
        let live: Live?
        let cache: Cache
        let predictions: PredictionFigures
        let breakers: Breakers
        let waitingRows: Int
    }

    static let all = [
        Route(.get, "/api/v1/serving", .organization(.readModels, serving)),
        Route(.get, "/api/v1/models/{hash}/health", .organization(.readModels, health)),
        Route(.get, "/api/v1/system-alarms", .organization(.deployModels, systemAlarms)),
    ]

    private static func serving(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let (stores, lanes) = (call.context.stores, call.context.lanes)
        let status = try await lanes.status(in: member.scope)
        var live: Serving.Live?
        if let champion = try await stores.models.champion(in: member.scope) {
            let metrics = try await stores.metrics.metrics(of: champion.version, in: member.scope)
            let entry = try await stores.models.ledger(of: .champion, in: member.scope).first
            live = Serving.Live(
                version: champion.version,
                since: entry?.at,
                accuracy: metrics?.accuracy,
                prAUC: metrics?.prAUC,
                brier: metrics?.brier
            )
        }
        let organization = try await stores.organizations.organization(in: member.scope)
        let cache = lanes.predictions.registry.cache
        return try .json(
            Serving(
                now: call.context.plantTime.now,
                predictionEnabled: organization.predictionEnabled,
                live: live,
                cache: Serving.Cache(policy: cache.policy, mine: cache.figures(in: member.scope)),
                predictions: lanes.predictions.metrics.figures(in: member.scope),
                breakers: status.breakers,
                waitingRows: status.waitingRows
            )
        )
    }

    private static func health(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        guard let version = ModelVersion(hash: call.parameters["hash"] ?? ""),
            try await call.context.stores.models.byHash(version, in: member.scope) != nil
        else { throw Problem.notFound("model") }
        return try .json(try await call.context.lanes.validateHealth(of: version, in: member.scope))
    }

    private static func systemAlarms(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "limit")
        let alarms = try await call.context.stores.systemAlarms.newest(
            limit: try call.query.limit(),
            in: member.scope
        )
        return try .json(PageDocument(alarms))
    }
}
