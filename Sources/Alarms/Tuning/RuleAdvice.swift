/// What would keep an alarm from chattering or being gone at once, by what it would have done to history; nobody but an
/// admin changes a rule.
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
        package let fleeting: Effect
        /// By how much the most delayed CRITICAL comes later.
        package let latestCriticalSeconds: Double
        package let failuresAnnounced: Effect

        private enum CodingKeys: String, CodingKey {
            case change, raises, chattering, fleeting, latestCriticalSeconds, failuresAnnounced, text
        }

        /// "on-delay 20 s: 140 -> 12 raises, none CRITICAL lost, latest +20 s".
        package var text: String {
            let late = OperatorText.number(latestCriticalSeconds, decimals: 1)
            let delay = latestCriticalSeconds > 0 ? ", latest +\(late) s" : ", none later"
            let failures =
                failuresAnnounced.before > 0
                ? ", \(failuresAnnounced.after) of \(failuresAnnounced.before) announced "
                    + (failuresAnnounced.before == 1 ? "failure still is" : "failures still are") : ""
            let raised = "\(raises.before) -> \(OperatorText.count(raises.after, "raise"))"
            return "\(change.text): \(raised), none CRITICAL lost\(delay)\(failures)"
        }

        package func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(change, forKey: .change)
            try values.encode(raises, forKey: .raises)
            try values.encode(chattering, forKey: .chattering)
            try values.encode(fleeting, forKey: .fleeting)
            try values.encode(latestCriticalSeconds, forKey: .latestCriticalSeconds)
            try values.encode(failuresAnnounced, forKey: .failuresAnnounced)
            try values.encode(text, forKey: .text)
        }
    }

    /// As a bad actor names it: `rule:hz1` or `prediction`.
    package let source: String
    /// Nil for predictions.
    package let rule: String?
    /// As it is; nil for what is no rule in force.
    package let present: RuleFindings?
    /// The gentlest attribute first; one per attribute that helps.
    package let suggestions: [Suggestion]
    /// Why there are none.
    package let none: String?

    init(rule: String, present: RuleFindings, suggestions: [Suggestion] = [], none: String?) {
        source = AlarmCause.Source.rule(rule).key
        self.rule = rule
        self.present = present
        self.suggestions = suggestions
        self.none = none
    }

    /// Of what is no rule in force, and can't be tried on history: a model's predictions, or a rule that is gone.
    package init(withoutTrialOf source: AlarmCause.Source) {
        self.source = source.key
        present = nil
        suggestions = []
        switch source {
        case .rule(let id):
            rule = id
            none = "no rule of that name is in force any more: there is nothing to change"
        case .prediction:
            rule = nil
            none =
                "a prediction has no deadband or delay: its threshold comes with the model, as raiseAfter and clearBelow "
                + "do. A higher falseAlarmCost or raiseAfter, or a lower clearBelow, in the schema counts from the next "
                + "trained model on; what operators say of its alarms is learned from then too"
        }
    }
}
