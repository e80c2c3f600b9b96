import Alarms
import Features
import Foundation
import Logging
import Models
import Plant
import Storage

/// Lets the champion's rivals predict what one organization's lane has carried, beside it and behind it.
///
/// A rival reads from the store what the lane is done with and keeps what it says apart, so that nothing it does or
/// fails to do can hold the lane up, show as a prediction, or raise an alarm. When outcomes are known both are judged
/// by them, and the aliases move if that decides it.
struct RivalLane: Sendable {
    let scope: OrganizationScope
    let stores: Stores
    let predictions: PredictionDesk
    let time: any TimeSource
    let board: LaneBoard
    let schemaTags: SchemaTags
    /// Grows with each change of configuration.
    let generation: @Sendable () -> Int
    /// Told when aliases were moved.
    let moved: @Sendable () -> Void
    let logger: Logger

    private static let batchCountMax = 512
    private static let retryAfter = Duration.seconds(60)

    private var registry: ModelRegistry { predictions.registry }

    private struct Rival {
        let alias: ModelAlias
        let model: ServedModel
        var engine: FeatureEngine
        var cursor: Int64
        /// The plant's time at which the next of its blocks can be judged.
        var judgedNextAt = Instant.distantPast
    }

    /// All that stands against the champion at a time.
    private struct Standing {
        let champion: ServedModel
        let schema: SignalSchema
        var rivals: [Rival]
    }

    func run() async {
        var standing: Standing?
        var seen: Int?
        var retryAt = Instant.distantPast
        for await _ in board.changes(in: scope) {
            if Task.isCancelled { return }
            let current = generation()
            guard current != seen || standing != nil || time.now >= retryAt else { continue }
            do {
                let status = board.status(in: scope)
                let isNew = current != seen
                (seen, retryAt) = (current, .distantFuture)
                if isNew || standing == nil { standing = try await self.standing(at: status, was: standing) }
                if standing != nil { try await carryOn(&standing, status) }
            } catch {
                if Task.isCancelled { return }
                // What is not written down a rival sees anew.
                standing = nil
                retryAt = time.now + Self.retryAfter
                logger.error("the champion's rivals wait a minute", metadata: ["error": "\(error)"])
            }
        }
    }

    private func carryOn(_ standing: inout Standing?, _ status: LaneStatus) async throws {
        guard var now = standing else { return }
        for index in now.rivals.indices {
            try await follow(&now.rivals[index], through: status.cursor)
            guard let observed = status.newestInstant, observed >= now.rivals[index].judgedNextAt else { continue }
            if try await judge(&now.rivals[index], against: now.champion, observed, now.schema) { return moved() }
        }
        standing = now
    }

    // MARK: - Who stands

    /// Nil where nobody stands against the champion; engines of those that stood there already live on.
    private func standing(at status: LaneStatus, was former: Standing?) async throws -> Standing? {
        var versions: [(ModelAlias, ModelVersion)] = []
        let champion = try await stores.models.champion(in: scope)?.version
        for alias in ModelAlias.rivals {
            guard let version = try await stores.models.model(as: alias, in: scope)?.version else { continue }
            if version != champion, !versions.contains(where: { $0.1 == version }) { versions.append((alias, version)) }
        }
        try await stores.rivals.forgetAll(but: versions.map(\.1), in: scope)
        guard let champion, !versions.isEmpty,
            let stored = try await stores.schemas.current(in: scope),
            try await stores.organizations.organization(in: scope).predictionEnabled
        else { return nil }
        let schema = try SchemaText.document(stored.document).schema
        var standing = Standing(
            champion: ServedModel(try await registry.load(champion, in: scope)),
            schema: schema,
            rivals: []
        )
        for (alias, version) in versions {
            let engine = { FeatureEngine($0, allowedLateness: schema.allowedLateness) }
            if let same = former?.rivals.first(where: { $0.model.version == version }),
                same.engine.memoryKey == engine(same.model.manifest).memoryKey
            {
                standing.rivals.append(
                    Rival(alias: alias, model: same.model, engine: same.engine, cursor: same.cursor)
                )
                continue
            }
            let model = ServedModel(try await registry.load(version, in: scope))
            let cursor = try await stores.rivals.cursor(of: version, in: scope) ?? status.cursor
            let history = HistoryReplay(scope: scope, stores: stores, schemaTags: schemaTags)
            let warmed = try await history.finished(engine(model.manifest), through: cursor)
            standing.rivals.append(Rival(alias: alias, model: model, engine: warmed, cursor: cursor))
            try await stores.rivals.keep([], of: version, cursor: cursor, at: time.now, in: scope)
        }
        return standing
    }

