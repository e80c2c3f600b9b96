import Models
import Plant

/// What a model said of rows that it did not learn from, ready to be judged.
struct Judgement {
    let search: ThresholdSearch
    private let outcomes: [Bool]

    /// - Parameters:
    ///   - outputs: One for each of `indices`, which are ordered and whose labels are known.
    ///   - indices: Rows of the set.
    ///   - set: The rows and what failed.
    ///   - schema: Horizon, costs, hysteresis.
    init(_ outputs: [ModelOutput], of indices: [Int], in set: TrainingSet, schema: SignalSchema) {
        let rows = indices.map { set.rows[$0] }
        outcomes = rows.map(\.label.isPositive)
        search = ThresholdSearch(
            rows: rows,
            outputs: outputs,
            watch: Self.watch(over: rows, set.history, schema),
            costs: EpisodeEvaluation.Costs(schema),
            raiseAfter: schema.raiseAfter,
            clearBelow: schema.clearBelow
        )
    }

    private static func watch(
        over rows: [TrainingSet.Row],
        _ history: FailureHistory,
        _ schema: SignalSchema
    ) -> EpisodeEvaluation.Watch {
        var spans: [String: ClosedRange<Instant>] = [:]
        for row in rows { spans[row.asset] = (spans[row.asset]?.lowerBound ?? row.instant)...row.instant }
        return EpisodeEvaluation.Watch(
            spans: spans,
            history: history,
            horizon: schema.horizon,
            recovery: schema.recovery
        )
    }

    /// How many failures could be judged by these rows.
    static func episodeCount(of indices: [Int], in set: TrainingSet, schema: SignalSchema) -> Int {
        watch(over: indices.map { set.rows[$0] }, set.history, schema).episodes.count
    }

    var episodeCount: Int { search.watch.episodes.count }

    var ranking: Ranking { Ranking(probabilities: probabilities, outcomes: outcomes) }

    private var probabilities: [Double] { search.outputs.map(\.probability) }

    /// Rows near each other are redrawn together.
    var bootstrap: BlockBootstrap {
        BlockBootstrap(rows: search.rows, length: max(search.watch.horizon * 4, .seconds(7 * 86_400)))
    }

    var ranked: RankedRows { RankedRows(probabilities: probabilities, outcomes: outcomes) }

    /// All of it, as a person wants to see it.
    ///
    /// The threshold is the model's, or nil where these rows are to choose it; with fewer judged failures than are
    /// needed nothing is said of the model's quality, and with fewer than `weighed` no costs are.
    func report(
        _ kind: ModelReport.Basis.Kind,
        threshold: Double?,
        needed: Int,
        weighed: Int = 0
    ) -> ModelReport {
        let all = search.playAll()
        let isJudged = episodeCount >= needed
        let chosen: ThresholdSearch.Played
        if let threshold {
            chosen = search.play(threshold)
        } else {
            // Too few failures to weigh costs by: an alarm where a failure is more likely than not.
            chosen = episodeCount >= weighed ? search.best(of: all) : search.play(0.5)
        }
        let ranked = ranked
        let draws = bootstrap.draws { ranked.figures(weights: $0) }
        let instants = search.rows.map(\.instant)
        return ModelReport(
            basis: ModelReport.Basis(
                kind: kind,
                from: instants.min() ?? .distantPast,
                until: instants.max() ?? .distantPast,
                assets: search.watch.spans.count,
                assetWeeks: search.watch.assetWeeks
            ),
            quality: isJudged ? .judged : .cannotDetermine,
            judgedFailures: episodeCount,
            neededFailures: needed,
            threshold: chosen.threshold,
            missedFailureCost: search.costs.missedFailure,
            falseAlarmCost: search.costs.falseAlarm,
            ranking: ranking,
            intervals: ModelReport.Intervals(
                prAUC: Interval(of: draws.map(\.prAUC)),
                rocAUC: Interval(of: draws.map(\.rocAUC)),
                brier: Interval(of: draws.map(\.brier)),
                eventRecall: Interval(share: chosen.evaluation.episodesDetected, of: episodeCount)
            ),
            episodes: chosen.evaluation,
            precisionRecall: ranked.precisionRecallCurve(),
            calibration: ranked.calibrationBins,
            operatingPoints: all.map { played in
                ModelReport.OperatingPoint(
                    threshold: played.threshold,
                    alarms: played.raises.count,
                    caught: played.evaluation.episodesDetected,
                    falseAlarms: played.evaluation.falseAlarms
                )
            },
            leadMinutes: search.watch.announced(by: chosen.raises).map { ($0.episode.start - $0.first.instant).minutes }
                .sorted(),
            timeCoverage: timeCoverage
        )
    }

    /// The share of known times to failure that lie from P10 to P90.
    private var timeCoverage: Double? {
        var (covered, known) = (0, 0)
        for (row, output) in zip(search.rows, search.outputs) {
            guard case .positive(let minutes, _) = row.label, let low = output.p10Minutes, let high = output.p90Minutes
            else { continue }
            known += 1
            if (low...max(low, high)).contains(minutes) { covered += 1 }
        }
        return known > 0 ? Double(covered) / Double(known) : nil
    }
}
