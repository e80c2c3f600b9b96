package import Features
package import Models
package import Plant

/// Makes labelled feature rows of samples as they come, by the live river's own feature engine.
package struct DatasetBuilder {
    private let schema: SignalSchema
    private let view: FeatureView
    private let until: Instant?
    private var engine: FeatureEngine
    private var writer: RowSpoolWriter
    private var keys: [(asset: String, instant: Instant)] = []
    private var latestRows: [String: Instant] = [:]
    private var sampleCount = 0

    /// - Parameters:
    ///   - schema: Says how far ahead labels look.
    ///   - view: What to derive; samples come in the order of its tags.
    ///   - until: The end of the record; samples and failures after it do not exist.
    ///   - writer: Where the rows go.
    package init(schema: SignalSchema, view: FeatureView, until: Instant? = nil, writer: RowSpoolWriter? = nil) {
        self.schema = schema
        self.view = view
        self.until = until
        self.writer = writer ?? RowSpoolWriter(columnCount: view.count)
        engine = FeatureEngine(
            view: view,
            predictEverySeconds: schema.predictEverySeconds,
            allowedLateness: .zero
        )
    }

    /// Takes in a sample; they come by asset, then by time, each key once.
    package mutating func add(_ sample: Sample) throws(TrainingError) {
        sampleCount += 1
        if let until, sample.instant > until { return }
        latestRows[sample.asset] = max(latestRows[sample.asset] ?? sample.instant, sample.instant)
        switch engine.insert(sample, into: &writer.page) {
        case .row: keys.append((sample.asset, sample.instant))
        case .noRow, .repeated, .conflicting, .outOfOrder: return
        }
        try writer.turn()
    }

    /// The rows with their labels; failures are in any order, and assets were sound for certain when `sound` says.
    ///
    /// - Throws: ``TrainingError`` with `.noRows` where nothing came of the samples, or `.storage`.
    package mutating func finish(
        failures: [FailureEvent],
        sound: [String: [ClosedRange<Instant>]] = [:]
    ) throws(TrainingError) -> TrainingData {
        let features = try writer.finish()
        guard !keys.isEmpty else {
            let why =
                sampleCount == 0
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
            latestRows: latestRows,
            sound: sound
        )
        let rows = keys.map { key in
            TrainingSet.Row(
                asset: key.asset,
                instant: key.instant,
                label: labeler.label(key.asset, at: key.instant)
            )
        }
        return TrainingData(set: TrainingSet(view: view, rows: rows, history: history), features: features)
    }
}
