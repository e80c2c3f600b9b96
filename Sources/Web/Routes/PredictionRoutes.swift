import Connectors
import Features
import FoundationEssentials
import Hummingbird
import Models
import Plant
import Serving
import Storage
import Trust

/// What the live model says of rows that somebody sends, none of which is kept.
enum PredictionRoutes {
    /// A feature row by its columns' names; null is a missing value.
    fileprivate struct FeatureRowDocument: Decodable, Sendable {
        let asset: String
        let at: Instant?
        let features: [String: Double?]
    }

    private struct Request: Decodable, Sendable {
        let rows: [FeatureRowDocument]?
        let model: ModelVersion?
    }

    private struct Answer: Encodable, Sendable {
        let modelVersion: ModelVersion
        let kind: ModelKind
        let horizonMinutes: Int
        /// At which an alarm would be raised.
        let threshold: Double
        let predictions: [PredictionDocument]
        /// Readings that brought no row of which the model can say something.
        let withoutPrediction: Int
    }

    static let rowCountMax = 1_000

    static let all = [Route(.post, "/api/v1/predictions", .organization(.readPredictions, predict), audited: .never)]

    private static func predict(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        try call.requireMediaType(["application/json"])
        let organization = try await call.context.stores.organizations.organization(in: member.scope)
        guard organization.predictionEnabled else {
            throw Problem(.conflict, "Predictions are switched off: PUT /api/v1/prediction-switch switches them on.")
        }
        let body = try await call.body(upTo: call.context.limits.documentByteCountMax)
        try JSONText.refuseNUL(in: body)
        let bytes = Array(body.readableBytesView)
        let request: Request
        do { request = try JSONDecoder().decode(Request.self, fromOutside: Data(bytes)) } catch let error
            as DecodingError
        {
            throw Problem(error)
        }
        if let rows = request.rows {
            return try .json(try await answer(to: rows, of: request.model, call, member))
        }
        guard request.model == nil else {
            throw Problem.invalid("model", "readings go through the live model's features: leave it out")
        }
        return try .json(try await answer(toReadingsIn: bytes, call, member))
    }

    // MARK: - Feature rows

    private static func answer(
        to rows: [FeatureRowDocument],
        of wanted: ModelVersion?,
        _ call: Call,
        _ member: Member
    ) async throws -> Answer {
        guard (1...rowCountMax).contains(rows.count) else {
            throw Problem.invalid("rows", "must be 1 to \(rowCountMax): there are \(rows.count)")
        }
        let version = try await version(wanted, call, member)
        let manifest = try await call.context.registry.manifest(of: version, in: member.scope)
        let names = manifest.view.featureNames
        let values = try rows.enumerated().map { index, row in try row.values(of: names, at: index) }
        let outputs = try await call.context.lanes.outputs(for: values, of: version, in: member.scope)
        let now = call.context.plantTime.now
        let predictions = zip(rows, outputs).map { row, output in
            PredictionDocument(output.prediction(asset: row.asset, instant: row.at ?? now, version: version))
        }
        return answer(manifest, version, predictions)
    }

    /// The version that is asked for, where the organization has it; else the one that is live.
    private static func version(_ wanted: ModelVersion?, _ call: Call, _ member: Member) async throws -> ModelVersion {
        let models = call.context.stores.models
        if let wanted {
            guard try await models.byHash(wanted, in: member.scope) != nil else { throw Problem.notFound("model") }
            return wanted
        }
        guard let champion = try await models.champion(in: member.scope) else {
            throw Problem(.conflict, "No model is live: train one and deploy it.")
        }
        return champion.version
    }

    // MARK: - Readings

    private static func answer(toReadingsIn bytes: [UInt8], _ call: Call, _ member: Member) async throws -> Answer {
        guard let current = try await call.currentSchema(in: member.scope) else {
            throw Problem(.schemaMissing, "Say first what the rows mean: PUT /api/v1/schema.")
        }
        var mapper = try PushMapper(schema: current.schema, after: [:])
        let rows = try mapper.rows(in: bytes, as: .json)
        if let first = rows.problems.first {
            throw Problem(
                .invalid,
                "A row can't be read: \(first.reason)",
                errors: rows.problems.prefix(20).map { Problem.Detail(path: ["row \($0.row)"], message: $0.reason) }
            )
        }
        if let first = rows.quarantined.first { throw Problem.invalid("readings", "\(first.row): \(first.reason)") }
        guard (1...rowCountMax).contains(rows.readings.count) else {
            throw Problem.invalid("readings", "must be 1 to \(rowCountMax): there are \(rows.readings.count)")
        }
        let said = try await call.context.lanes.preview(
            rows.readings,
            tags: current.schema.tags,
            in: member.scope
        )
        return answer(
            said.manifest,
            said.version,
            said.predictions.map { PredictionDocument($0) },
            withoutPrediction: said.withoutRow
        )
    }

    private static func answer(
        _ manifest: ModelManifest,
        _ version: ModelVersion,
        _ predictions: [PredictionDocument],
        withoutPrediction: Int = 0
    ) -> Answer {
        Answer(
            modelVersion: version,
            kind: manifest.kind,
            horizonMinutes: manifest.horizonMinutes,
            threshold: manifest.threshold,
            predictions: predictions,
            withoutPrediction: withoutPrediction
        )
    }
}

extension PredictionRoutes.FeatureRowDocument {
    /// In the view's order; NaN where null.
    fileprivate func values(of names: [String], at index: Int) throws(Problem) -> [Float] {
        let place = "rows[\(index)].features"
        if let stranger = features.keys.sorted().first(where: { !names.contains($0) }) {
            throw Problem.invalid(place, "the model has no feature '\(stranger)': its card lists \(names.count)")
        }
        var values: [Float] = []
        for name in names {
            guard let value = features[name] else {
                throw Problem.invalid(place, "the feature '\(name)' is not there: send null where it is missing")
            }
            values.append(value.map { Float($0) } ?? .nan)
        }
        return values
    }
}
