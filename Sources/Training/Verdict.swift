import Alarms
import Models
import Plant

/// What the folds say of a model: how to read its scores, when to raise an alarm, and how good it is.
struct Verdict {
    let calibration: PlattCalibration
    let confidence: VennAbers?
    let threshold: Double
    let ranking: Ranking
    let episodes: EpisodeEvaluation
    let quality: ModelManifest.Quality
    let reason: String
    let schema: SignalSchema

    init(_ outOfFold: OutOfFold, set: TrainingSet, schema: SignalSchema, configuration: TrainingConfiguration) {
        let rows = outOfFold.indices.map { set.rows[$0] }
        let outcomes = rows.map(\.label.isPositive)
        let calibration = PlattCalibration(fitting: outOfFold.scores, outcomes: outcomes)
        let probabilities = outOfFold.scores.map { calibration.probability(ofScore: $0) }
        var spans: [String: ClosedRange<Instant>] = [:]
        for row in rows { spans[row.asset] = (spans[row.asset]?.lowerBound ?? row.instant)...row.instant }
        let search = ThresholdSearch(
            rows: rows,
            outputs: rows.indices.map { index in
                ThresholdSearch.RowOutput(
                    probability: probabilities[index],
                    component: outOfFold.components[index],
                    timeToFailureMinutes: outOfFold.timesToFailure[index]
                )
            },
            watch: EpisodeEvaluation.Watch(
                spans: spans,
                history: set.history,
                horizon: schema.horizon,
                recovery: schema.recovery
            ),
            costs: EpisodeEvaluation.Costs(schema),
            raiseAfter: schema.raiseAfter,
            clearBelow: schema.clearBelow
        )
        let best = search.best()
        self.calibration = calibration
        self.schema = schema
        confidence = VennAbers(fitting: outOfFold.scores, outcomes: outcomes)
        ranking = Ranking(probabilities: probabilities, outcomes: outcomes)
        let enough = configuration.judgedEpisodesMin
        quality = best.evaluation.episodes >= enough ? .judged : .cannotDetermine
        // Too few failures to weigh costs by: an alarm where a failure is more likely than not.
        threshold = quality == .judged ? best.threshold : 0.5
        episodes = quality == .judged ? best.evaluation : search.evaluation(at: threshold)
        reason =
            quality == .judged
            ? ""
            : "only \(episodes.episodes) failures could be judged on rows the model did not learn from, \(enough) are needed"
    }
}
