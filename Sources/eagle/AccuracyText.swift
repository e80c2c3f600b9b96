import Alarms
import Foundation
import Models
import Plant
import Serving

/// Figures of accuracy as a person reads them.
enum AccuracyText {
    static func whole(_ report: AccuracyReport, by grouping: AccuracyGrouping?) -> String {
        let total = report.total
        var lines = [
            "Foretold alarms from \(report.span.lowerBound) to \(report.span.upperBound)",
            ManifestText.row("alarms", alarms(total)),
            ManifestText.row("precision", share(total.precision, "of those judged")),
            ManifestText.row("by the record", share(total.precisionByRecord, "of those the record tells of")),
            ManifestText.row("recall", share(total.recall, "of recorded failures")),
            ManifestText.row("median lead time", total.medianLeadMinutes.map(ManifestText.minutes) ?? "none announced"),
            ManifestText.row("component right", share(total.componentHits, "where it is known")),
            ManifestText.row("false alarms", falseAlarms(total)),
        ]
        if total.unpredicted > 0 {
            lines.append(ManifestText.row("failures unwatched", "\(total.unpredicted), while nothing was predicted"))
        }
        if !report.groups.isEmpty { lines.append("") }
        for group in report.groups {
            let figures = group.figures
            lines.append(
                "\(grouping == .version ? String(group.key.prefix(8)) : group.key)  alarms \(figures.alarms), "
                    + "unknown \(figures.unknown), precision \(brief(figures.precision)), recall \(brief(figures.recall))"
            )
        }
        if !report.rules.isEmpty { lines.append("") }
        for rule in report.rules {
            let figures = rule.figures
            lines.append(
                "\(rule.id)  alarms \(figures.alarms), unknown \(figures.unknown), precision \(brief(figures.precision))"
            )
        }
        return lines.joined(separator: "\n")
    }

    static func line(_ entry: AttentionRanking.Entry) -> String {
        let cost = entry.expectedCost.map { "expected cost \(OperatorText.figure($0))  " } ?? ""
        return "\(entry.rank.rawValue)  \(entry.asset.name)  \(cost)\(entry.why)"
    }

    /// What a list that ends after so many does not say; nil where it says all.
    static func rest(of ranking: AttentionRanking, after limit: Int) -> String? {
        let rest = ranking.entries.dropFirst(limit)
        guard !rest.isEmpty else { return nil }
        let unknown = rest.count(where: \.isUnknown)
        return "There are \(rest.count) more" + (unknown > 0 ? ", of \(unknown) of which nothing is known now" : "")
            + ": see --limit."
    }

    private static func alarms(_ figures: AccuracyFigures) -> String {
        let parts = [
            (figures.right, "right"), (figures.wrong, "false"), (figures.contradicted, "contradicted"),
            (figures.disputed, "disputed"), (figures.recorded, "recorded"), (figures.open, "open"),
            (figures.unknown, "unknown"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return parts.isEmpty ? "none" : "\(figures.alarms): \(parts.joined(separator: ", "))"
    }

    private static func falseAlarms(_ figures: AccuracyFigures) -> String {
        guard let bounds = figures.falseAlarmsPerAssetWeek else { return "can't be told: too little was watched" }
        let (low, high) = (rate(bounds.low), rate(bounds.high))
        return "\(low == high ? low : "\(low) to \(high)") per asset and week"
    }

    private static func share(_ share: Proportion, _ what: String) -> String {
        guard let value = share.value, let interval = share.interval else {
            return "can't be told: \(share.count) of \(share.of) \(what)"
        }
        return
            "\(percent(value)) (\(whole(interval.low)) to \(whole(interval.high)) %): \(share.count) of \(share.of) \(what)"
    }

    private static func brief(_ share: Proportion) -> String {
        "\(share.value.map(percent) ?? "unknown") (\(share.count)/\(share.of))"
    }

    /// Of what is rare at least two digits.
    static func rate(_ value: Double) -> String {
        String(format: "%.\(value > 0 ? max(2, 1 - Int(log10(value).rounded(.down))) : 2)f", value)
    }

    private static func whole(_ share: Double) -> Int { Int((share * 100).rounded()) }

    /// All are said to be only where all are, and none where none is.
    static func percent(_ share: Double) -> String {
        switch whole(share) {
        case 0 where share > 0: "under 1 %"
        case 100 where share < 1: "over 99 %"
        case let whole: "\(whole) %"
        }
    }
}
