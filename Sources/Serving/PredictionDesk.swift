import Features
package import Models
package import Plant

/// The one way to ask a model: through the cache and the batches, by a deadline.
package struct PredictionDesk: Sendable {
    package let registry: ModelRegistry
    package let batcher: Batcher
    package let metrics: PredictionMetrics
    /// How long whoever asks waits, from the question to the last row's answer.
    package let deadline: Duration

    package init(
        registry: ModelRegistry,
        batcher: Batcher = Batcher(width: 2),
        metrics: PredictionMetrics = PredictionMetrics(),
        deadline: Duration = .seconds(2)
    ) {
        self.registry = registry
        self.batcher = batcher
        self.metrics = metrics
        self.deadline = deadline
    }

    /// What a version says of feature rows of its own view, in their order.
    ///
    /// - Parameters:
    ///   - rows: Values of the view's width; NaN is a missing value.
    ///   - version: Of this organization: who asks has looked that up in the organization's own store.
    ///   - priority: Before and behind whom.
    ///   - scope: Whose model and rows they are.
    /// - Returns: The outputs, and the model that gave them; nobody keeps it for longer than the answer.
    /// - Throws: ``ModelError``; ``Overdue``; ``TooManyRows``.
    package func outputs(
        for rows: [[Float]],
        of version: ModelVersion,
        priority: PredictionPriority,
        in scope: OrganizationScope
    ) async throws -> (outputs: [ModelOutput], model: LoadedModel) {
        let started = ContinuousClock.now
        let limit = started + deadline
        let key = ModelKey(version, in: scope)
        do {
            let model = try await registry.cache.model(key, LoadUrgency(priority), until: limit)
            var outputs: [ModelOutput] = []
            for start in stride(from: 0, to: rows.count, by: batcher.limits.batchSize) {
                let part = rows[start..<min(start + batcher.limits.batchSize, rows.count)]
                let values = part.count == 1 ? part[start] : part.flatMap(\.self)
                outputs += try await batcher.outputs(
                    for: values,
                    rowCount: part.count,
                    of: model,
                    key,
                    priority,
                    until: limit
                )
            }
            metrics.answered(rowCount: rows.count, after: .now - started, priority, in: scope)
            return (outputs, model)
        } catch {
            metrics.failed(priority, in: scope)
            throw error
        }
    }
}
