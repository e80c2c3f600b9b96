package import Features
package import Models
package import Plant

/// Streams history through the live river's own feature engine into a training set.
package struct DatasetReader: Sendable {
    package let schema: SignalSchema
    package let view: FeatureView
    private let progress: TrainingProgressHandler

    /// The view is the schema's own, or a model's where rows are to be judged by it.
    package init(
        schema: SignalSchema,
        view: FeatureView? = nil,
        progress: @escaping TrainingProgressHandler = { _ in }
    ) {
        self.schema = schema
        self.view = view ?? FeatureView(schema: schema)
        self.progress = progress
    }

    /// The labelled feature rows of a history.
    ///
    /// Readings are ordered by asset, then by time, each key once; failures are in any order. Neither exist after
    /// `until`.
    ///
    /// - Complexity: One pass; memory grows with the rows of the set, not with the readings.
    package func trainingSet(
        readings: [Reading],
        failures: [FailureEvent],
        until: Instant? = nil
    ) throws(TrainingError) -> TrainingSet {
        var engine = FeatureEngine(
            view: view,
            predictEverySeconds: schema.predictEverySeconds,
            allowedLateness: .zero
        )
        var matrix = FeatureMatrix(columnCount: view.count)
        var keys: [(asset: String, instant: Instant)] = []
        var latestRows: [String: Instant] = [:]
        for (index, reading) in readings.enumerated() {
            if index.isMultiple(of: 4_096) {
                progress(TrainingProgress(.derivingFeatures, done: index, total: readings.count))
            }
            if let until, reading.instant > until { continue }
            latestRows[reading.asset] = max(latestRows[reading.asset] ?? reading.instant, reading.instant)
            switch engine.insert(Sample(reading), into: &matrix) {
            case .row: keys.append((reading.asset, reading.instant))
            case .noRow, .repeated, .conflicting, .outOfOrder: continue
            }
        }
        progress(TrainingProgress(.derivingFeatures, done: readings.count, total: readings.count))
        guard !keys.isEmpty else {
            let why =
                readings.isEmpty
                ? "there are no rows at all"
                : latestRows.isEmpty
                    ? "all rows lie after \(until?.description ?? "the end"): give a later time"
                    : "no row has a good value in any continuous column: check continuousColumns and columnMapping"
            throw TrainingError(.noRows, why)
        }
        let history = FailureHistory(failures: failures, latestRow: latestRows.values.max(), until: until)
        let labeler = Labeler(
            history: history,
            horizon: schema.horizon,
            recovery: schema.recovery,
            latestRows: latestRows
        )
        let rows = keys.map { key in
            TrainingSet.Row(
                asset: key.asset,
                instant: key.instant,
                label: labeler.label(key.asset, at: key.instant)
            )
        }
        return TrainingSet(view: view, matrix: matrix, rows: rows, history: history)
    }
}
