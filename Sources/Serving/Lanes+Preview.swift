import Features
import Models
package import Plant

extension Lanes {
    /// What readings would bring, had they been sent: predictions of each row that the live model can judge.
    ///
    /// Nothing of it is kept, raises an alarm or changes the features of what comes.
    ///
    /// - Throws: ``ModelError`` where no model serves; ``LaneError``, ``TooManyRows``, ``Overdue``.
    package func preview(_ readings: [Reading], tags: [Tag], in scope: OrganizationScope) async throws -> PreviewAnswer
    {
        let inbox = inbox(of: scope)
        let previewed = try await withCheckedThrowingContinuation { reply in
            do throws(LaneError) {
                try inbox.offer(.preview(Preview(readings: readings, tags: tags, reply: reply)))
            } catch {
                reply.resume(throwing: error)
            }
        }
        let (rows, model) = (previewed.rows, previewed.model)
        guard !rows.isEmpty else {
            return PreviewAnswer(model: model, predictions: [], withoutRow: previewed.withoutRow)
        }
        let outputs = try await predictions.outputs(
            for: rows.map(\.values),
            of: model.version,
            priority: PredictionPriority(rowCount: rows.count),
            in: scope
        ).outputs
        let predictions = zip(rows, outputs).map { row, output in
            output.prediction(asset: row.asset, instant: row.instant, version: model.version)
        }
        return PreviewAnswer(model: model, predictions: predictions, withoutRow: previewed.withoutRow)
    }
}
