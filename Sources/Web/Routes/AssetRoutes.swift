import Hummingbird
import Models
import Plant
import Serving
import Storage
import Trust

/// Assets with what is known of them now, and how old that is; predictions, the newest and the earlier ones.
enum AssetRoutes {
    private struct Assets: Encodable, Sendable {
        let items: [AssetDocument]
        let next: String?
        let now: Instant
    }

    private struct LatestPredictions: Encodable, Sendable {
        let items: [PredictionDocument]
        let now: Instant
    }

    static let all = [
        Route(.get, "/api/v1/assets", .organization(.readAssets, list)),
        Route(.get, "/api/v1/assets/{id}", .organization(.readAssets, one)),
        Route(.get, "/api/v1/predictions", .organization(.readPredictions, predictions)),
        Route(.get, "/api/v1/predictions/latest", .organization(.readPredictions, latest)),
    ]

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "limit", "after")
        let limit = try call.query.limit()
        let after = call.query.text("after") ?? ""
        let following = try await call.context.stores.assets.list(in: member.scope).filter { $0.name > after }
            .sorted { $0.name < $1.name }
        let overview = try await AssetOverview(call, member.scope)
        let page = PageDocument(following, limit: limit, key: { $0.name }, item: { overview.document(of: $0) })
        return try .json(Assets(items: page.items, next: page.next, now: overview.now))
    }

    private static func one(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let id: ID<Asset> = try call.id("asset")
        guard let asset = try await call.context.stores.assets.byID(id, in: member.scope) else {
            throw Problem.notFound("asset")
        }
        return try .json(try await AssetOverview(call, member.scope).document(of: asset))
    }

    private static func latest(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let overview = try await AssetOverview(call, member.scope)
        let items = overview.predictions.values.sorted { $0.asset < $1.asset }.map { overview.document(of: $0) }
        return try .json(LatestPredictions(items: items, now: overview.now))
    }

    private static func predictions(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "asset", "from", "to", "limit", "after")
        let asset = try await call.queriedAsset(in: member.scope)
        let page = try await call.context.stores.predictions.page(
            asset: asset.name,
            from: try call.query.instant("from"),
            to: try call.query.instant("to"),
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: member.scope
        )
        return try .json(PageDocument(page.elements.map { PredictionDocument($0.prediction) }, next: page.next))
    }
}

/// The newest reading and prediction of each asset of an organization, held against the plant's time.
struct AssetOverview: Sendable {
    let now: Instant
    let predictions: [String: Prediction]
    private let readings: [String: ReadingDocument]
    private let staleAfter: Duration
    private let predictionStaleAfter: Duration
    /// Why no predictions are made; nil while they are.
    private let reason: String?
    private let note: String?

    init(_ call: Call, _ scope: OrganizationScope) async throws {
        now = call.context.plantTime.now
        let stored = try await call.context.stores.readings.latest(in: scope)
        let tags = try await call.tags(ofVersions: Set(stored.map(\.schemaVersion)), in: scope)
        readings = Dictionary(
            stored.map { ($0.reading.asset, ReadingDocument($0.reading, tags: tags[$0.schemaVersion] ?? [])) },
            uniquingKeysWith: { $0.at < $1.at ? $1 : $0 }
        )
        predictions = Dictionary(
            try await call.context.stores.predictions.latest(in: scope).map { ($0.prediction.asset, $0.prediction) },
            uniquingKeysWith: { $0.instant < $1.instant ? $1 : $0 }
        )
        let schema = try await call.currentSchema(in: scope)?.schema
        staleAfter = .seconds(schema?.sourceStaleSeconds ?? 300)
        let status = try await call.context.lanes.status(in: scope)
        // Rows come as the serving model wants them, whatever the schema asks of the next one.
        predictionStaleAfter = staleAfter + .seconds(status.predictEverySeconds ?? 0)
        (reason, note) = (status.reason, status.note)
    }

    func document(of asset: Asset) -> AssetDocument {
        let reading = readings[asset.name]
        let age = reading.map { Age(of: $0.at, at: now, limit: staleAfter) }
        let prediction = predictions[asset.name].map { document(of: $0) }
        return AssetDocument(
            id: asset.id,
            name: asset.name,
            isStale: age?.isStale ?? true,
            lastReading: reading.map {
                AssetDocument.LastReading(
                    at: $0.at,
                    ageSeconds: age?.seconds ?? 0,
                    values: $0.values,
                    notGood: $0.notGood
                )
            },
            prediction: prediction,
            predictionNote: reason,
            modelNote: note
        )
    }

    func document(of prediction: Prediction) -> PredictionDocument {
        // Where none is made any more, the last one does not stand for the present, however young.
        let limit = reason == nil ? predictionStaleAfter : .zero
        return PredictionDocument(prediction, age: Age(of: prediction.instant, at: now, limit: limit))
    }
}

extension Call {
    /// The asset that the query's `asset` names by id.
    func queriedAsset(in scope: OrganizationScope) async throws -> Asset {
        guard let id: ID<Asset> = try query.id("asset") else {
            throw Problem(.badRequest, "Name the asset by id: ?asset=<id>. GET /api/v1/assets lists them.")
        }
        guard let asset = try await context.stores.assets.byID(id, in: scope) else { throw Problem.notFound("asset") }
        return asset
    }
}
