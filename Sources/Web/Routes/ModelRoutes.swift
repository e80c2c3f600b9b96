import Features
import FoundationEssentials
import Hummingbird
import Models
import NIOCore
import Plant
import Serving
import Storage
import Trust

/// The organization's models: which there are, which serves, and since when and why.
enum ModelRoutes {
    private struct ModelDocument: Encodable, Sendable {
        let version: ModelVersion
        let byteSize: Int
        let registeredAt: Instant
        let isLive: Bool
        let kind: ModelKind?
        let horizonMinutes: Int?
        let threshold: Double?
        let components: [String]?
        let featureCount: Int?
    }

    private struct LedgerDocument: Encodable, Sendable {
        let number: Int64
        let alias: ModelAlias
        let from: ModelVersion?
        let to: ModelVersion?
        let by: String
        let reason: String
        let at: Instant
        let undoes: Int64?
        let trainingRun: ID<TrainingLog>?

        init(_ entry: LedgerEntry) {
            number = entry.number
            alias = entry.alias
            from = entry.from
            to = entry.to
            by = entry.by
            reason = entry.reason
            at = entry.at
            undoes = entry.undoes
            trainingRun = entry.run
        }
    }

    private struct Why: Decodable, Sendable {
        let reason: String
    }

    private struct Switch: Codable, Sendable {
        let predictionEnabled: Bool
    }

