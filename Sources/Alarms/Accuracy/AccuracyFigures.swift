package import Models

/// How alarms met what people say and what failed: counts, and the figures that follow from them.
///
/// An alarm counts anew each time that a model raises it, in exactly one of the first seven.
package struct AccuracyFigures: Hashable, Sendable {
    /// All who judged them say that something was wrong.
    package internal(set) var right = 0
    /// All who judged them say that nothing was wrong, and the record does not contradict them.
    package internal(set) var wrong = 0
    /// They say that nothing was wrong, and a failure is recorded.
    package internal(set) var contradicted = 0
    /// They do not agree.
    package internal(set) var disputed = 0
    /// Nobody judged them; a failure is recorded.
    package internal(set) var recorded = 0
    /// Nobody judged them, nothing is recorded, and the horizon is not over yet.
    package internal(set) var open = 0
    /// Nobody judged them, nothing is recorded, and the horizon is over.
    package internal(set) var unknown = 0

    /// Alarms that a recorded failure followed within the horizon, which is over.
    package internal(set) var followed = 0
    /// Alarms that none followed, as far as failures are recorded and the asset was watched to the horizon's end.
    package internal(set) var notFollowed = 0

    /// Alarms that named a component, where the one that failed is known.
    package internal(set) var componentKnown = 0
    /// Those of them that named it.
    package internal(set) var componentRight = 0

    /// Recorded failures that came while the asset was predicted.
    package internal(set) var failures = 0
    /// Those of them that an alarm announced.
    package internal(set) var announced = 0
    /// Recorded failures that came while nothing was predicted.
    package internal(set) var unpredicted = 0
    /// Minutes from the first raise within the horizon to the failure, of each that was announced.
    package internal(set) var leadMinutes: [Double] = []

    /// Days of an asset on which it was predicted.
    package internal(set) var assetDays = 0

    package init() {}

    package var alarms: Int { right + wrong + contradicted + disputed + recorded + open + unknown }

    /// The share of right ones among those that people judged alike, and the record does not contradict.
    package var precision: Proportion { Proportion(right, of: right + wrong) }

    /// The share of alarms that a recorded failure followed, among those of which the record can tell.
    package var precisionByRecord: Proportion { Proportion(followed, of: followed + notFollowed) }

    /// The share of recorded failures that were announced, of those that came while the asset was predicted.
    package var recall: Proportion { Proportion(announced, of: failures) }

    /// The share of alarms that named the component that failed, where both are known.
    package var componentHits: Proportion { Proportion(componentRight, of: componentKnown) }

    /// Nil where none was announced.
    package var medianLeadMinutes: Double? {
        guard !leadMinutes.isEmpty else { return nil }
        let sorted = leadMinutes.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    package var assetWeeks: Double { Double(assetDays) / 7 }

    /// False alarms per asset and week: those that people call false at least, and at most those of which nobody knows,
    /// on which people do not agree, or whose words the record contradicts as well; nil where less than a week of an
    /// asset was predicted.
    package var falseAlarmsPerAssetWeek: Interval? {
        guard assetDays >= 7 else { return nil }
        let most = wrong + unknown + disputed + contradicted
        return Interval(low: Double(wrong) / assetWeeks, high: Double(most) / assetWeeks)
    }
}
