/// What becomes of a model that was trained, by what the gate found and what the organization wants.
package enum PromotionPolicy {
    /// What a model may become by itself.
    package enum Aim: String, Hashable, Sendable, Codable, CaseIterable {
        /// Registered; a person deploys it, or not.
        case none
        /// The champion's rival: predicts live rows, is scored, and is promoted on that evidence.
        case challenger
        /// The champion, at once.
        case champion
    }

    package enum Decision: String, Hashable, Sendable, Codable {
        case rejected = "REJECTED"
        case registered = "REGISTERED"
        case challenger = "CHALLENGER"
        case champion = "CHAMPION"
    }

    /// - Returns: What the model becomes, and why, in words.
    package static func decide(_ report: GateReport, aim: Aim, hasChampion: Bool) -> (Decision, reason: String) {
        let unsound = report.failed.filter { $0.name == .parity || $0.name == .leakage }
        if !unsound.isEmpty { return (.rejected, said(unsound)) }
        let undetermined = report.checks.filter { $0.outcome == .cannotDetermine }
        let failed = report.failed
        switch (aim, hasChampion) {
        case (_, _) where !failed.isEmpty:
            return (.registered, "it is not better: \(said(failed))")
        case (.none, _):
            return (.registered, "a person deploys models here")
        case (.challenger, true):
            let doubt = undetermined.isEmpty ? "" : "; only live evidence can tell: \(said(undetermined))"
            return (.challenger, "it passed the gate\(doubt)")
        case (_, _) where !undetermined.isEmpty:
            return (.registered, "it can't be told whether it is good enough: \(said(undetermined))")
        case (.challenger, false):
            return (.registered, "it passed the gate, and there is no champion to challenge: deploy it by hand")
        case (.champion, _):
            return (.champion, "it passed the gate")
        }
    }

    private static func said(_ checks: [GateReport.Check]) -> String { checks.map(\.message).joined(separator: "; ") }
}