    // MARK: - Predictions

    private func follow(_ rival: inout Rival, through cursor: Int64) async throws {
        var projections = Projections(to: rival.engine.view.tags)
        while rival.cursor < cursor {
            let batch = try await stores.readings.readings(
                after: rival.cursor,
                countMax: Self.batchCountMax,
                in: scope
            ).prefix { $0.sequence <= cursor }
            guard let last = batch.last else { return }
            let tags = try await schemaTags.tags(ofVersionsIn: Array(batch))
            var rows: [FeatureRow] = []
            for stored in batch where !stored.isTooLate {
                // What a late row changes was told already: only what was said in time is compared.
                guard case .newest(let row?) = rival.engine.insert(projections.sample(stored, tags: tags)) else {
                    continue
                }
                rows.append(row)
            }
            let outputs = try await outputs(for: rows, of: rival.model)
            let predictions = zip(rows, outputs).map { row, output in
                output.prediction(asset: row.asset, instant: row.instant, version: rival.model.version)
            }
            try await stores.rivals.keep(
                predictions,
                of: rival.model.version,
                cursor: last.sequence,
                at: time.now,
                in: scope
            )
            rival.cursor = last.sequence
        }
    }

    private func outputs(for rows: [FeatureRow], of model: ServedModel) async throws -> [ModelOutput] {
        guard !rows.isEmpty else { return [] }
        return try await predictions.outputs(
            for: rows.map(\.values),
            of: model.version,
            priority: .challenger,
            in: scope
        ).outputs
    }

    // MARK: - Judgement

    /// - Returns: Whether that decided it, and aliases have moved.
    private func judge(
        _ rival: inout Rival,
        against champion: ServedModel,
        _ observedUntil: Instant,
        _ schema: SignalSchema
    ) async throws -> Bool {
        let configuration = try await stores.trainingPlans.configuration(in: scope)
        let judge = TrialJudge(scope: scope, stores: stores, schema: schema, configuration: configuration)
        guard rival.model.manifest.horizonMinutes == champion.manifest.horizonMinutes else {
            let reason =
                "it looks ahead \(rival.model.manifest.horizonMinutes) minutes and the champion "
                + "\(champion.manifest.horizonMinutes): what they say can't be compared"
            return try await retire(rival, against: champion, reason, evidence: nil)
        }
        let trial = try await judge.trial(
            of: rival.model.version,
            as: rival.alias,
            against: champion.version,
            horizon: .seconds(champion.manifest.horizonMinutes * 60),
            observedUntil: observedUntil
        )
        rival.judgedNextAt = trial.settledAt
        let report = trial.report
        let evidence = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
        try await stores.rivals.keep(trial: evidence, of: rival.model.version, in: scope)
        let daysMax = rival.alias == .predecessor ? configuration.guardDays : configuration.challengeDays
        switch PromotionPolicy.decide(report, as: rival.alias, daysMax: daysMax) {
        case .goOn:
            return false
        case .retire(let reason):
            return try await retire(rival, against: champion, reason, evidence: evidence)
        case .promote(let reason) where rival.alias == .predecessor:
            _ = try await registry.takeBack(
                rival.model.version,
                from: champion.version,
                because: AliasReason(by: "guard", reason: reason, evidence: evidence),
                in: scope
            )
            return true
        case .promote(let reason):
            _ = try await registry.promote(
                rival.model.version,
                over: champion.version,
                isGuarded: configuration.guardDays > 0,
                because: AliasReason(by: "live trial", reason: reason, evidence: evidence),
                in: scope
            )
            return true
        }
    }

    private func retire(
        _ rival: Rival,
        against champion: ServedModel,
        _ reason: String,
        evidence: String?
    ) async throws -> Bool {
        let by = rival.alias == .predecessor ? "guard" : "live trial"
        _ = try await registry.place(
            [AliasMove(rival.alias, to: nil)],
            expecting: champion.version,
            because: AliasReason(by: by, reason: reason, evidence: evidence),
            in: scope
        )
        return true
    }
}
