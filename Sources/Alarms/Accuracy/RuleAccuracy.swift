/// How right the alarms of each rule were, by what people say of them.
///
/// An alarm that several rules had a part in counts for each of them. No failure is foretold by a rule: there is
/// neither recall nor lead time.
package struct RuleAccuracy: Hashable, Sendable {
    package private(set) var right = 0
    package private(set) var wrong = 0
    package private(set) var disputed = 0
    /// All of the rule, judged or not.
    package let alarms: Int

    package init(alarms: Int) { self.alarms = alarms }

    package mutating func add(_ opinion: Opinion) {
        switch opinion.verdict {
        case .right: right += 1
        case .wrong: wrong += 1
        case .disputed: disputed += 1
        }
    }

    /// Those that nobody judged.
    package var unknown: Int { max(0, alarms - right - wrong - disputed) }

    package var precision: Proportion { Proportion(right, of: right + wrong) }
}
