import Plant

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

    /// What the model becomes, and why, in words.
    ///
    /// - Parameters:
    ///   - report: What the gate found.
    ///   - kind: What the model tells.
    ///   - aim: What the organization wants.
    ///   - champion: What the model tells that serves; nil where none does.
    ///   - hasChallenger: Whether a rival of it is being tried on live rows.
    /// - Returns: The decision, and its reason.
    package static func decide(
        _ report: GateReport,
        kind: ModelKind = .failure,
        aim: Aim,
        champion: ModelKind?,
        hasChallenger: Bool = false
    ) -> (Decision, reason: String) {
        let unsound = report.failed.filter { $0.name == .parity || $0.name == .leakage }
        if !unsound.isEmpty { return (.rejected, said(unsound)) }
        if kind == .anomaly { return decideBaseline(report, aim: aim, champion: champion) }
        let undetermined = report.checks.filter { $0.outcome == .cannotDetermine }
        let failed = report.failed
        switch (aim, champion) {
        case (_, _) where !failed.isEmpty:
            return (.registered, "it is not better: \(said(failed))")
        case (.none, _):
            return (.registered, "a person deploys models here")
        case (.challenger, .failure) where hasChallenger:
            return (.registered, "it passed the gate, but another challenger is still being tried on live rows")
        case (.challenger, .failure):
            let doubt = undetermined.isEmpty ? "" : "; only live evidence can tell: \(said(undetermined))"
            return (.challenger, "it passed the gate\(doubt)")
        case (_, _) where !undetermined.isEmpty:
            return (.registered, "it can't be told whether it is good enough: \(said(undetermined))")
        case (.challenger, .anomaly):
            return (.champion, "it passed the gate, and takes the place of a baseline, which knows of no failures")
        case (.challenger, nil):
            return (.registered, "it passed the gate, and there is no champion to challenge: deploy it by hand")
        case (.champion, _):
            return (.champion, "it passed the gate")
        }
    }

    /// A baseline serves where no model of failures does.
    private static func decideBaseline(
        _ report: GateReport,
        aim: Aim,
        champion: ModelKind?
    ) -> (Decision, reason: String) {
        let wanting = report.checks.filter { $0.outcome != .passed }
        if !wanting.isEmpty { return (.registered, said(wanting)) }
        if champion == .failure { return (.registered, "a model that learned from failures serves") }
        if aim == .none { return (.registered, "a person deploys models here") }
        return (
            .champion, "it tells what is unusual, until there are failures enough to learn from: \(said(report.checks))"
        )
    }

    /// What becomes of a rival that predicts live rows beside the champion.
    package enum LiveDecision: Hashable, Sendable {
        case goOn
        /// It becomes champion; the reason in words.
        case promote(reason: String)
        /// It is tried no longer.
        case retire(reason: String)
    }

    /// - Parameters:
    ///   - report: How the trial stands.
    ///   - alias: What the rival is tried as.
    ///   - daysMax: How long it is tried at most.
    /// - Returns: What is to be done.
    package static func decide(_ report: TrialReport, as alias: ModelAlias, daysMax: Int) -> LiveDecision {
        let seen = "after \(report.failures) failures in \(report.rows) live rows that both predicted"
        let isOver = report.until - report.since >= .seconds(daysMax * 86_400)
        return switch (report.outcome, alias) {
        case (.rivalIsBetter, .predecessor):
            .promote(reason: "the model before it was better \(seen): it takes over again")
        case (.rivalIsBetter, _):
            .promote(reason: "it was better than the champion \(seen)")
        case (.championIsBetter, .predecessor):
            .retire(reason: "the champion has proven better than the model before it \(seen)")
        case (.championIsBetter, _):
            .retire(reason: "the champion was better \(seen)")
        case (.undecided, .predecessor) where isOver:
            .retire(reason: "the champion was watched for \(daysMax) days and did not turn out worse")
        case (.undecided, _) where isOver:
            .retire(reason: "it was not proven better in \(daysMax) days")
        case (.undecided, _):
            .goOn
        }
    }

    /// What the checks say, each thing once.
    private static func said(_ checks: [GateReport.Check]) -> String {
        var words: [String] = []
        for check in checks where !words.contains(check.message) { words.append(check.message) }
        return words.joined(separator: "; ")
    }
}
