import Plant

/// What an engine knows of one asset besides its open alarms: small, and enough to go on after a restart as if there
/// had been none.
package struct AssetAlarmMemory: Hashable, Sendable, Codable {
    /// The newest sample's instant.
    var newestSample: Instant?
    /// When the plant sent again after it had been silent as a whole, where this asset's row told of it.
    var resumedAt: Instant?
    /// By the rule's id; those that are quiet are left out.
    var rules: [String: RuleWatch] = [:]
    /// By the rule's id, of those that anything is known of: what it was that they spoke of, see ``RuleCheck/form``; nil
    /// where it was not noted yet.
    var forms: [String: String]?
    /// By the rule's id: what rates are measured from.
    var rates: [String: RateReference]?
    /// By the rule's id: the newest instant at which its tags had a good value, where it is not the newest sample's.
    var judged: [String: Instant]?
    /// The tags of which it has ever had a good value; nil where there is none, and where it was not noted yet.
    var heard: [String]?
    /// The newest predicted row's instant.
    var newestPrediction: Instant?
    /// Consecutive rows at or above the threshold, with the newest and without it.
    var run = 0
    var runBefore = 0
    /// What the newest row said, while a predictive cause is active.
    var prediction: AlertMetadata?

    /// That of an asset of which nothing was seen yet.
    package init() {}
}
