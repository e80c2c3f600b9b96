import Connectors
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
        let failures = try await failures(of: latestRows.keys.sorted(), since: since)
        let labeler = Labeler(
            history: FailureHistory(failures: failures, latestRow: observedUntil, until: observedUntil),
            horizon: horizon,
            recovery: schema.recovery,
            latestRows: latestRows
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

    /// Those that models learn, recorded ones and those that the target column marks.
    private func failures(of assets: [String], since start: Instant) async throws -> [FailureEvent] {
        var failures = try await stores.failures.list(in: scope)
        if schema.targetColumn != nil {
            for asset in assets { failures += try await stores.failures.marked(asset: asset, from: start, in: scope) }
        }
        return failures.filter { configuration.isTarget($0) }
    }
}
