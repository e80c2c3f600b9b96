package import Plant

/// Measures how long rules' tags stay outside, how soon they come back out, and how far inside they were meanwhile:
/// where deadbands and delays that help must lie.
package struct ExcursionMeter: Sendable {
    /// A rule on an asset, between two transitions.
    private struct Course {
        var since: Instant?
        var returned: Instant?
        /// The farthest from the nearest limit since the return.
        var depth = 0.0
    }

    private struct Key: Hashable {
        let rule: Int
        let asset: String
    }

    struct Excursions {
        /// Seconds outside.
        var lengths: [Double] = []
        /// Seconds inside before the next.
        var gaps: [Double] = []
        /// In the tag's unit, how far inside in those gaps.
        var depths: [Double] = []
    }

    private let checks: [RuleCheck]
    private let indices: [String: Int]
    private var engine: AlarmEngine
    private var generator = SplitMix64(seed: 1)
    private var courses: [Key: Course] = [:]
    private(set) var excursions: [Excursions]

    /// So many are measured per rule, the first ones.
    private static let countMax = 5_000

    /// - Throws: `SchemaProblem` for rules that are not good for their tags.
    package init(rules: [AlarmRule], tags: [Tag], silentAfter: Duration? = nil) throws(SchemaProblem) {
        let apart = rules.map { $0.apart(as: $0.id) }
        engine = try AlarmEngine(rules: apart, tags: tags, silentAfter: silentAfter)
        let places = Dictionary(tags.enumerated().map { ($1.name, $0) }) { first, _ in first }
        checks = apart.compactMap { RuleCheck($0, tagIndices: places) }
        indices = Dictionary(apart.enumerated().map { ($1.id, $0) }) { first, _ in first }
        excursions = apart.map { _ in Excursions() }
    }

    package mutating func observe(_ sample: Sample) {
        for transition in engine.observe(sample, generator: &generator) { note(transition) }
        for (index, check) in checks.enumerated() {
            guard let course = courses[Key(rule: index, asset: sample.asset)], course.returned != nil,
                let depth = depth(of: sample, check)
            else { continue }
            courses[Key(rule: index, asset: sample.asset)]?.depth = max(course.depth, depth)
        }
    }

    private mutating func note(_ transition: AlarmTransition) {
        guard let source = transition.source, case .rule(let id) = source, let index = indices[id],
            let cause = transition.alarm.cause(from: source)
        else { return }
        let key = Key(rule: index, asset: transition.alarm.asset)
        var course = courses[key] ?? Course()
        let isMeasured = excursions[index].lengths.count < Self.countMax
        if cause.isActive, course.since == nil {
            if let returned = course.returned, isMeasured, transition.at - returned <= RuleFindings.chatterWithin {
                excursions[index].gaps.append((transition.at - returned).seconds)
                excursions[index].depths.append(course.depth)
            }
            course = Course(since: transition.at)
        } else if !cause.isActive, let since = course.since {
            if isMeasured { excursions[index].lengths.append((transition.at - since).seconds) }
            course = Course(returned: transition.at)
        }
        courses[key] = course
    }

    /// How far inside the value is; nil where it is outside or missing, and for rules without fixed limits.
    private func depth(of sample: Sample, _ check: RuleCheck) -> Double? {
        switch check.rule.check {
        case .setpoint, .limit: break
        case .binary, .rateOfChange, .stale: return nil
        }
        guard let measurement = check.measurement(in: sample.values) else { return nil }
        let bands = check.bands(setpoint: measurement.setpoint)
        let distances = [bands.warning, bands.critical].flatMap { band in
            [band.high.map { $0 - measurement.value }, band.low.map { measurement.value - $0 }]
        }.compactMap(\.self)
        return distances.min().flatMap { $0 >= 0 ? $0 : nil }
    }
}

extension AlarmRule {
    /// The same rule under another id, with an alarm to itself.
    func apart(as id: String) -> AlarmRule {
        var rule = self
        rule.id = id
        rule.component = nil
        return rule
    }
}
