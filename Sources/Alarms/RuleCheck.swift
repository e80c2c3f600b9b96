import Plant

/// A rule made ready for samples: its tags are indices, its limits bands.
struct RuleCheck: Sendable {
    let rule: AlarmRule
    /// Of the rules that it stands in; nil where they have none.
    let version: Int?
    let condition: AlarmCondition
    /// What it speaks of, whatever its limits, delays and words: kind, condition, tag, and what it is measured against.
    let form: String
    let onDelay: Duration
    let offDelay: Duration
    private let tagIndex: Int
    private let setpointIndex: Int?

    /// What a sample says to a rule.
    struct Measurement {
        let value: Double
        /// Where the rule has a set value, fixed or measured.
        let setpoint: Double?
    }

    struct Bands {
        var warning = LimitBand()
        var critical = LimitBand()
    }

    /// Nil where the rule names a tag without an index.
    init?(_ rule: AlarmRule, version: Int? = nil, tagIndices: [String: Int]) {
        guard let tagIndex = tagIndices[rule.tag] else { return nil }
        self.rule = rule
        self.version = version
        self.tagIndex = tagIndex
        condition = rule.condition
        form = Self.form(of: rule)
        if case .stale(let check) = rule.check {
            onDelay = .seconds(check.afterSeconds)
        } else {
            onDelay = .seconds(rule.onDelaySeconds)
        }
        offDelay = .seconds(rule.offDelaySeconds)
        if case .setpoint(let check) = rule.check, case .tag(let name) = check.setpoint {
            guard let index = tagIndices[name] else { return nil }
            setpointIndex = index
        } else {
            setpointIndex = nil
        }
    }

    private static func form(of rule: AlarmRule) -> String {
        let own = [rule.check.kind.rawValue, rule.condition.key, rule.tag]
        switch rule.check {
        case .setpoint(let check):
            guard case .tag(let tag) = check.setpoint else { return own.joined(separator: "|") }
            return (own + [tag]).joined(separator: "|")
        case .rateOfChange(let check): return (own + [String(check.overSeconds)]).joined(separator: "|")
        case .limit, .binary, .stale: return own.joined(separator: "|")
        }
    }

    /// Whether a changed rule still speaks of the same thing, so that what is known of it goes on.
    func continues(_ former: RuleCheck) -> Bool { form == former.form }

    /// Whether an alarm of the rule's former form is to be told anew: its priority, its words or its latch are others.
    func changesWords(of former: RuleCheck) -> Bool {
        rule.priority != former.rule.priority || rule.message != former.rule.message
            || rule.isLatching != former.rule.isLatching
    }

    /// Whether a cause has the rule's priority, words and latch.
    func hasWords(of cause: AlarmCause) -> Bool {
        rule.priority == cause.priority && rule.isLatching == cause.isLatching
            && OperatorText.isMessage(cause.message, of: rule)
    }

    /// Whether it waits for values that do not come, instead of judging those that do.
    var isStale: Bool {
        if case .stale = rule.check { true } else { false }
    }

    /// The set value, where the rule has one that is not measured.
    var constantSetpoint: Double? {
        guard case .setpoint(let check) = rule.check, case .constant(let setpoint) = check.setpoint else { return nil }
        return setpoint
    }

    /// Where a rate is judged: how long the time-aligned blocks are.
    var rateBlock: Duration? {
        if case .rateOfChange(let check) = rule.check { .seconds(check.overSeconds) } else { nil }
    }

    /// Whether a sample brings a good value of the rule's tag, or of its measured set value.
    func isTold(by values: [Double]) -> Bool {
        if !values[tagIndex].isNaN { return true }
        return setpointIndex.map { !values[$0].isNaN } ?? false
    }

    /// The tag's value; NaN where it is missing.
    func value(in values: [Double]) -> Double { values[tagIndex] }

    /// - Parameter values: In the order of the tags' indices.
    /// - Returns: Nil where the tag or its measured set value is missing.
    func measurement(in values: [Double]) -> Measurement? {
        let value = values[tagIndex]
        guard !value.isNaN else { return nil }
        guard case .setpoint(let check) = rule.check else { return Measurement(value: value, setpoint: nil) }
        switch check.setpoint {
        case .constant(let setpoint): return Measurement(value: value, setpoint: setpoint)
        case .tag:
            guard let setpointIndex, !values[setpointIndex].isNaN else { return nil }
            return Measurement(value: value, setpoint: values[setpointIndex])
        }
    }

    /// The limits of either severity, around the measurement's set value where the rule has one.
    func bands(setpoint: Double?) -> Bands {
        switch rule.check {
        case .setpoint(let check):
            guard let setpoint else { return Bands() }
            let low = check.lowDeviation.map { setpoint + $0 }
            let high = check.highDeviation.map { setpoint + $0 }
            var bands = Bands(warning: LimitBand(low: low, high: high))
            if let beyond = check.criticalBeyond {
                bands.critical = LimitBand(low: low.map { $0 - beyond }, high: high.map { $0 + beyond })
            }
            return bands
        case .limit(let check):
            return Bands(
                warning: LimitBand(low: check.low, high: check.high),
                critical: LimitBand(low: check.lowLow, high: check.highHigh)
            )
        case .binary(let severity):
            let isTrue = LimitBand(high: 0.5)
            return severity == .critical ? Bands(critical: isTrue) : Bands(warning: isTrue)
        case .rateOfChange(let check):
            return Bands(
                warning: LimitBand(low: check.fall, high: check.rise),
                critical: LimitBand(low: check.criticalFall, high: check.criticalRise)
            )
        case .stale: return Bands()
        }
    }

    /// Whether a quiet rule stays quiet.
    func isInside(_ measurement: Measurement) -> Bool {
        let bands = bands(setpoint: measurement.setpoint)
        return bands.warning.contains(measurement.value) && bands.critical.contains(measurement.value)
    }

    /// The limit that an operator is told of: a set value's band also where it is exceeded critically.
    func limit(of type: AlarmType, on side: LimitBand.Side, setpoint: Double?) -> Double? {
        let bands = bands(setpoint: setpoint)
        switch rule.check {
        case .setpoint: return bands.warning.limit(on: side)
        case .limit, .rateOfChange: return (type == .critical ? bands.critical : bands.warning).limit(on: side)
        case .binary, .stale: return nil
        }
    }
}
