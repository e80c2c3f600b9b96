import Alarms
import Foundation

/// An alarm system's figures as a person reads them.
enum AlarmQualityText {
    static func text(_ report: AlarmQualityReport) -> String {
        let answers = report.acknowledgement
        var lines = [
            "\(report.annunciations) annunciations, \(report.from) to \(report.to), for \(report.operators) "
                + (report.operators == 1 ? "operator" : "operators")
        ]
        if report.measuredFrom != report.from {
            let since = report.measuredFrom.map { "\($0), when readings began to come" }
            lines.append("  measured from        \(since ?? "nothing came in that time")")
        }
        lines += [
            row("average in 10 min", report.averageRate, number),
            row("most in 10 min", report.peakRate, number),
            row("time in flood", report.floodShare, percent),
            row("chattering alarms", report.chattering, number),
            row("fleeting", report.fleeting, number),
            row("stale on a day", report.stale, number),
            row("ten most frequent", report.topTenShare, percent),
            "  priorities           high \(part(report.priorities.high)), medium \(part(report.priorities.medium)), "
                + "low \(part(report.priorities.low)) (5, 15 and 80 %): \(word(report.priorities.verdict))",
            "  acknowledged in      " + time(answers.medianSeconds) + ", nine of ten in " + time(answers.p90Seconds)
                + "; \(answers.waiting) wait",
            "  kept silent          \(report.suppressed)",
        ]
        if !report.badActors.isEmpty { lines.append("Bad actors:") }
        for actor in report.badActors {
            lines.append(
                "  \(actor.annunciations) (\(percent(actor.share)))  \(actor.asset)  \(actor.source)  \(actor.message)"
                    + (actor.chattering > 0 ? "  chatters" : "")
            )
        }
        return lines.joined(separator: "\n")
    }

    static func text(_ advice: RuleAdvice) -> String {
        let figures = advice.present.map { present in
            ": \(OperatorText.count(present.raises, "raise")), \(present.chattering) chattering, "
                + "\(present.fleeting) gone within a minute"
        }
        let head = (advice.rule ?? "predictions") + (figures ?? ":")
        let nothing = advice.none.map { ["  nothing to suggest: \($0)"] } ?? []
        return ([head] + advice.suggestions.map { "  \($0.text)" } + nothing).joined(separator: "\n")
    }

    private static func row(
        _ name: String,
        _ figure: AlarmQualityReport.Figure,
        _ format: (Double) -> String
    ) -> String {
        let padding = String(repeating: " ", count: max(1, 21 - name.count))
        let value = figure.value.map(format) ?? "can't be judged"
        return "  \(name)\(padding)\(value) (at most \(format(figure.target))): \(word(figure.verdict))"
    }

    private static func word(_ verdict: AlarmQualityReport.Verdict) -> String {
        switch verdict {
        case .acceptable: "acceptable"
        case .manageable: "manageable"
        case .overDemanding: "over-demanding"
        case .unacceptable: "unacceptable"
        case .unknown: "too little to say"
        }
    }

    private static func number(_ value: Double) -> String { String(format: "%.4g", value) }
    private static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }
    private static func part(_ share: Double?) -> String { share.map(percent) ?? "?" }
    private static func time(_ seconds: Double?) -> String {
        seconds.map { RehearsalText.span(seconds: $0) } ?? "(nobody did)"
    }
}
