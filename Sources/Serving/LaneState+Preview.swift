import Features
import Models
import Plant

extension LaneState {
    /// The features that readings would bring, had they been sent now; nothing of it stays.
    ///
    /// - Throws: ``ModelUnwell`` where the model was taken out; ``ModelError`` where none serves yet.
    func preview(_ preview: Preview) throws -> PreviewedRows {
        if let takenOut, serving?.isTakenOut ?? true { throw takenOut }
        guard let serving else {
            throw ModelError(.artifactMissing, "no model serves at the moment: see what the lane's status says")
        }
        var engine = serving.features
        let projection = TagProjection(from: preview.tags, to: engine.view.tags)
        var rows: [FeatureRow] = []
        let inOrder = preview.readings.sorted { ($0.asset, $0.instant) < ($1.asset, $1.instant) }
        for reading in inOrder {
            switch engine.insert(projection(Sample(reading))) {
            case .newest(let row?) where serving.model.canJudge(row): rows.append(row)
            case .late(let changed):
                rows += changed.filter { $0.instant == reading.instant && serving.model.canJudge($0) }
            case .newest, .repeated, .conflicting, .tooLate: continue
            }
        }
        return PreviewedRows(model: serving.model, rows: rows, withoutRow: inOrder.count - rows.count)
    }
}
