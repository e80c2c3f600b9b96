import Plant

/// One attribute of a rule changed, nothing else.
package struct RuleChange: Hashable, Sendable, Encodable {
    /// In the order in which they are better: a deadband delays nothing, an off-delay only the return.
    package enum Attribute: String, Hashable, Sendable, Encodable, CaseIterable {
        case deadband, offDelaySeconds, onDelaySeconds
    }

    package let attribute: Attribute
    package let from: Double
    package let to: Double

    func applied(to rule: AlarmRule) -> AlarmRule {
        var rule = rule
        switch attribute {
        case .deadband: rule.deadband = to
        case .offDelaySeconds: rule.offDelaySeconds = Int(to)
        case .onDelaySeconds: rule.onDelaySeconds = Int(to)
        }
        return rule
    }

    /// "on-delay 20 s", "deadband 0.5".
    package var text: String {
        switch attribute {
        case .deadband: "deadband \(OperatorText.number(to, decimals: OperatorText.decimals(of: to, significant: 3)))"
        case .offDelaySeconds: "off-delay \(Int(to)) s"
        case .onDelaySeconds: "on-delay \(Int(to)) s"
        }
    }
}
