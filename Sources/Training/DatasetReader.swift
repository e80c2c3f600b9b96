package import Features
package import Models
package import Plant

/// Streams a history that is at hand into labelled feature rows.
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
    /// - Complexity: One pass; memory grows with the labels of the rows, not with their features or the readings.
    package func trainingData(
        readings: [Reading],
        failures: [FailureEvent],
        until: Instant? = nil
    ) throws(TrainingError) -> TrainingData {
        var builder = DatasetBuilder(schema: schema, view: view, until: until)
        for (index, reading) in readings.enumerated() {
            if index.isMultiple(of: 4_096) {
                progress(TrainingProgress(.derivingFeatures, done: index, total: readings.count))
            }
            try builder.add(Sample(reading))
        }
        progress(TrainingProgress(.derivingFeatures, done: readings.count, total: readings.count))
        return try builder.finish(failures: failures)
    }
}
