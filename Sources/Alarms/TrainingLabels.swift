package import Models
package import Plant

/// Which failures and whose words a model learned from or was judged by.
package struct TrainingLabels: Hashable, Sendable, Codable {
    package struct Failure: Hashable, Sendable, Codable {
        package let asset: String
        package let start: Instant
        package let components: [String]
    }

    package let failures: [Failure]
    /// What people said of predicted alarms, and what came of each word.
    package let feedback: [FeedbackEvidence.Word]

    package init(_ history: FailureHistory, _ evidence: FeedbackEvidence) {
        feedback = evidence.words
        failures = history.allEpisodes.map {
            Failure(asset: $0.asset, start: $0.start, components: $0.components.sorted())
        }
    }
}
