import Plant

extension AssetAlarms {
    /// Judges a sample by every rule; one that is not newer than all before says nothing about now.
    mutating func observe(
        _ sample: Sample,
        checks: [RuleCheck],
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        if let newestSample, sample.instant <= newestSample { return [] }
        // Until this sample the one before it held.
        var transitions = expire(
            upTo: sample.instant,
            heard: sample.instant,
            checks: checks,
            generator: &generator
        )
        newestSample = sample.instant
        for index in checks.indices {
            if checks[index].isStale {
                hear(sample, index, checks[index])
                continue
            }
            guard let measurement = measurement(of: sample, index, checks[index]) else { continue }
            // Nearly always: a quiet rule whose tag is inside.
            if watches[index] == nil, checks[index].isInside(measurement) { continue }
            var watch = watches[index] ?? RuleWatch(measurement)
            watch.observe(measurement, at: sample.instant, for: checks[index])
            watches[index] = watch.isQuiet ? nil : watch
        }
        transitions += settle(at: sample.instant, checks: checks, generator: &generator)
        return transitions
    }

    /// What a sample says to a rule; nil where it says nothing.
    private mutating func measurement(of sample: Sample, _ index: Int, _ check: RuleCheck) -> RuleCheck.Measurement? {
        guard let measurement = check.measurement(in: sample.values), let block = check.rateBlock else {
            return check.measurement(in: sample.values)
        }
        guard rates[index] != nil else {
            rates[index] = RateReference(measurement.value, at: sample.instant, block: block)
            return nil
        }
        return rates[index]?.observe(measurement.value, at: sample.instant, block: block)
            .map { RuleCheck.Measurement(value: $0, setpoint: nil) }
    }

    /// A good value, or the asset's first sample at all, begins the wait for the next.
    private mutating func hear(_ sample: Sample, _ index: Int, _ check: RuleCheck) {
        let value = check.value(in: sample.values)
        guard !value.isNaN || watches[index] == nil else { return }
        var watch = watches[index] ?? RuleWatch(RuleCheck.Measurement(value: 0, setpoint: nil))
        watch.heard(value.isNaN ? 0 : value, at: sample.instant, for: check)
        watches[index] = watch
    }

    /// Ends the delays that are due by then, each at its own instant.
    ///
    /// A tag is missed only as long as its plant goes on sending: up to when anything of it was heard.
    mutating func expire(
        upTo now: Instant,
        heard: Instant,
        checks: [RuleCheck],
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        var transitions: [AlarmTransition] = []
        while let due = nextDue(upTo: now, heard: heard, checks: checks) {
            for (index, check) in checks.enumerated() {
                guard var watch = watches[index] else { continue }
                watch.expire(at: check.isStale ? min(due, heard) : due, for: check)
                watches[index] = watch
            }
            transitions += settle(at: due, checks: checks, generator: &generator)
            for index in watches.indices where watches[index]?.isQuiet == true { watches[index] = nil }
        }
        return transitions
    }

    /// When the next delay will be over; nil when none will be by then.
    func nextDue(upTo now: Instant, heard: Instant, checks: [RuleCheck]) -> Instant? {
        var next: Instant?
        for index in watches.indices {
            guard let due = watches[index]?.due(for: checks[index]),
                due <= (checks[index].isStale ? min(now, heard) : now)
            else {
                continue
            }
            next = next.map { min($0, due) } ?? due
        }
        return next
    }

    /// Brings the alarms' causes in line with what the rules found.
    ///
    /// What rises comes first, the most urgent ahead, so that one moment annunciates once, and an alarm whose causes
    /// change hands does not return in between; then what falls, the least urgent ahead.
    private mutating func settle(
        at instant: Instant,
        checks: [RuleCheck],
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        let changed = watches.indices.filter { watches[$0]?.type != announced[$0] }
        guard !changed.isEmpty else { return [] }
        func urgency(_ index: Int, _ type: AlarmType?) -> AlarmUrgency? {
            type.map { AlarmUrgency(type: $0, priority: checks[index].rule.priority) }
        }
        let rising = changed.filter { index in
            guard let type = watches[index]?.type else { return false }
            guard let former = announced[index] else { return true }
            return type > former
        }
        .sorted { left, right in
            let (leftUrgency, rightUrgency) = (urgency(left, watches[left]?.type), urgency(right, watches[right]?.type))
            guard let leftUrgency, let rightUrgency, leftUrgency != rightUrgency else { return left < right }
            return leftUrgency > rightUrgency
        }
        let falling = changed.filter { !rising.contains($0) }.sorted { left, right in
            let (leftUrgency, rightUrgency) = (urgency(left, announced[left]), urgency(right, announced[right]))
            guard let leftUrgency, let rightUrgency, leftUrgency != rightUrgency else { return left < right }
            return leftUrgency < rightUrgency
        }
        return (rising + falling).compactMap { index in
            announce(index, check: checks[index], at: instant, generator: &generator)
        }
    }

    private mutating func announce(
        _ index: Int,
        check: RuleCheck,
        at instant: Instant,
        generator: inout some RandomNumberGenerator
    ) -> AlarmTransition? {
        announced[index] = watches[index]?.type
        guard let watch = watches[index], let type = watch.type else {
            return deactivate(.rule(check.rule.id), on: check.condition, at: instant)
        }
        return activate(watch.cause(of: type, at: instant, for: check), on: check.condition, generator: &generator)
    }
}
