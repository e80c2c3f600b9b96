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

        /// Takes in a value where one is waited for: an alarm that stands goes after its off-delay, and else the wait
        /// begins anew.
        mutating func hear(at instant: Instant, for check: RuleCheck) {
            if delay.isActive, check.offDelay > .zero {
                delay.observe(false, at: instant, onDelay: check.onDelay, offDelay: check.offDelay)
            } else {
                wait(from: instant, for: check)
            }
        }

        mutating func wait(from instant: Instant, for check: RuleCheck) {
            delay = Delay()
            delay.observe(true, at: instant, onDelay: check.onDelay, offDelay: .zero)
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
    /// When a value came last, where one is waited for.
    private var heardAt: Instant?
    /// Where the value was outside when the alarm was last told of it; nil while it does not stand.
    private var toldSide: LimitBand.Side?

    init(_ measurement: RuleCheck.Measurement) {
        value = measurement.value
        setpoint = measurement.setpoint
    }

    /// Waits for a tag that its rule has yet to see.
    init(waitingFrom instant: Instant, for check: RuleCheck) {
        value = 0  // No rule that waits looks at it.
        var level = Level()
        level.wait(from: instant, for: check)
        if case .stale(let stale) = check.rule.check, stale.severity == .critical {
            critical = level
        } else {
            warning = level
        }
    }

    var isQuiet: Bool { warning.isQuiet && critical.isQuiet }

    /// The severity that stands after all delays; nil when none does.
    var type: AlarmType? {
        if critical.delay.isActive { return .critical }
        return warning.delay.isActive ? .warning : nil
    }

    /// Where the value is outside by the severity that stands.
    private var side: LimitBand.Side? {
        switch type {
        case .critical?: critical.side
        case .warning?: warning.side
        case .predictive?, nil: nil
        }
    }

    /// Whether the value has gone from beyond one limit to beyond the opposite one, and nobody was told.
    var hasTurned: Bool {
        guard let side, let toldSide else { return false }
        return side != toldSide
    }

    /// Notes that the alarm is told of the side on which the value is outside.
    mutating func tell() { toldSide = side }

    /// Takes for told what stands, where it was remembered before sides were.
    mutating func tellIfUnknown() { toldSide = toldSide ?? side }

    /// Goes on under a changed rule: what stands, and is outside now only by the other severity, stands by that one.
    mutating func carryOver(to check: RuleCheck) {
        if case .stale(let stale) = check.rule.check {
            if stale.severity == .warning, !critical.isQuiet { (warning, critical) = (critical, Level()) }
            if stale.severity == .critical, !warning.isQuiet { (warning, critical) = (Level(), warning) }
            return
        }
        if let constant = check.constantSetpoint { setpoint = constant }
        let bands = check.bands(setpoint: setpoint)
        func outside(_ band: LimitBand, held: LimitBand.Side?) -> LimitBand.Side? {
            band.side(of: value, deadband: check.rule.deadband, held: held)
        }
        if critical.delay.state == .active {
            guard outside(bands.critical, held: critical.side) == nil,
                let side = outside(bands.warning, held: critical.side)
            else { return }
            if !warning.delay.isActive { warning = Level(delay: critical.delay, side: side) }
            critical = Level()
        } else if warning.delay.state == .active, !critical.delay.isActive {
            guard outside(bands.warning, held: warning.side) == nil,
                let side = outside(bands.critical, held: warning.side)
            else { return }
            (warning, critical) = (Level(), Level(delay: warning.delay, side: side))
        }
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
        heardAt = instant
        var level = stale.severity == .critical ? critical : warning
        level.hear(at: instant, for: check)
        warning = stale.severity == .warning ? level : Level()
        critical = stale.severity == .critical ? level : Level()
    }

    /// When a tag that is waited for will be missed, nil where it is already: waits begin no earlier than when the
    /// plant was back.
    func missed(for check: RuleCheck, resumedAt: Instant?) -> Instant? {
        let since = [warning, critical].lazy.compactMap { level -> Instant? in
            switch level.delay.state {
            case .raising(let since): since
            case .clearing(let since): heardAt ?? since
            case .idle, .active: nil
            }
        }.first
        return since.map { max($0, resumedAt ?? $0) + check.onDelay }
    }

    /// Ends the wait, if it is due by then.
    mutating func miss(at instant: Instant, for check: RuleCheck, resumedAt: Instant?) {
        guard let missed = missed(for: check, resumedAt: resumedAt), missed <= instant else { return }
        if critical.isQuiet { warning.delay.stand() } else { critical.delay.stand() }
    }

    /// When the next delay will be over; nil when none runs: a wait is none, see ``missed(for:resumedAt:)``.
    func due(for check: RuleCheck) -> Instant? {
        let dues = [warning, critical].lazy.compactMap { level -> Instant? in
            if check.isStale, !level.delay.isActive { return nil }
            return level.delay.due(onDelay: check.onDelay, offDelay: check.offDelay)
        }
        return dues.min()
    }

    mutating func expire(at instant: Instant, for check: RuleCheck) {
        if check.isStale {
            guard let due = due(for: check), due <= instant else { return }
            // What clears waits for the next value, as before.
            if critical.isQuiet {
                warning.wait(from: heardAt ?? due, for: check)
            } else {
                critical.wait(from: heardAt ?? due, for: check)
            }
            return
        }
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
