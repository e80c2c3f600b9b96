/// The names under which a model version may stand.
package enum ModelAlias: String, Hashable, Sendable, Codable, CaseIterable {
    /// It serves.
    case champion
    /// It predicts live rows beside the champion and is scored, and never alarms.
    case challenger
    /// It served before the champion and predicts on, ready to take over again should the champion prove worse.
    case predecessor

    /// Those that are tried against the champion on live rows.
    package static let rivals: [ModelAlias] = [.challenger, .predecessor]
}
