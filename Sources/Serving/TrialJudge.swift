import Alarms
import Models
import Plant
import Storage

/// Judges what a rival and the champion said of live rows by what became of them.
///
/// Each judgement goes over the whole trial anew, so that a failure that somebody recorded late counts too.
struct TrialJudge: Sendable {
    let scope: OrganizationScope
    let stores: Stores
    let schema: SignalSchema
    let configuration: TrainingConfiguration

    /// The trial as far as outcomes are known; it began when the later of the two got its place.
    func trial(
        of rival: ModelVersion,
        as alias: ModelAlias,
        against champion: ModelVersion,
        horizon: Duration,
        observedUntil: Instant
    ) async throws -> LiveTrial {
        let places = [
            try await stores.models.ledger(of: alias, in: scope).first,
            try await stores.models.ledger(of: .champion, in: scope).first,
        ]
        let since = places.compactMap { $0?.at }.max() ?? observedUntil
        var trial = LiveTrial(since: since, horizon: horizon)
        guard trial.settledAt <= observedUntil else { return trial }
        let latestRows = Dictionary(
            try await stores.readings.latest(in: scope).map { ($0.reading.asset, $0.reading.instant) },
            uniquingKeysWith: max
        )
        let evidence = try await evidence(of: latestRows.keys.sorted(), since: since, horizon, observedUntil)
        let labeler = Labeler(
            history: FailureHistory(failures: evidence.failures, latestRow: observedUntil, until: observedUntil),
            horizon: horizon,
            recovery: schema.recovery,
            latestRows: latestRows,
            sound: evidence.sound
        )
        while trial.settledAt <= observedUntil {
            var pairs: [LiveTrial.Pair] = []
            var championRowCount = 0
            for asset in latestRows.keys.sorted() {
                let rows = try await stores.rivals.pairs(
                    asset: asset,
                    champion: champion,
                    rival: rival,
                    during: trial.nextBlock,
                    in: scope
                )
                championRowCount += rows.count
                pairs += rows.compactMap { row in
                    row.rival.map {
                        LiveTrial.Pair(
                            asset: asset,
                            instant: row.instant,
                            champion: row.champion,
                            rival: $0,
                            label: labeler.label(asset, at: row.instant)
                        )
                    }
                }
            }
            trial.judge(pairs, championRowCount: championRowCount)
        }
        return trial
    }

    /// The failures that models learn, recorded, marked by the target column, or known by people's words.
    private func evidence(
        of assets: [String],
        since start: Instant,
        _ horizon: Duration,
        _ observedUntil: Instant
    ) async throws -> (failures: [FailureEvent], sound: [String: [ClosedRange<Instant>]]) {
        var failures = try await stores.failures.list(in: scope)
        if schema.targetColumn != nil {
            for asset in assets { failures += try await stores.failures.marked(asset: asset, from: start, in: scope) }
        }
        let words = FeedbackEvidence(
            try await stores.feedback.judgedPredictions(until: observedUntil, in: scope),
            recorded: failures,
            horizon: horizon,
            recovery: schema.recovery,
            components: Set(schema.components.keys),
            until: observedUntil
        )
        return ((failures + words.failures).filter { configuration.isTarget($0) }, words.sound)
    }
}
