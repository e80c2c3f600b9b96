package import Alarms
import Models
import Plant
package import Serving

/// How right alarms were, as the API and the commands tell it; what can't be told is absent.
package struct AccuracyDocument: Encodable, Sendable {
    /// Each foretold alarm in one of them.
    struct Alarms: Encodable, Sendable {
        let total: Int
        let right: Int
        let wrong: Int
        let contradicted: Int
        let disputed: Int
        let recorded: Int
        let open: Int
        let unknown: Int
    }

    struct Failures: Encodable, Sendable {
        let predicted: Int
        let announced: Int
        let unpredicted: Int
    }

    struct Bounds: Encodable, Sendable {
        let least: Double
        let most: Double
    }

    package struct Figures: Encodable, Sendable {
        let alarms: Alarms
        let precision: Proportion
        let precisionByRecord: Proportion
        let recall: Proportion
        let failures: Failures
        let medianLeadMinutes: Double?
        let componentHits: Proportion
        let assetWeeks: Double
        let falseAlarmsPerAssetWeek: Bounds?

        package init(_ figures: AccuracyFigures) {
            alarms = Alarms(
                total: figures.alarms,
                right: figures.right,
                wrong: figures.wrong,
                contradicted: figures.contradicted,
                disputed: figures.disputed,
                recorded: figures.recorded,
                open: figures.open,
                unknown: figures.unknown
            )
            precision = figures.precision
            precisionByRecord = figures.precisionByRecord
            recall = figures.recall
            failures = Failures(
                predicted: figures.failures,
                announced: figures.announced,
                unpredicted: figures.unpredicted
            )
            medianLeadMinutes = figures.medianLeadMinutes
            componentHits = figures.componentHits
            assetWeeks = figures.assetWeeks
            falseAlarmsPerAssetWeek = figures.falseAlarmsPerAssetWeek.map { Bounds(least: $0.low, most: $0.high) }
        }
    }

    struct Group: Encodable, Sendable {
        let key: String
        let figures: Figures
    }

    struct Rule: Encodable, Sendable {
        let rule: String
        let alarms: Int
        let right: Int
        let wrong: Int
        let disputed: Int
        let unknown: Int
        let precision: Proportion

        init(_ id: String, _ figures: RuleAccuracy) {
            rule = id
            alarms = figures.alarms
            right = figures.right
            wrong = figures.wrong
            disputed = figures.disputed
            unknown = figures.unknown
            precision = figures.precision
        }
    }

    let from: Instant
    let to: Instant
    let horizonMinutes: Int
    let timeZone: String
    let total: Figures
    let by: AccuracyGrouping?
    let groups: [Group]
    let rules: [Rule]?
    /// What `after` takes for the groups or rules that follow.
    let next: String?

    /// - Parameters:
    ///   - report: What is told.
    ///   - grouping: What is told apart.
    ///   - after: The key after which groups or rules are told.
    ///   - limit: How many of them.
    package init(_ report: AccuracyReport, by grouping: AccuracyGrouping?, after: String? = nil, limit: Int = .max) {
        from = report.span.lowerBound
        to = report.span.upperBound
        horizonMinutes = Int(report.horizon.minutes)
        timeZone = report.timeZone
        total = Figures(report.total)
        by = grouping
        let groups = report.groups.filter { $0.key > after ?? "" }
        let rules = report.rules.filter { $0.id > after ?? "" }
        self.groups = groups.prefix(limit).map { Group(key: $0.key, figures: Figures($0.figures)) }
        self.rules = grouping == .rule ? rules.prefix(limit).map { Rule($0.id, $0.figures) } : nil
        next =
            groups.count > limit
            ? self.groups.last?.key : rules.count > limit ? self.rules?.last?.rule : nil
    }
}
