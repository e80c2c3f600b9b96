import Plant

/// What is remembered of one rule on one asset while it is anything but quiet.
struct RuleWatch: Hashable, Sendable, Codable {
    /// One severity of the rule: its deadband and its delays.
    struct Level: Hashable, Sendable, Codable {
        var delay = Delay()
        /// Where the value was outside last, until the level is quiet again.
        var side: LimitBand.Side?

        var isQuiet: Bool { delay.state == .idle }

        mutating func observe(_ value: Double, in band: LimitBand, at instant: Instant, for check: RuleCheck) {
            // The deadband holds an alarm that stands, and does not help one to come about.
            let held = delay.isActive ? side : nil
            let outside = band.side(of: value, deadband: check.rule.deadband, held: held)
            delay.observe(outside != nil, at: instant, onDelay: check.onDelay, offDelay: check.offDelay)
            side = outside ?? (isQuiet ? nil : side)
        }

        mutating func expire(at instant: Instant, for check: RuleCheck) {
            delay.expire(at: instant, onDelay: check.onDelay, offDelay: check.offDelay)
            if isQuiet { side = nil }
        }
    }

    private var warning = Level()
    private var critical = Level()
    /// The last that was not missing.
    private(set) var value: Double
    private(set) var setpoint: Double?

    init(_ measurement: RuleCheck.Measurement) {
        value = measurement.value
        setpoint = measurement.setpoint
    }

    var isQuiet: Bool { warning.isQuiet && critical.isQuiet }

    /// The severity that stands after all delays; nil when none does.
    var type: AlarmType? {
        if critical.delay.isActive { return .critical }
        return warning.delay.isActive ? .warning : nil
    }

    mutating func observe(_ measurement: RuleCheck.Measurement, at instant: Instant, for check: RuleCheck) {
        value = measurement.value
        setpoint = measurement.setpoint
        let bands = check.bands(setpoint: setpoint)
        warning.observe(value, in: bands.warning, at: instant, for: check)
        critical.observe(value, in: bands.critical, at: instant, for: check)
    }

    /// Notes that a good value came: a rule that waits for one waits anew.
    mutating func heard(_ value: Double, at instant: Instant, for check: RuleCheck) {
        guard case .stale(let stale) = check.rule.check else { return }
        self.value = value
        var level = Level()
        level.delay.observe(true, at: instant, onDelay: check.onDelay, offDelay: .zero)
        warning = stale.severity == .warning ? level : Level()
        critical = stale.severity == .critical ? level : Level()
    }

    /// When the next delay will be over; nil when none runs.
    func due(for check: RuleCheck) -> Instant? {
        let dues = [warning, critical].lazy.compactMap {
            $0.delay.due(onDelay: check.onDelay, offDelay: check.offDelay)
        }
        return dues.min()
    }

    mutating func expire(at instant: Instant, for check: RuleCheck) {
        warning.expire(at: instant, for: check)
        critical.expire(at: instant, for: check)
    }

    /// The cause that the watch stands for, if it became active at that instant.
    func cause(of type: AlarmType, at instant: Instant, for check: RuleCheck) -> AlarmCause {
        let side = (type == .critical ? critical.side : warning.side) ?? .high
        let limit = check.limit(of: type, on: side, setpoint: setpoint)
        return AlarmCause(
            source: .rule(check.rule.id),
            type: type,
            priority: check.rule.priority,
            since: instant,
            message: OperatorText.message(of: check.rule, value: value, limit: limit, side: side),
            measured: check.isStale ? nil : value,
            limit: limit,
            isLatching: check.rule.isLatching,
            ruleVersion: check.version
        )
    }
}
