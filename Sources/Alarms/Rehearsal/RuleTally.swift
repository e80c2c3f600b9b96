package import Plant

/// Follows which rules are active on which assets by the transitions that an engine gives, and counts.
package struct RuleTally: Sendable {
    /// The beginning of what is counted; transitions before it set the scene.
    package let from: Instant
    /// By rule, then by asset; complete after ``finish(at:)``.
    package private(set) var findings: [String: [String: RuleFindings]] = [:]
    /// Transitions that made operators look.
    package private(set) var annunciations = 0

    package init(from: Instant) { self.from = from }

    package mutating func note(_ transition: AlarmTransition) {
        if transition.annunciates, transition.at >= from { annunciations += 1 }
        guard let source = transition.source, case .rule(let id) = source,
            let cause = transition.alarm.cause(from: source)
        else { return }
        let asset = transition.alarm.asset
        if cause.isActive {
            findings[id, default: [:]][asset, default: RuleFindings()]
                .activate(cause.type, at: transition.at, from: from)
        } else {
            findings[id, default: [:]][asset, default: RuleFindings()].deactivate(at: transition.at, from: from)
        }
    }

    /// Ends the stretch: what stands is counted up to there.
    package mutating func finish(at instant: Instant) {
        for rule in findings.keys {
            for asset in findings[rule, default: [:]].keys {
                findings[rule]?[asset]?.end(at: instant, from: from)
            }
        }
    }

    /// Of all assets together.
    package func sum(of rule: String) -> RuleFindings {
        (findings[rule] ?? [:]).values.reduce(RuleFindings()) { $0 + $1 }
    }
}
