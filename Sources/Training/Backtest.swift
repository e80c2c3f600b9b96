package import Alarms
import Features
package import Models
package import Plant
package import Serving

/// Plays a model and the rules over history, and meets what they raised with what failed.
package struct Backtest: Sendable {
    private let model: LoadedModel
    private let document: SchemaDocument
    private let progress: TrainingProgressHandler

    /// The model brings its feature view, horizon, threshold and hysteresis; the document the schema that reads the
    /// rows, with its rules and costs.
    package init(model: LoadedModel, document: SchemaDocument, progress: @escaping TrainingProgressHandler = { _ in }) {
        self.model = model
        self.document = document
        self.progress = progress
    }

    /// The model's predictions of a history, row by row, in order of asset and time.
    ///
    /// Readings are ordered by asset, then by time, each key once; failures are in any order. Rows before `from`
    /// bring state up to date and are not predicted.
    package func predictions(
        readings: [Reading],
        failures: [FailureEvent],
        from: Instant? = nil
    ) throws -> (rows: [TrainingSet.Row], predictions: [Prediction], history: FailureHistory) {
        let set = try DatasetReader(schema: document.schema, view: model.manifest.view, progress: progress)
            .trainingSet(readings: readings, failures: failures)
        let indices = set.rows.indices.filter { index in from.map { set.rows[index].instant >= $0 } ?? true }
        var predictions: [Prediction] = []
        predictions.reserveCapacity(indices.count)
        var start = 0
        while start < indices.count {
            let batch = indices[start..<min(start + 256, indices.count)]
            var values: [Float] = []
            for index in batch { values.append(contentsOf: set.matrix[index]) }
            for (index, output) in zip(batch, try model.outputs(for: values, rowCount: batch.count)) {
                let row = set.rows[index]
                predictions.append(output.prediction(asset: row.asset, instant: row.instant, version: model.version))
            }
            start += batch.count
            progress(TrainingProgress(.predicting, done: start, total: indices.count))
        }
        return (indices.map { set.rows[$0] }, predictions, set.history)
    }

    /// What the model and the rules would have raised, beside what failed.
    package func report(readings: [Reading], failures: [FailureEvent], from: Instant? = nil) throws -> BacktestReport {
        let (rows, predictions, history) = try predictions(readings: readings, failures: failures, from: from)
        let judged = rows.indices.filter { rows[$0].label.isKnown }
        let ranking = Ranking(
            probabilities: judged.map { predictions[$0].probability },
            outcomes: judged.map { rows[$0].label.isPositive }
        )
        var spans: [String: ClosedRange<Instant>] = [:]
        for row in rows { spans[row.asset] = (spans[row.asset]?.lowerBound ?? row.instant)...row.instant }
        let watch = EpisodeEvaluation.Watch(
            spans: spans,
            history: history,
            horizon: .seconds(model.manifest.horizonMinutes * 60),
            recovery: document.schema.recovery,
            latestRows: spans.mapValues(\.upperBound)
        )
        let costs = EpisodeEvaluation.Costs(document.schema)
        let predicted = predictiveRaises(predictions)
        let ruled = try ruleRaises(readings, from: from)
        return BacktestReport(
            ranking: ranking,
            threshold: model.manifest.threshold,
            predictive: EpisodeEvaluation(raises: predicted, over: watch, costs: costs),
            together: EpisodeEvaluation(raises: predicted + ruled, over: watch, costs: costs),
            rulesOnly: EpisodeEvaluation(raises: ruled, over: watch, costs: costs)
        )
    }

    private func predictiveRaises(_ predictions: [Prediction]) -> [Raise] {
        let policy = model.policy
        var hysteresis = PredictiveHysteresis(policy: policy)
        var asset: String?
        var raises: [Raise] = []
        for prediction in predictions {
            if prediction.asset != asset {
                hysteresis = PredictiveHysteresis(policy: policy)
                asset = prediction.asset
            }
            guard hysteresis.observe(prediction.probability) == .raised else { continue }
            raises.append(
                Raise(
                    asset: prediction.asset,
                    instant: prediction.instant,
                    component: prediction.component,
                    timeToFailureMinutes: prediction.timeToFailureMinutes
                )
            )
        }
        return raises
    }

    /// The rules' own alarms, from the engine that decides live.
    private func ruleRaises(_ readings: [Reading], from: Instant?) throws -> [Raise] {
        guard !document.rules.isEmpty else { return [] }
        var engine = try AlarmEngine(rules: document.rules, tags: document.schema.tags)
        var generator = SystemRandomNumberGenerator()
        var raises: [Raise] = []
        for reading in readings {
            for transition in engine.observe(Sample(reading), generator: &generator) {
                switch transition.change {
                case .raised, .reraised, .escalated:
                    if let from, transition.at < from { continue }
                    raises.append(Raise(asset: transition.alarm.asset, instant: transition.at))
                case .deescalated, .causeAdded, .causeCleared, .acknowledged, .returned, .closed: continue
                }
            }
        }
        return raises
    }
}
