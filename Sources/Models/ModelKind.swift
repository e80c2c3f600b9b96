/// What a model's number means.
package enum ModelKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// The probability of a failure within the horizon; learned from failures.
    case failure = "FAILURE"
    /// How unlike normal running a row is, 0.5 being the threshold; learned without failures, and no probability.
    case anomaly = "ANOMALY"
}
