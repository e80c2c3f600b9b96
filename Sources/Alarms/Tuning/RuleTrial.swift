package import Models
package import Plant

/// Rehearses changes of rules on history, all at once, each beside the rule as it is.
package struct RuleTrial: Sendable {
    private struct Variant {
        let change: RuleChange?
        var findings = RuleTally(from: .distantPast)
        var bursts = BurstBook()
    }

    private let rules: [AlarmRule]
    /// Those that began when counting did, or later.
    private let failures: [FailureEvent]
    private let horizon: Duration
    private let from: Instant
    private var engine: AlarmEngine
    private var generator = SplitMix64(seed: 1)
    /// By rule; the rule as it is comes first.
    private var variants: [[Variant]]
    private var places: [String: (rule: Int, variant: Int)] = [:]

    /// Trials of what a meter suggests for its rules.
    ///
    /// - Parameters:
    ///   - rules: Those that were measured.
    ///   - meter: Which has seen the same history.
    ///   - tags: Of the samples.
    ///   - silentAfter: See ``AlarmEngine/silentAfter``.
    ///   - failures: What must still be announced.
    ///   - horizon: How long before a failure an alarm announces it.
    ///   - from: Where counting begins.
    /// - Throws: `SchemaProblem` for rules that are not good for their tags.
    package init(
        of rules: [AlarmRule],
        measuredBy meter: ExcursionMeter,
        tags: [Tag],
        silentAfter: Duration? = nil,
        failures: [FailureEvent],
        horizon: Duration,
        from: Instant
    ) throws(SchemaProblem) {
        self.rules = rules
        self.failures = failures.filter { $0.start >= from }
        self.horizon = horizon
        self.from = from
        var tried: [AlarmRule] = []
        variants = []
        for (number, rule) in rules.enumerated() {
            let changes: [RuleChange?] = [nil] + meter.candidates(for: rule, at: number, tags: tags)
            for (variant, change) in changes.enumerated() {
                let id = "\(number).\(variant)"
                places[id] = (number, variant)
                tried.append((change?.applied(to: rule) ?? rule).apart(as: id))
            }
            variants.append(changes.map { Variant(change: $0, findings: RuleTally(from: from)) })
        }
        engine = try AlarmEngine(rules: tried, tags: tags, silentAfter: silentAfter)
    }

    package mutating func observe(_ sample: Sample) {
        for transition in engine.observe(sample, generator: &generator) { note(transition) }
    }

    private mutating func note(_ transition: AlarmTransition) {
        guard let source = transition.source, case .rule(let id) = source, let place = places[id],
            let cause = transition.alarm.cause(from: source)
        else { return }
        variants[place.rule][place.variant].findings.note(transition)
        variants[place.rule][place.variant].bursts.note(cause, of: transition.alarm.asset, at: transition.at)
    }

    /// What would help, rule by rule, up to an instant at which delays that still ran have had their time.
    package func advice(until end: Instant) -> [RuleAdvice] {
        var ended = self
        for transition in ended.engine.tick(end, generator: &ended.generator) { ended.note(transition) }
        return ended.judged(until: end)
    }

    private func judged(until end: Instant) -> [RuleAdvice] {
        rules.indices.map { number in
            let rule = rules[number]
            let measured = findings(number, 0, until: end)
            guard measured.chattering > 0 || measured.fleeting > 0 else {
                return RuleAdvice(rule: rule.id, present: measured, none: Self.whyCalm(measured))
            }
            guard !variants[number][0].bursts.isFull else {
                return RuleAdvice(
                    rule: rule.id,
                    present: measured,
                    none: "it was active too often to judge: its limits do not fit the plant"
                )
            }
            let outcomes = variants[number].indices.map { outcome(number, $0, until: end) }
            let present = outcomes[0]
            var chosen: [RuleChange.Attribute: RuleAdvice.Suggestion] = [:]
            for (variant, outcome) in outcomes.enumerated().dropFirst() {
                guard let change = variants[number][variant].change, chosen[change.attribute] == nil,
                    let suggestion = suggestion(change, outcome, beside: present, of: number, variant, until: end)
                else { continue }
                chosen[change.attribute] = suggestion
            }
            let suggestions = RuleChange.Attribute.allCases.compactMap { chosen[$0] }
            let nuisance = measured.isRatherFleeting ? "raises that are gone within a minute" : "chatter"
            let why =
                outcomes.count == 1
                ? "no deadband or delay of a sensible size would take away its \(nuisance)"
                : "none of \(outcomes.count - 1) deadbands and delays takes away \(Int(Self.shareMin * 100)) % of its "
                    + "\(nuisance) without losing a CRITICAL or a failure's announcement"
            return RuleAdvice(
                rule: rule.id,
                present: present.findings,
                suggestions: suggestions,
                none: suggestions.isEmpty ? why : nil
            )
        }
    }

    private static func whyCalm(_ findings: RuleFindings) -> String {
        findings.raises == 0
            ? "as it is now it would not have been raised in this time"
            : "it does not chatter, and stands for a minute or more each time: a delay that kept it away would hide what "
                + "an operator can act on; look at its limits, or at what raises it"
    }

    /// The least share of the chatter, or of the raises that are gone at once, that a change must take away.
    package static let shareMin = 0.8

    /// Whether enough of the nuisance is gone; what is only held longer is not.
    private static func helps(_ after: RuleFindings, beside before: RuleFindings) -> Bool {
        let rest = 1 - shareMin
        guard before.isRatherFleeting else { return Double(after.chattering) <= rest * Double(before.chattering) }
        return Double(after.fleeting) <= rest * Double(before.fleeting)
            && Double(before.raises - after.raises) >= shareMin * Double(before.fleeting)
            && after.chattering <= before.chattering
    }

    private struct Outcome {
        let findings: RuleFindings
        let announced: Set<Int>
    }

    private func findings(_ number: Int, _ variant: Int, until end: Instant) -> RuleFindings {
        var tally = variants[number][variant].findings
        tally.finish(at: end)
        return tally.sum(of: "\(number).\(variant)")
    }

    private func outcome(_ number: Int, _ variant: Int, until end: Instant) -> Outcome {
        let bursts = variants[number][variant].bursts
        let announced = failures.indices.filter { index in
            let failure = failures[index]
            guard failure.start < end,
                let burst = bursts.newest(of: failure.asset, before: failure.start, until: end)
            else { return false }
            return burst.end >= failure.start - horizon
        }
        return Outcome(findings: findings(number, variant, until: end), announced: Set(announced))
    }

    /// Nil where the change does not help enough, or costs what it must not.
    private func suggestion(
        _ change: RuleChange,
        _ outcome: Outcome,
        beside present: Outcome,
        of number: Int,
        _ variant: Int,
        until end: Instant
    ) -> RuleAdvice.Suggestion? {
        guard !variants[number][variant].bursts.isFull,
            Self.helps(outcome.findings, beside: present.findings),
            present.announced.isSubset(of: outcome.announced),
            outcome.findings.standing <= variants[number][0].bursts.standingMax(until: end)
        else { return nil }
        let delayMax: Duration = change.attribute == .onDelaySeconds ? .seconds(Int(change.to - change.from)) : .zero
        let after = variants[number][variant].bursts.critical(until: end)
        var latest = Duration.zero
        for (asset, bursts) in variants[number][0].bursts.critical(until: end) {
            // One that begins just before the end may still come.
            for burst in bursts where burst.end >= from && burst.start + delayMax <= end {
                let found = after[asset]?.first { $0.end >= burst.start && $0.start <= burst.end + delayMax }
                guard let found else { return nil }
                latest = max(latest, found.start - burst.start)
            }
        }
        guard latest <= delayMax else { return nil }
        return RuleAdvice.Suggestion(
            change: change,
            raises: RuleAdvice.Effect(before: present.findings.raises, after: outcome.findings.raises),
            chattering: RuleAdvice.Effect(before: present.findings.chattering, after: outcome.findings.chattering),
            fleeting: RuleAdvice.Effect(before: present.findings.fleeting, after: outcome.findings.fleeting),
            latestCriticalSeconds: latest.seconds,
            failuresAnnounced: RuleAdvice.Effect(
                before: present.announced.count,
                after: present.announced.intersection(outcome.announced).count
            )
        )
    }
}

extension RuleFindings {
    /// Whether it is a nuisance by being gone at once rather than by coming back.
    fileprivate var isRatherFleeting: Bool { fleeting > 2 * chattering }
}
