package import Plant

/// How good a model is, in all that a person wants to see of it, and on what that was judged.
package struct ModelReport: Hashable, Sendable, Codable {
    /// The rows that the figures are of.
    package struct Basis: Hashable, Sendable, Codable {
        package enum Kind: String, Hashable, Sendable, Codable {
            /// Folds whose models never saw the rows they were judged on; the model itself learned from all.
            case outOfFold = "OUT_OF_FOLD"
            /// The last part of the data, which this very model never saw.
            case untouched = "UNTOUCHED"
        }

        package let kind: Kind
        package let from: Instant
        package let until: Instant
        package let assets: Int
        package let assetWeeks: Double

        package init(kind: Kind, from: Instant, until: Instant, assets: Int, assetWeeks: Double) {
            self.kind = kind
            self.from = from
            self.until = until
            self.assets = assets
            self.assetWeeks = assetWeeks
        }
    }

    /// What one threshold would have done.
    package struct OperatingPoint: Hashable, Sendable, Codable {
        package let threshold: Double
        package let alarms: Int
        package let caught: Int
        package let falseAlarms: Int

        package init(threshold: Double, alarms: Int, caught: Int, falseAlarms: Int) {
            self.threshold = threshold
            self.alarms = alarms
            self.caught = caught
            self.falseAlarms = falseAlarms
        }
    }

    /// Confidence intervals, 90 %, over blocks of the judged rows; nil where there are too few.
    package struct Intervals: Hashable, Sendable, Codable {
        package let prAUC: Interval?
        package let rocAUC: Interval?
        package let brier: Interval?
        package let eventRecall: Interval?

        package init(prAUC: Interval?, rocAUC: Interval?, brier: Interval?, eventRecall: Interval?) {
            self.prAUC = prAUC
            self.rocAUC = rocAUC
            self.brier = brier
            self.eventRecall = eventRecall
        }
    }

    /// A feature, and its share of all that the failure head's splits gained.
    package struct FeatureGain: Hashable, Sendable, Codable {
        package let feature: String
        package let share: Double

        package init(feature: String, share: Double) {
            self.feature = feature
            self.share = share
        }
    }

    package let basis: Basis
    package let quality: ModelManifest.Quality
    /// Failures that could be judged, and how many it takes to say how good a model is.
    package let judgedFailures: Int
    package let neededFailures: Int
    package let threshold: Double
    package let missedFailureCost: Double
    package let falseAlarmCost: Double
    package let ranking: Ranking
    package let intervals: Intervals
    package let episodes: EpisodeEvaluation
    package let precisionRecall: [RankedRows.PrecisionRecall]
    package let calibration: [RankedRows.CalibrationBin]
    /// Ascending by threshold.
    package let operatingPoints: [OperatingPoint]
    /// From the first raise to the failure, of each failure that was caught, ascending.
    package let leadMinutes: [Double]
    /// The share of known times to failure that lie from P10 to P90; nil without any.
    package let timeCoverage: Double?
    /// The most important first.
    package var topFeatures: [FeatureGain]
    /// What the tags were like when the model learned, to tell drift by.
    package var tags: [TagDistribution]

    package init(
        basis: Basis,
        quality: ModelManifest.Quality,
        judgedFailures: Int,
        neededFailures: Int,
        threshold: Double,
        missedFailureCost: Double,
        falseAlarmCost: Double,
        ranking: Ranking,
        intervals: Intervals,
        episodes: EpisodeEvaluation,
        precisionRecall: [RankedRows.PrecisionRecall],
        calibration: [RankedRows.CalibrationBin],
        operatingPoints: [OperatingPoint],
        leadMinutes: [Double],
        timeCoverage: Double?,
        topFeatures: [FeatureGain] = [],
        tags: [TagDistribution] = []
    ) {
        self.basis = basis
        self.quality = quality
        self.judgedFailures = judgedFailures
        self.neededFailures = neededFailures
        self.threshold = threshold
        self.missedFailureCost = missedFailureCost
        self.falseAlarmCost = falseAlarmCost
        self.ranking = ranking
        self.intervals = intervals
        self.episodes = episodes
        self.precisionRecall = precisionRecall
        self.calibration = calibration
        self.operatingPoints = operatingPoints
        self.leadMinutes = leadMinutes
        self.timeCoverage = timeCoverage
        self.topFeatures = topFeatures
        self.tags = tags
    }
}

extension ModelReport {
    /// What the model would have done and cost with one threshold, over the judged rows.
    package struct WhatIf: Hashable, Sendable, Codable {
        package let threshold: Double
        package let alarmsPerWeek: Double?
        package let falseAlarmsPerWeek: Double?
        package let caught: Int
        package let missed: Int
        package let expectedCost: Double
        /// Without any model: all failures are missed.
        package let costWithoutModel: Double
    }

    /// The cheapest threshold under given costs, the lower one of equals; nil where none was tried.
    package func whatIf(missedFailureCost: Double, falseAlarmCost: Double) -> WhatIf? {
        operatingPoints.map { whatIf($0, missedFailureCost, falseAlarmCost) }
            .min { $0.expectedCost < $1.expectedCost }
    }

    /// What the threshold at or next above a given one would have done under given costs.
    package func whatIf(threshold: Double, missedFailureCost: Double, falseAlarmCost: Double) -> WhatIf? {
        (operatingPoints.first { $0.threshold >= threshold } ?? operatingPoints.last)
            .map { whatIf($0, missedFailureCost, falseAlarmCost) }
    }

    private func whatIf(_ point: OperatingPoint, _ missedCost: Double, _ falseCost: Double) -> WhatIf {
        let weeks = basis.weeks
        let missed = episodes.episodes - point.caught
        return WhatIf(
            threshold: point.threshold,
            alarmsPerWeek: weeks.map { Double(point.alarms) / $0 },
            falseAlarmsPerWeek: weeks.map { Double(point.falseAlarms) / $0 },
            caught: point.caught,
            missed: missed,
            expectedCost: Double(missed) * missedCost + Double(point.falseAlarms) * falseCost,
            costWithoutModel: Double(episodes.episodes) * missedCost
        )
    }
}

extension ModelReport.Basis {
    /// The plant's weeks from the first judged row to the last; nil where there is no time between.
    package var weeks: Double? {
        let weeks = (until - from).minutes / (7 * 24 * 60)
        return weeks > 0 ? weeks : nil
    }
}
