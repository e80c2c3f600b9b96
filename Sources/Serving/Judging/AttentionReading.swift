package import Alarms
import FoundationEssentials
import Models
package import Plant
package import Storage

/// Reads what is known of an organization's assets now, and ranks them.
package struct AttentionReading: Sendable {
    private let stores: Stores
    private let scope: OrganizationScope
    private let now: Instant

    /// - Parameters:
    ///   - stores: What is read.
    ///   - scope: The organization.
    ///   - now: The plant's time.
    package init(_ stores: Stores, in scope: OrganizationScope, at now: Instant) {
        self.stores = stores
        self.scope = scope
        self.now = now
    }

    /// All assets in their order.
    ///
    /// - Parameters:
    ///   - reason: Why no predictions are made, as the organization's lane says; nil while they are.
    ///   - predictEverySeconds: How far apart the rows are that the serving model predicts; nil where none serves.
    /// - Returns: Each asset once.
    /// - Throws: `DatabaseError`, or `SchemaProblem` where the kept schema can't be read.
    package func ranking(
        withoutPredictions reason: String?,
        predictEverySeconds: Int?
    ) async throws -> AttentionRanking {
        let document = try await stores.schemas.current(in: scope).map { try SchemaText.document($0.document) }
        let schema = document?.schema
        let limit = Duration.seconds((schema?.sourceStaleSeconds ?? 300) + (predictEverySeconds ?? 0))
        let predictions = Dictionary(
            try await stores.predictions.latest(in: scope).map { ($0.prediction.asset, $0.prediction) },
            uniquingKeysWith: { $0.instant < $1.instant ? $1 : $0 }
        )
        let alarms = Dictionary(grouping: try await stores.alarms.open(in: scope), by: \.asset)
        let orders = try await stores.lane.suppressions(in: scope).filter { place, order in
            place.condition == nil && order.kind == .outOfService && order.until.map { $0 > now } ?? true
        }
        let assets = try await stores.assets.list(in: scope).map { asset in
            let prediction = predictions[asset.name]
            return AttentionRanking.Asset(
                name: asset.name,
                prediction: prediction,
                staleness: staleness(of: prediction, limit, reason),
                alarms: (alarms[asset.name] ?? []).map { alarm in prediction.map(alarm.telling) ?? alarm },
                outOfService: orders[SuppressionBook.Place(asset: asset.name)] ?? orders[SuppressionBook.Place()]
            )
        }
        return AttentionRanking(
            assets,
            costs: EpisodeEvaluation.Costs(
                missedFailure: schema?.missedFailureCost ?? 50,
                falseAlarm: schema?.falseAlarmCost ?? 1
            ),
            weights: document?.costWeights ?? CostWeights(),
            at: now
        )
    }

    /// Why no predictions can be made, as far as the store alone tells; nil where nothing speaks against it.
    package func obstacle() async throws -> String? {
        let organization = try await stores.organizations.organization(in: scope)
        guard organization.predictionEnabled else { return "predictions are switched off" }
        return try await stores.models.champion(in: scope) == nil ? "no model is live" : nil
    }

    /// How far apart the rows are that the live model predicts, as the store alone tells; nil without one.
    package func predictEverySeconds() async throws -> Int? {
        guard let champion = try await stores.models.champion(in: scope) else { return nil }
        return try JSONDecoder().decode(Rhythm.self, from: Data(champion.manifest.utf8)).predictEverySeconds
    }

    private func staleness(of prediction: Prediction?, _ limit: Duration, _ reason: String?) -> String? {
        if let reason { return "no predictions: \(reason)" }
        guard let prediction else { return "there is no prediction yet" }
        guard now - prediction.instant > limit else { return nil }
        return "the last prediction is \(OperatorText.age(minutes: (now - prediction.instant).minutes)) old"
    }

    /// What is read of a manifest here.
    private struct Rhythm: Decodable {
        let predictEverySeconds: Int?
    }
}
