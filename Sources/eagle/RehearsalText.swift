import Alarms
import Foundation
import Plant

/// A rehearsal's findings as a person reads them.
enum RehearsalText {
    static func text(_ report: RehearsalReport) -> String {
        var lines = [
            "\(OperatorText.count(report.rows, "row")) of \(OperatorText.count(report.assets, "asset")), "
                + "\(report.from) to \(report.to)"
        ]
        guard let first = report.firstRowAt, let last = report.lastRowAt else {
            return (lines + ["No readings are kept of that time"]).joined(separator: "\n")
        }
        if !report.coversStretch { lines.append("Readings cover only \(first) to \(last) of it" + holes(of: report)) }
        lines += [
            "Operators would have been made to look \(OperatorText.times(report.annunciations))"
                + (report.annunciationsPresent.map { "; with the rules as they are \($0)" } ?? ""),
            "",
            columns("rule", "is", "raises", "CRITICAL", "escalated", "chatter", "stood", "longest"),
        ]
        for rule in report.rules {
            func effect(_ value: (RuleFindings) -> String) -> String {
                switch (rule.present.map(value), rule.proposed.map(value)) {
                case (let before?, let after?): before == after ? after : "\(before) -> \(after)"
                case (let before?, nil): "\(before) -> gone"
                case (nil, let after): after ?? ""
                }
            }
            lines.append(
                columns(
                    rule.id,
                    rule.change.rawValue,
                    effect { "\($0.raises)" },
                    effect { "\($0.criticalRaises)" },
                    effect { "\($0.escalations)" },
                    effect { "\($0.chattering)" },
                    effect { span($0.standing) },
                    effect { span($0.longest) }
                )
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func holes(of report: RehearsalReport) -> String {
        guard report.coveredShare < 1 else { return "" }
        // Rounded down, so that no hole reads as 100 %.
        func percent(_ share: Double) -> String { "\(Int(share * 100)) %" }
        let least = report.leastCovered.flatMap { least in
            least.share < report.coveredShare ? ", of \(least.asset) \(percent(least.share))" : nil
        }
        return ": \(percent(report.coveredShare)) without silences over sourceStaleSeconds" + (least ?? "")
    }

    private static func columns(_ texts: String...) -> String {
        let widths = [24, 10, 14, 14, 14, 14, 18, 0]
        return zip(texts, widths).map { text, width in
            text + String(repeating: " ", count: max(width == 0 ? 0 : 1, width - text.count))
        }.joined()
    }

    static func span(_ duration: Duration) -> String { span(seconds: duration.minutes * 60) }

    static func span(seconds: Double) -> String {
        switch seconds {
        case ..<120: String(format: "%.0f s", seconds)
        case ..<7_200: String(format: "%.0f min", seconds / 60)
        case ..<172_800: String(format: "%.1f h", seconds / 3_600)
        default: String(format: "%.1f days", seconds / 86_400)
        }
    }
}
