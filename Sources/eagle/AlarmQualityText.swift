import Alarms
import Foundation

/// An alarm system's figures as a person reads them.
enum AlarmQualityText {
    static func text(_ report: AlarmQualityReport) -> String {
        var lines = [
            "\(OperatorText.count(report.annunciations, "annunciation")), \(report.from) to \(report.to), \(operators(report))"
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
            "  acknowledged         \(answers(report.acknowledgement))",
            "  kept silent          \(report.suppressed)",
        ]
        if !report.badActors.isEmpty { lines.append("Bad actors:") }
        for actor in report.badActors {
            lines.append(
                "  \(actor.annunciations) (\(percent(actor.share)))  \(actor.asset)  \(actor.source)  \(actor.message)"
                    + (actor.chattering > 0 ? "  chatters: three within a minute" : "")
            )
        }
        return lines.joined(separator: "\n")
    }

    static func text(_ advice: RuleAdvice) -> String {
        let figures = advice.present.map { present in
            ": \(OperatorText.count(present.raises, "raise")), \(present.chattering) back within 5 min (chatter), "
                + "\(present.fleeting) gone within a minute"
        }
        let head = (advice.rule ?? "predictions") + (figures ?? ":")
        let nothing = advice.none.map { ["  nothing to suggest: \($0)"] } ?? []
        return ([head] + advice.suggestions.map { "  \($0.text)" } + nothing).joined(separator: "\n")
    }

    private static func operators(_ report: AlarmQualityReport) -> String {
        switch report.operatorAccounts {
        case nil: "for \(OperatorText.count(report.operators, "operator"))"
        case 0?: "as if for one operator: no account is an operator's"
        case let accounts?: "shared by \(OperatorText.count(accounts, "operator account"))"
        }
    }

    static func answers(_ answers: AlarmQualityReport.Acknowledgement) -> String {
        let all = answers.answered + answers.waiting
        guard all > 0 else { return "nothing called for it" }
        guard answers.answered > 0 else { return "none of \(all) yet" }
        let half = answers.medianSeconds.map { "half within \(RehearsalText.span(seconds: $0))" } ?? "half not yet"
        let most = answers.p90Seconds.map { "nine of ten within \(RehearsalText.span(seconds: $0))" }
        return "\(answers.answered) of \(all), \(half), \(most ?? "nine of ten not yet")"
    }

    private static func row(
        _ name: String,
        _ figure: AlarmQualityReport.Figure,
        _ format: (Double, Int) -> String
    ) -> String {
        let padding = String(repeating: " ", count: max(1, 21 - name.count))
        guard let value = figure.value else {
            return "  \(name)\(padding)can't be judged (at most \(format(figure.target, 0))): \(word(figure.verdict))"
        }
        let (shown, target) = apart(value, figure.target, format)
        return "  \(name)\(padding)\(shown) (at most \(target)): \(word(figure.verdict))"
    }

    /// Both with as many more digits as it takes to tell one from the other, so that no verdict belies them.
    static func apart(
        _ value: Double,
        _ target: Double,
        _ format: (Double, Int) -> String
    ) -> (value: String, target: String) {
        let more = value == target ? 0 : (0..<6).first { format(value, $0) != format(target, $0) } ?? 6
        return (format(value, more), format(target, more))
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

    /// What is whole as it is, all else with four digits, or with so many more.
    static func number(_ value: Double, more: Int = 0) -> String {
        if let whole = Int(exactly: value) { return String(whole) }
        return String(format: abs(value) >= 1_000 ? "%.\(more)f" : "%.\(4 + more)g", value)
    }

    static func percent(_ share: Double, more: Int = 0) -> String {
        String(format: "%.\(1 + more)f %%", share * 100)
    }

    private static func part(_ share: Double?) -> String { share.map { percent($0) } ?? "?" }
}
