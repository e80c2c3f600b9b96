import Alarms
import Features
import Models
import Plant
import Storage

/// The rows around a prediction made again, and what the model says of them now.
struct ReplayedRows: Sendable {
    let manifest: ModelManifest
    /// Nil where the model can't be asked any more.
    let model: LoadedModel?
    let past: AssetPast
    /// By the row's instant; empty without a model.
    let predictions: [Instant: Prediction]
    let rows: [Instant: FeatureRow]
    /// Predicted rows before the decision's that can't be made again, in order: their readings are kept no more.
    let lost: [Instant]
}

extension AlarmReplay {
    /// So many predicted rows before the decision are made again beside its own.
    private static let rowCountBefore = 20

    /// Makes the rows of a decision again and asks its model; says in the report what can't be done.
    func rows(
        _ metadata: AlertMetadata,
        _ kept: [StoredPrediction],
        asset: String,
        _ report: inout ReplayReport
    ) async throws -> ReplayedRows? {
        let version = metadata.modelVersion
        var model: LoadedModel?
        do {
            model = try await registry.prove(version, in: scope)
            report.compare("model", kept: version.hash, recomputed: model?.version.hash)
        } catch {
            report.add("model", kept: version.hash, .notRecomputable, note: error.message)
        }
        guard let manifest = try await manifest(of: version, model) else {
            report.add("feature row", .notRecomputable, note: "nothing tells the model's feature view any more")
            return nil
        }
        let count = Self.rowCountBefore + manifest.raiseAfter
        let instants = Set(
            kept.lazy.map(\.prediction).filter { $0.modelVersion == version && $0.instant <= metadata.instant }
                .map(\.instant)
        )
        let recent = instants.sorted().suffix(count)
        let past = try await PastReader(
            history: HistoryReplay(scope: scope, stores: stores, schemaTags: schemaTags),
            work: work
        ).past(
            of: asset,
            under: manifest,
            at: metadata.instant,
            through: metadata.evidence?.throughSequence ?? .max,
            recentFrom: recent.first ?? metadata.instant
        )
        let due = past.recent.filter { recent.contains($0.instant) || $0.instant == metadata.instant }
        var predictions: [Instant: Prediction] = [:]
        if let model {
            for start in stride(from: 0, to: due.count, by: 64) {
                let part = Array(due[start..<min(start + 64, due.count)])
                let outputs = try await work.run {
                    try model.outputs(for: part.flatMap(\.values), rowCount: part.count)
                }
                for (row, output) in zip(part, outputs) {
                    predictions[row.instant] = output.prediction(asset: asset, instant: row.instant, version: version)
                }
            }
        }
        return ReplayedRows(
            manifest: manifest,
            model: model,
            past: past,
            predictions: predictions,
            rows: Dictionary(due.map { ($0.instant, $0) }) { $1 },
            lost: lost(recent.filter { $0 < metadata.instant }, past)
        )
    }

    /// Those of the predicted rows that are not among those made again.
    private func lost(_ predicted: [Instant], _ past: AssetPast) -> [Instant] {
        let made = Set(past.recent.map(\.instant))
        // Where rows are many, those further back are not handed out.
        let isFull = past.recent.count >= PastPass.recentCountMax
        let start = isFull ? past.recent.first?.instant ?? .distantPast : .distantPast
        return predicted.filter { $0 >= start && !made.contains($0) }
    }

    func manifest(of version: ModelVersion, _ model: LoadedModel? = nil) async throws -> ModelManifest? {
        if let model { return model.manifest }
        do { return try await registry.manifest(of: version, in: scope) } catch is ModelError { return nil }
    }

    // MARK: - Holding them against what was kept

    func compareRow(_ metadata: AlertMetadata, _ sequence: Int64, _ rows: ReplayedRows, _ report: inout ReplayReport)
        async throws
    {
        let stored = try await stores.explanations.explanation(of: report.alarm, sequence: sequence, in: scope)
        let digest = stored?.explanation?.evidence?.readingDigest
        report.compare(
            "readings",
            kept: digest,
            recomputed: rows.past.readingDigest,
            note: digest == nil
                ? "\(rows.past.readingCount) readings; their digest is kept with the explanation, and there is none"
                : "\(rows.past.readingCount) readings"
        )
        report.compare(
            "feature row",
            kept: metadata.evidence?.rowDigest,
            recomputed: rows.past.row?.digest,
            note: metadata.evidence == nil
                ? "the alarm is older than its row's digest is kept"
                : rows.past.row == nil ? "no reading that features are due at is kept for its instant" : nil
        )
    }

    /// The row's own prediction field by field, and those before it as one.
    func comparePredictions(
        _ metadata: AlertMetadata,
        _ kept: [StoredPrediction],
        _ rows: ReplayedRows,
        _ report: inout ReplayReport
    ) {
        let own = Self.own(metadata, in: kept)?.prediction
        let again = rows.predictions[metadata.instant]
        if own == nil {
            report.add(
                "kept prediction",
                .notRecomputable,
                note: "the prediction that raised the alarm is kept no more"
            )
        }
        let name = metadata.kind == .anomaly ? "anomaly score" : "probability"
        let figures: [(String, (Prediction) -> Double?, Double?)] = [
            (name, { $0.probability }, metadata.probability),
            ("confidence", { $0.confidence }, metadata.confidence),
            ("time to failure", { $0.timeToFailureMinutes }, metadata.timeToFailureMinutes),
            ("P10", { $0.p10Minutes }, metadata.p10Minutes), ("P90", { $0.p90Minutes }, metadata.p90Minutes),
        ]
        for (what, figure, alarmed) in figures {
            let told = ExactText.text(alarmed)
            let keptText = own.map { ExactText.text(figure($0)) } ?? told
            report.compare(
                what,
                kept: keptText == told ? told : "\(keptText), in the alarm \(told)",
                recomputed: again.map { ExactText.text(figure($0)) }
            )
        }
        let before = kept.filter { rows.rows[$0.prediction.instant] != nil && $0.prediction.instant < metadata.instant }
        let last = Dictionary(
            before.filter { $0.prediction.modelVersion == metadata.modelVersion }.map { ($0.prediction.instant, $0) }
        ) { $1 }
        guard !last.isEmpty || !rows.lost.isEmpty, rows.model != nil else { return }
        let changed = last.values.filter { stored in
            guard let now = rows.predictions[stored.prediction.instant] else { return true }
            return ExactText.text(now.probability) != ExactText.text(stored.prediction.probability)
        }
        .sorted { $0.prediction.instant < $1.prediction.instant }
        let same = "\(last.count - changed.count) the same"
        report.add(
            "predictions before",
            kept: "\(last.count + rows.lost.count) rows",
            recomputed: rows.lost.isEmpty ? same : "\(same), \(rows.lost.count) can't be made again",
            !changed.isEmpty ? .differs : rows.lost.isEmpty ? .same : .notRecomputable,
            note: changed.first.map { "the first that differs is of \($0.prediction.instant)" }
                ?? rows.lost.first.map { "no reading that features are due at is kept for \($0)" }
        )
    }
}
