import Features
package import Models
package import Plant

extension Lanes {
    /// What readings would bring, had they been sent: predictions of each row that the live model can judge.
    ///
    /// Nothing of it is kept, raises an alarm or changes the features of what comes.
    ///
    /// - Throws: ``ModelError`` where no model serves; ``ModelUnwell``, ``LaneError``, ``TooManyRows``, ``Overdue``.
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
        let outputs = try await outputs(for: rows.map(\.values), of: model.version, in: scope)
        let predictions = zip(rows, outputs).map { row, output in
            output.prediction(asset: row.asset, instant: row.instant, version: model.version)
        }
        return PreviewAnswer(model: model, predictions: predictions, withoutRow: previewed.withoutRow)
    }

    /// What a version says of feature rows that somebody sends, in their order: as a lane asks its own.
    ///
    /// - Parameters:
    ///   - rows: Values of the view's width; NaN is a missing value.
    ///   - version: Of this organization: who asks has looked that up in the organization's own store.
    ///   - scope: Whose model and rows they are.
    /// - Returns: One output per row.
    /// - Throws: ``ModelUnwell`` where the lane has taken it out, or it can't be believed; ``ModelError`` where the
    ///   machine can't run it; ``TooManyRows``, ``Overdue``.
    package func outputs(
        for rows: [[Float]],
        of version: ModelVersion,
        in scope: OrganizationScope
    ) async throws -> [ModelOutput] {
        let status = board.status(in: scope)
        guard status.takenOut != version else {
            throw ModelUnwell(version, because: status.note ?? status.reason ?? "it was taken out of service")
        }
        do {
            return try await predictions.outputs(
                for: rows,
                of: version,
                priority: PredictionPriority(rowCount: rows.count),
                in: scope
            ).outputs
        } catch let error as ModelError where error.isOfVersion {
            throw ModelUnwell(version, because: error.message, cause: error)
        }
    }
}
