/// What was found before a model may serve, all on rows that it never saw.
package struct GateReport: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable {
        case passed = "PASSED"
        case failed = "FAILED"
        case cannotDetermine = "CANNOT_DETERMINE"
    }

    package struct Check: Hashable, Sendable, Codable {
        package enum Name: String, Hashable, Sendable, Codable, CaseIterable {
            case evidence, parity, leakage, calibration, worth, ranking, cost
        }

        package let name: Name
        package let outcome: Outcome
        /// What a person should know of it.
        package let message: String

        package init(_ name: Name, _ outcome: Outcome, _ message: String) {
            self.name = name
            self.outcome = outcome
            self.message = message
        }
    }

    /// The champion on the very rows that the candidate was judged on.
    package struct Rival: Hashable, Sendable, Codable {
        package let version: ModelVersion
        /// Both over the rows that neither saw.
        package let candidate: Figures
        package let champion: Figures
        /// The share of redrawn blocks of rows in which the candidate ranks better.
        package let rankingBetter: Double?

        package init(version: ModelVersion, candidate: Figures, champion: Figures, rankingBetter: Double?) {
            self.version = version
            self.candidate = candidate
            self.champion = champion
            self.rankingBetter = rankingBetter
        }
    }

    package struct Figures: Hashable, Sendable, Codable {
        package let ranking: Ranking
        package let episodes: EpisodeEvaluation

        package init(ranking: Ranking, episodes: EpisodeEvaluation) {
            self.ranking = ranking
            self.episodes = episodes
        }
    }

    package let checks: [Check]
    /// Nil where no model served.
    package let rival: Rival?

    package init(checks: [Check], rival: Rival?) {
        self.checks = checks
        self.rival = rival
    }

    package func outcome(of name: Check.Name) -> Outcome? { checks.first { $0.name == name }?.outcome }

    package var failed: [Check] { checks.filter { $0.outcome == .failed } }
}
