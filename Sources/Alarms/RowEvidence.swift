/// What a prediction was made from, kept with the alarm that it raised, so that it can be shown later whether anything
/// of it has changed.
package struct RowEvidence: Hashable, Sendable, Codable {
    /// The sequence of the reading that gave the row its form: what was kept later had no part in it.
    package let throughSequence: Int64
    /// Of the feature row, see `FeatureRow.digest`.
    package let rowDigest: String

    package init(throughSequence: Int64, rowDigest: String) {
        self.throughSequence = throughSequence
        self.rowDigest = rowDigest
    }
}
