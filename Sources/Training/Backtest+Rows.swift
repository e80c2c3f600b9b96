import Alarms
import Models
package import Plant
import Serving

extension Backtest {
    /// Meets each labelled row with what an operator would have seen at it.
    ///
    /// That is a rule that is active, or a score at or above the threshold. What the model last said of an asset stands
    /// until it says something else; rows before that are judged by the rules alone.
    ///
    /// - Parameters:
    ///   - readings: In order of asset, then of time, each key once.
    ///   - labels: What is known of them.
    ///   - isJudged: Whether a row counts; others only bring state up to date. Rows without any good number never
    /// count.
    /// - Returns: Rules and model together, and each alone.
    /// - Throws: ``ModelError`` where the model can't be asked, `SchemaProblem` for rules that are not good.
    package func rows(
        _ readings: [Reading],
        labels: RowLabels,
        where isJudged: (Reading) -> Bool
    ) throws -> RowJudgements {
        try rows(readings, predictions: try predictions(readings: readings), labels: labels, where: isJudged)
    }

    func rows(
        _ readings: [Reading],
        predictions: [Prediction],
        labels: RowLabels,
        where isJudged: (Reading) -> Bool
    ) throws -> RowJudgements {
        let threshold = model.manifest.threshold
        let continuousCount = document.schema.continuousColumns.count
        var engine = try AlarmEngine(
            rules: document.rules,
            tags: document.schema.tags,
            silentAfter: document.silentAfter
        )
        var generator = SystemRandomNumberGenerator()
        var active: [String: Set<AlarmCause.Source>] = [:]
        var unusual: [String: Bool] = [:]
        var judgements = RowJudgements()
        var next = 0
        for reading in readings {
            for transition in document.rules.isEmpty ? [] : engine.observe(Sample(reading), generator: &generator) {
                guard let source = transition.source, let cause = transition.alarm.cause(from: source) else { continue }
                if cause.isActive {
                    active[reading.asset, default: []].insert(source)
                } else {
                    active[reading.asset, default: []].remove(source)
                }
            }
            if next < predictions.count, predictions[next].asset == reading.asset,
                predictions[next].instant == reading.instant
            {
                unusual[reading.asset] = predictions[next].probability >= threshold
                next += 1
            }
            guard isJudged(reading), reading.values.prefix(continuousCount).contains(where: \.isFinite) else {
                continue
            }
            judgements.judge(
                isFaulty: labels.isFaulty(reading),
                isRuled: active[reading.asset]?.isEmpty == false,
                isUnusual: unusual[reading.asset]
            )
        }
        return judgements
    }
}
