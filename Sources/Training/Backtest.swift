package import Alarms
import Features
package import Models
package import Plant
package import Serving

/// Plays a model and the rules over history, and meets what they raised with what failed.
package struct Backtest: Sendable {
    let model: LoadedModel
    let document: SchemaDocument
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
    /// Readings are ordered by asset, then by time, each key once. Rows before `from` bring state up to date and are
    /// not predicted.
    package func predictions(readings: [Reading], from: Instant? = nil) throws -> [Prediction] {
        try play(readings: readings, failures: [], from: from).predictions
    }

    /// What the model and the rules would have raised, beside what failed.
    ///
    /// Readings are ordered by asset, then by time, each key once; failures are in any order. Rows are judged one by
    /// one where `labels` says which are faulty.
    package func report(
        readings: [Reading],
        failures: [FailureEvent],
        labels: RowLabels? = nil,
        from: Instant? = nil
    ) throws -> BacktestReport {
        let played = try play(readings: readings, failures: failures, from: from)
        let rows = played.indices.map { played.data.rows[$0] }
        let judged = rows.indices.filter { rows[$0].label.isKnown }
        let ranking = Ranking(
            probabilities: judged.map { played.predictions[$0].probability },
            outcomes: judged.map { rows[$0].label.isPositive }
        )
        var spans: [String: ClosedRange<Instant>] = [:]
        for row in rows { spans[row.asset] = (spans[row.asset]?.lowerBound ?? row.instant)...row.instant }
        let watch = EpisodeEvaluation.Watch(
            spans: spans,
            history: played.data.set.history,
            horizon: .seconds(model.manifest.horizonMinutes * 60),
            recovery: document.schema.recovery,
            latestRows: spans.mapValues(\.upperBound)
        )
        let costs = EpisodeEvaluation.Costs(document.schema)
        func evaluation(rules: [AlarmRule], predicted: PlayedHistory?) throws -> EpisodeEvaluation {
            let raises = try raises(readings, rules: rules, predicted: predicted, from: from)
            return EpisodeEvaluation(raises: raises, over: watch, costs: costs)
        }
        let predictive = try evaluation(rules: [], predicted: played)
        return BacktestReport(
            kind: model.manifest.kind,
            ranking: ranking,
            threshold: model.manifest.threshold,
            predictive: predictive,
            together: document.rules.isEmpty ? predictive : try evaluation(rules: document.rules, predicted: played),
            rulesOnly: try evaluation(rules: document.rules, predicted: nil),
            rows: try labels.map { labels in
                try self.rows(readings, predictions: played.predictions, labels: labels) { reading in
                    from.map { reading.instant >= $0 } ?? true
                }
            }
        )
    }

    private func play(readings: [Reading], failures: [FailureEvent], from: Instant?) throws -> PlayedHistory {
        let data = try DatasetReader(schema: document.schema, view: model.manifest.view, progress: progress)
            .trainingData(readings: readings, failures: failures)
        let indices = data.settled(for: model.manifest).filter { index in
            from.map { data.rows[index].instant >= $0 } ?? true
        }
        var predictions: [Prediction] = []
        predictions.reserveCapacity(indices.count)
        try data.forEachPage(of: indices, rowCount: 256) { places, values in
            for (index, output) in zip(indices[places], try model.outputs(for: values, rowCount: places.count)) {
                let row = data.rows[index]
                predictions.append(output.prediction(asset: row.asset, instant: row.instant, version: model.version))
            }
            progress(TrainingProgress(.predicting, done: places.upperBound, total: indices.count))
        }
        return PlayedHistory(data: data, indices: indices, predictions: predictions)
    }

    /// The alarms that the engine that decides live would have raised; one that gets more urgent is still one.
    private func raises(
        _ readings: [Reading],
        rules: [AlarmRule],
        predicted: PlayedHistory?,
        from: Instant?
    ) throws -> [Raise] {
        guard predicted != nil || !rules.isEmpty else { return [] }
        var engine = try AlarmEngine(
            rules: rules,
            tags: document.schema.tags,
            silentAfter: document.silentAfter
        )
        var generator = SystemRandomNumberGenerator()
        var next = 0
        var raises: [Raise] = []
        for reading in readings {
            var transitions = rules.isEmpty ? [] : engine.observe(Sample(reading), generator: &generator)
            if let predicted, next < predicted.predictions.count {
                let prediction = predicted.predictions[next]
                if prediction.asset == reading.asset, prediction.instant == reading.instant {
                    transitions += engine.observe(
                        prediction,
                        metadata: nil,
                        policy: model.policy,
                        component: {
                            (try? predicted.data.features.values(of: [predicted.indices[next]]))
                                .flatMap { model.component(behind: $0) }
                        },
                        generator: &generator
                    )
                    next += 1
                }
            }
            for transition in transitions where transition.change == .raised || transition.change == .reraised {
                if let from, transition.at < from { continue }
                raises.append(Raise(transition))
            }
        }
        return raises
    }
}

/// A history's rows, and what the model says of those at `indices`.
private struct PlayedHistory {
    let data: TrainingData
    let indices: [Int]
    let predictions: [Prediction]
}

extension Raise {
    /// A rule says nothing of component and time to failure.
    fileprivate init(_ transition: AlarmTransition) {
        let said = transition.source.flatMap(transition.alarm.cause)?.metadata
        self.init(
            asset: transition.alarm.asset,
            instant: transition.at,
            component: said?.component,
            timeToFailureMinutes: said?.timeToFailureMinutes
        )
    }
}
