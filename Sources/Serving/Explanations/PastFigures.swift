import Alarms
import Features
import Models
import Plant

/// What a row's figures usually are, and how the row compares.
struct PastFigures: Sendable {
    let past: AssetPast
    let manifest: ModelManifest
    let row: FeatureRow
    private let meanings: [FeatureMeaning]
    private let baseline: [Int: AnomalyBaseline.Feature]

    init(past: AssetPast, manifest: ModelManifest, row: FeatureRow) {
        self.past = past
        self.manifest = manifest
        self.row = row
        meanings = manifest.view.meanings
        baseline = manifest.anomaly?.featuresByColumn ?? [:]
    }

    /// A baseline keeps what is usual of each feature that it watches; a model of failures does not.
    ///
    /// - Returns: Nil where nothing is usual of any of the facts.
    func reference(of facts: [FeatureFact]) -> Explanation.Reference? {
        let names = Set(facts.lazy.filter { $0.usual != nil }.map(\.feature))
        guard !names.isEmpty else { return nil }
        if manifest.anomaly != nil { return Explanation.Reference(source: .model) }
        let columns = manifest.view.featureNames.indices.filter { names.contains(manifest.view.featureNames[$0]) }
        let rows = Set(columns.flatMap { referenceRows(column: $0) })
        return Explanation.Reference(
            source: .assetHistory,
            from: rows.min().map { past.rows.instants[$0] },
            until: rows.max().map { past.rows.instants[$0] },
            rowCount: rows.count
        )
    }

    /// The features that mattered most.
    ///
    /// Since when a feature is otherwise is told only where each row of that time is there, and not of a lag, whose
    /// value is older than its row.
    func facts(_ shares: ScoreShares, countMax: Int) -> [FeatureFact] {
        let view = manifest.view
        let gapMax: Duration? = view.staleAfterSeconds > 0 ? .seconds(view.staleAfterSeconds) : nil
        return shares.topColumns(countMax).map { column in
            let before = past.fullRows(
                ofTag: view.tagIndices[column],
                window: window(column: column),
                before: row.instant
            )
            return FeatureFact(
                feature: view.featureNames[column],
                tag: view.tags[view.tagIndices[column]].name,
                share: shares.features[column],
                value: row.values[column],
                usual: usualValue(column: column),
                past: Array(zip(before.map { past.rows.instants[$0] }, past.rows.values(column: column, of: before)))
                    .map { (at: $0.0, value: $0.1) },
                now: row.instant,
                isSinceKnown: !past.rows.isThinned && !meanings[column].isLag,
                gapMax: gapMax
            )
        }
    }

    /// Of a tag's own value.
    func usualValue(ofTag name: String) -> UsualValue? {
        let column = meanings.firstIndex { $0.tag.name == name && $0.statistic == .value }
        return column.flatMap { usualValue(column: $0) }
    }

    private func usualValue(column: Int) -> UsualValue? {
        if let feature = baseline[column] {
            return UsualValue(centre: Double(feature.centre), spread: Double(feature.scale))
        }
        return UsualValue(of: past.rows.values(column: column, of: referenceRows(column: column)))
    }

    private func referenceRows(column: Int) -> Range<Int> {
        past.referenceRows(
            ofTag: manifest.view.tagIndices[column],
            window: window(column: column),
            before: row.instant - .seconds(manifest.horizonMinutes * 60),
            at: row.instant
        )
    }

    private func window(column: Int) -> Duration { .seconds(meanings[column].windowSeconds) }

    /// Where drawing begins: a day or three of the longest windows back, and before what is unusual began.
    func trendStart(_ facts: [FeatureFact]) -> Instant {
        let windows = Duration.seconds(3 * (manifest.view.rollingWindows.max() ?? 0))
        var span = max(.seconds(86_400), windows)
        if let since = facts.compactMap(\.since).min() { span = max(span, (row.instant - since) * 1.5) }
        return max(past.from, row.instant - span)
    }
}
