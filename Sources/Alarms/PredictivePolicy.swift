/// When predictions raise an alarm, and when they let it go.
package struct PredictivePolicy: Hashable, Sendable, Codable {
    /// The model's own, on the calibrated probability.
    package let threshold: Double
    /// Share of the threshold under which the alarm clears; as ``raiseAfter`` the model's own too, for its threshold was
    /// chosen for them.
    package let clearBelow: Double
    /// Consecutive rows at or above the threshold.
    package let raiseAfter: Int

    /// - Parameters:
    ///   - threshold: In `0...1`.
    ///   - clearBelow: More than 0, at most 1.
    ///   - raiseAfter: At least 1.
    package init(threshold: Double, clearBelow: Double, raiseAfter: Int) {
        self.threshold = threshold
        self.clearBelow = clearBelow
        self.raiseAfter = raiseAfter
    }
}
