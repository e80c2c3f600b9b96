import Features
import Models
import Plant

extension AssetAlarms {
    /// Judges a prediction if it is of the newest predicted row: a newer one counts, another of the same row takes
    /// the former's place, an older one is history.
    mutating func observe(
        _ prediction: Prediction,
        metadata: FeatureMetadata?,
        policy: PredictivePolicy,
        component: () -> String?,
        evidence: () -> RowEvidence?,
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        guard !prediction.probability.isNaN else { return [] }
        if let newestPrediction, prediction.instant < newestPrediction { return [] }
        let activeCondition = predictedCondition
        var hysteresis = PredictiveHysteresis(
            policy: policy,
            isActive: activeCondition != nil,
            run: run,
            runBefore: runBefore
        )
        let change =
            prediction.instant == newestPrediction
            ? hysteresis.revise(prediction.probability) : hysteresis.observe(prediction.probability)
        newestPrediction = prediction.instant
        run = hysteresis.run
        runBefore = hysteresis.runBefore

        switch change {
        case .raised?:
            let named = prediction.naming(prediction.component ?? component())
            let metadata = AlertMetadata(named, features: metadata, evidence: evidence(), run: run)
            return [raise(metadata, generator: &generator)]
        case .cleared?: return clear(at: prediction.instant)
        case nil:
            if let activeCondition {
                let named = prediction.naming(prediction.component ?? activeCondition.component)
                open[activeCondition]?.refresh(AlertMetadata(named, features: metadata))
            }
            return []
        }
    }

    /// Forgets what was predicted: the next row begins a new run.
    mutating func withdraw(at instant: Instant) -> [AlarmTransition] {
        run = 0
        runBefore = 0
        return clear(at: instant)
    }

    private mutating func clear(at instant: Instant) -> [AlarmTransition] {
        guard let condition = predictedCondition,
            let transition = deactivate(.prediction, on: condition, at: instant)
        else { return [] }
        return [transition]
    }

    private mutating func raise(
        _ metadata: AlertMetadata,
        generator: inout some RandomNumberGenerator
    ) -> AlarmTransition {
        let condition = metadata.component.flatMap { $0.isEmpty ? nil : AlarmCondition.component($0) } ?? .prediction
        let cause = AlarmCause(
            source: .prediction,
            type: .predictive,
            since: metadata.instant,
            message: OperatorText.message(of: metadata, condition: condition),
            metadata: metadata
        )
        return activate(cause, on: condition, generator: &generator)
    }
}