    static let all = [
        Route(.get, "/api/v1/models", .organization(.readModels, list)),
        Route(.post, "/api/v1/models", .organization(.deployModels, upload)),
        Route(.get, "/api/v1/models/ledger", .organization(.readModels, ledger)),
        Route(.get, "/api/v1/models/trials", .organization(.readModels, trials)),
        Route(.post, "/api/v1/models/rollback", .organization(.deployModels, rollback)),
        Route(.get, "/api/v1/models/{hash}", .organization(.readModels, one)),
        Route(.post, "/api/v1/models/{hash}/deploy", .organization(.deployModels, deploy)),
        Route(.get, "/api/v1/models/{hash}/card", .organization(.readModels, card)),
        Route(.get, "/api/v1/models/{hash}/what-if", .organization(.readModels, whatIf)),
        Route(.get, "/api/v1/prediction-switch", .organization(.readModels, readSwitch)),
        Route(.put, "/api/v1/prediction-switch", .organization(.deployModels, setSwitch)),
    ]

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let champion = try await call.context.stores.models.champion(in: member.scope)
        let models = try await call.context.stores.models.list(in: member.scope)
        return try .json(PageDocument(models.map { document($0, champion: champion) }))
    }

    private static func one(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try await answer(try await model(call, member), call, member)
    }

    private static func upload(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        try call.requireMediaType(["application/octet-stream"])
        let body = try await call.body(upTo: call.context.limits.modelByteCountMax)
        let model = try await call.context.registry.register(
            Array(body.readableBytesView),
            countMax: try await call.context.lanes.quotas.modelCountMax(in: member.scope),
            in: member.scope
        )
        var response = try await answer(model, call, member)
        response.status = .created
        response.headers[.location] = "/api/v1/models/\(model.version.hash)"
        return response
    }

    private static func deploy(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let why = try await reason(call)
        let model = try await model(call, member)
        let author = try await call.author(member)
        _ = try await call.context.registry.deploy(model.version, by: author, reason: why, in: member.scope)
        call.context.lanes.configurationChanged(in: member.scope)
        return try await live(call, member)
    }

    private static func rollback(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let why = try await reason(call)
        let author = try await call.author(member)
        _ = try await call.context.registry.rollback(by: author, reason: why, in: member.scope)
        call.context.lanes.configurationChanged(in: member.scope)
        return try await live(call, member)
    }

    private static func ledger(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "at", "alias")
        let models = call.context.stores.models
        let alias = try call.query.choice("alias", ModelAlias.self)
        guard let instant = try call.query.instant("at") else {
            let entries = try await models.ledger(of: alias, in: member.scope)
            return try .json(PageDocument(entries.map { LedgerDocument($0) }))
        }
        let entry = try await models.entry(of: alias ?? .champion, at: instant, in: member.scope)
        return try .json(PageDocument([entry].compactMap { $0.map { LedgerDocument($0) } }))
    }

    private struct TrialDocument: Encodable, Sendable {
        let alias: ModelAlias
        let version: ModelVersion
        let champion: ModelVersion?
        let outcome: TrialReport.Outcome
        /// Nil until the outcomes of the first block of rows are known.
        let report: TrialReport?
    }

    private static func trials(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let stores = call.context.stores
        let champion = try await stores.models.champion(in: member.scope)?.version
        var trials: [TrialDocument] = []
        for alias in ModelAlias.rivals {
            guard let version = try await stores.models.model(as: alias, in: member.scope)?.version else { continue }
            let kept = try await stores.rivals.trial(of: version, in: member.scope)
            let report = try kept.map { try JSONDecoder().decode(TrialReport.self, from: Data($0.utf8)) }
            trials.append(
                TrialDocument(
                    alias: alias,
                    version: version,
                    champion: champion,
                    outcome: report?.outcome ?? .undecided,
                    report: report
                )
            )
        }
        return try .json(PageDocument(trials))
    }

    // MARK: - What a model says of itself

    private struct CardDocument: Encodable, Sendable {
        let version: ModelVersion
        let manifest: ModelManifest
        let report: ModelReport?
    }

    private static func card(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let version = try await model(call, member).version
        let (manifest, report) = try await call.context.registry.card(of: version, in: member.scope)
        guard try call.representation(of: [MediaTypes.json, MediaTypes.html]) == MediaTypes.html else {
            return try .json(CardDocument(version: version, manifest: manifest, report: report))
        }
        let nonce = String(UInt64.random(in: .min ... .max), radix: 36)
        guard
            let page = BaselineCard(version: version, manifest: manifest)?.html(nonce: nonce)
                ?? report.map({ ModelCard(version: version, manifest: manifest, report: $0).html(nonce: nonce) })
        else { throw noReport }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8",
                .contentSecurityPolicy: "default-src 'none'; style-src 'nonce-\(nonce)'; frame-ancestors 'none'",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: page))
        )
    }

    private static func whatIf(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "missedFailureCost", "falseAlarmCost", "threshold")
        let missed = try call.query.number("missedFailureCost", in: 0...1e12)
        let falsely = try call.query.number("falseAlarmCost", in: 0...1e12)
        let threshold = try call.query.number("threshold", in: 0...1)
        let version = try await model(call, member).version
        let (manifest, kept) = try await call.context.registry.card(of: version, in: member.scope)
        guard manifest.kind == .failure else {
            throw Problem(.conflict, "A baseline knows of no failures: there is nothing to weigh costs by.")
        }
        guard let report = kept else { throw noReport }
        let costs = (missed ?? report.missedFailureCost, falsely ?? report.falseAlarmCost)
        let chosen =
            threshold.map { report.whatIf(threshold: $0, missedFailureCost: costs.0, falseAlarmCost: costs.1) }
            ?? report.whatIf(missedFailureCost: costs.0, falseAlarmCost: costs.1)
        guard let chosen else { throw noReport }
        return try .json(chosen)
    }

    private static var noReport: Problem {
        Problem(.conflict, "The model was made without a report: train it anew to have one.")
    }

    private static func readSwitch(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let organization = try await call.context.stores.organizations.organization(in: member.scope)
        return try .json(Switch(predictionEnabled: organization.predictionEnabled))
    }

    private static func setSwitch(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let wanted = try await call.json(Switch.self)
        try await call.context.stores.organizations.setPredictionEnabled(wanted.predictionEnabled, in: member.scope)
        call.context.lanes.configurationChanged(in: member.scope)
        return try .json(wanted)
    }

    // MARK: Parts

    private static func model(_ call: Call, _ member: Member) async throws -> RegisteredModel {
        guard let version = ModelVersion(hash: call.parameters["hash"] ?? ""),
            let model = try await call.context.stores.models.byHash(version, in: member.scope)
        else { throw Problem.notFound("model") }
        return model
    }

    private static func reason(_ call: Call) async throws -> String {
        let reason = String(try await call.json(Why.self).reason.trimmed)
        guard (1...1_000).contains(reason.utf8.count) else {
            throw Problem.invalid("reason", "must have 1 to 1000 bytes: the ledger keeps it")
        }
        return reason
    }

    private static func live(_ call: Call, _ member: Member) async throws -> Response {
        guard let champion = try await call.context.stores.models.champion(in: member.scope) else {
            throw Problem(.conflict, "No model is live.")
        }
        return try .json(document(champion, champion: champion))
    }

    private static func answer(_ model: RegisteredModel, _ call: Call, _ member: Member) async throws -> Response {
        let champion = try await call.context.stores.models.champion(in: member.scope)
        return try .json(document(model, champion: champion))
    }

    private static func document(_ model: RegisteredModel, champion: RegisteredModel?) -> ModelDocument {
        let manifest = try? JSONDecoder().decode(ModelManifest.self, from: Data(model.manifest.utf8))
        return ModelDocument(
            version: model.version,
            byteSize: model.byteSize,
            registeredAt: model.registeredAt,
            isLive: champion?.version == model.version,
            kind: manifest?.kind,
            horizonMinutes: manifest?.horizonMinutes,
            threshold: manifest?.threshold,
            components: manifest?.components,
            featureCount: manifest?.view.count
        )
    }
}
