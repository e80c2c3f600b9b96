package import Models

/// The figures of a backtest; what can't be judged is null.
package struct BacktestReport: Sendable {
    package let kind: ModelKind
    package let ranking: Ranking
    package let threshold: Double
    /// The model's alarms alone.
    package let predictive: EpisodeEvaluation
    /// Rules and model, as operators see them.
    package let together: EpisodeEvaluation
    package let rulesOnly: EpisodeEvaluation
    /// Row by row; nil where rows are not labelled.
    package let rows: RowJudgements?
}

extension BacktestReport {
    /// An anomaly score claims no frequency: there is nothing to hold it to.
    package var brier: Double? { kind == .failure ? ranking.brier : nil }
    package var ece: Double? { kind == .failure ? ranking.ece : nil }
}

extension BacktestReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case kind, rows, positives, rocAUC, prAUC, brier, ece, threshold, episodes, episodesDetected, medianLeadMinutes
        case falseAlarms, falseAlarmsPerAssetWeek, componentTop1, timeToFailureMAE, expectedCost, expectedCostRulesOnly
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(ranking.rows, forKey: .rows)
        try container.encode(ranking.positives, forKey: .positives)
        try container.encode(ranking.rocAUC, forKey: .rocAUC)
        try container.encode(ranking.prAUC, forKey: .prAUC)
        try container.encode(brier, forKey: .brier)
        try container.encode(ece, forKey: .ece)
        try container.encode(threshold, forKey: .threshold)
        try container.encode(predictive.episodes, forKey: .episodes)
        try container.encode(predictive.episodesDetected, forKey: .episodesDetected)
        try container.encode(predictive.medianLeadMinutes, forKey: .medianLeadMinutes)
        try container.encode(predictive.falseAlarms, forKey: .falseAlarms)
        try container.encode(predictive.falseAlarmsPerAssetWeek, forKey: .falseAlarmsPerAssetWeek)
        try container.encode(predictive.componentTop1, forKey: .componentTop1)
        try container.encode(predictive.timeToFailureMAE, forKey: .timeToFailureMAE)
        try container.encode(together.expectedCost, forKey: .expectedCost)
        try container.encode(rulesOnly.expectedCost, forKey: .expectedCostRulesOnly)
        if let rows { try rows.encode(to: encoder) } else { try RowJudgements.encodeUnknown(to: encoder) }
    }
}
