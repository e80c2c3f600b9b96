/// What would keep a rule from chattering, by what it would have done to history; nobody but an admin changes a rule.
package struct RuleAdvice: Sendable, Encodable {
    package struct Effect: Hashable, Sendable, Encodable {
        package let before: Int
        package let after: Int
    }

    /// The smallest change of one attribute that takes away enough, loses no CRITICAL and delays none by more than it
    /// says, and still announces each failure that was announced.
    package struct Suggestion: Sendable, Encodable {
        package let change: RuleChange
        package let raises: Effect
        package let chattering: Effect
        /// By how much the most delayed CRITICAL comes later.
        package let latestCriticalSeconds: Double
        package let failuresAnnounced: Effect

        private enum CodingKeys: String, CodingKey {
            case change, raises, chattering, latestCriticalSeconds, failuresAnnounced, text
        }

        /// "on-delay 20 s: 140 -> 12 raises, none CRITICAL lost, latest +20 s".
        package var text: String {
            let late = OperatorText.number(latestCriticalSeconds, decimals: 1)
            let delay = latestCriticalSeconds > 0 ? ", latest +\(late) s" : ", none later"
            let failures =
                failuresAnnounced.before > 0
                ? ", \(failuresAnnounced.after) of \(failuresAnnounced.before) announced failures still are" : ""
            return "\(change.text): \(raises.before) -> \(raises.after) raises, none CRITICAL lost\(delay)\(failures)"
        }

        package func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(change, forKey: .change)
            try values.encode(raises, forKey: .raises)
            try values.encode(chattering, forKey: .chattering)
            try values.encode(latestCriticalSeconds, forKey: .latestCriticalSeconds)
            try values.encode(failuresAnnounced, forKey: .failuresAnnounced)
            try values.encode(text, forKey: .text)
        }
    }

    package let rule: String
    /// As it is.
    package let present: RuleFindings
    /// The gentlest attribute first; one per attribute that helps.
    package let suggestions: [Suggestion]
    /// Why there are none.
    package let none: String?

    init(rule: String, present: RuleFindings, suggestions: [Suggestion] = [], none: String?) {
        self.rule = rule
        self.present = present
        self.suggestions = suggestions
        self.none = none
    }
}
