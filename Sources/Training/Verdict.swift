import Models
import Plant

/// What the folds say of a model: how to read its scores, when to raise an alarm, and how good it is.
struct Verdict {
    let calibration: PlattCalibration
    let confidence: VennAbers?
    /// Over the folds' rows, or over rows that were kept apart from all learning.
    var report: ModelReport

    init(_ outOfFold: OutOfFold, set: TrainingSet, schema: SignalSchema, growth: Growth) {
        let outcomes = outOfFold.indices.map { set.rows[$0].label.isPositive }
        let calibration = PlattCalibration(fitting: outOfFold.scores, outcomes: outcomes)
        self.calibration = calibration
        confidence = VennAbers(fitting: outOfFold.scores, outcomes: outcomes)
        let judgement = Judgement(outOfFold.outputs(calibration), of: outOfFold.indices, in: set, schema: schema)
        report = judgement.report(
            .outOfFold,
            threshold: nil,
            needed: growth.foldedEpisodesMin,
            weighed: growth.judgedEpisodesMin
        )
    }

    var threshold: Double { report.threshold }

    /// Why the quality can't be determined, in words; empty where it can.
    var reason: String {
        switch report.quality {
        case .judged: ""
        case .cannotDetermine:
            "only \(report.judgedFailures) failures could be judged on rows the model did not learn from, "
                + "\(report.neededFailures) are needed"
        }
    }
}
