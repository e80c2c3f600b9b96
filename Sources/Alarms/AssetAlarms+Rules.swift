import Plant

extension AssetAlarms {
    /// Judges a sample by every rule that it brings something newer than it has had.
    ///
    /// One that comes behind a newer one of its asset is judged by those rules alone whose tags the newer ones lacked:
    /// another gateway's may be slower. What it changes is told at its own instant, or at that of the alarm's last
    /// change where that was later.
    mutating func observe(
        _ sample: Sample,
        tags: [String],
        plant: PlantHearing,
        checks: [RuleCheck],
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        heard.hear(sample.values, tags: tags)
        let isLate = newestSample.map { sample.instant <= $0 } ?? false
        if isLate, !checks.indices.contains(where: { isNew(sample, to: $0, checks[$0]) }) { return [] }
        // Until this sample the one before it held; a tag that it brings was missed only while others spoke.
        let bounds = DelayBounds(
            values: sample.instant,
            waits: isLate ? nil : waits(upTo: sample.instant, plant),
            resumedAt: plant.resumedAt,
            sample: sample,
            tellsMisses: !isLate && !plant.missesAreTold
        )
        var transitions = expire(bounds, checks: checks, generator: &generator)
        if !isLate { newestSample = sample.instant }
        for index in checks.indices where isNew(sample, to: index, checks[index]) {
            judged[index] = sample.instant
            if checks[index].isStale {
                hear(sample, index, checks[index])
                continue
            }
            var watch = watches[index]
            if let measurement = measurement(of: sample, index, checks[index]) {
                // Nearly always: a quiet rule whose tag is inside.
                if watch == nil, checks[index].isInside(measurement) { continue }
                watch = watch ?? RuleWatch(measurement)
                watch?.observe(measurement, at: sample.instant, for: checks[index])
            }
            // What has held until this very instant, and holds.
            watch?.expire(at: sample.instant, for: checks[index])
            watches[index] = watch?.isQuiet == false ? watch : nil
        }
        transitions += settle(at: sample.instant, checks: checks, generator: &generator)
        return transitions
    }

    /// Whether a sample brings a good value of a rule's tags that is newer than all that it has had.
    private func isNew(_ sample: Sample, to index: Int, _ check: RuleCheck) -> Bool {
        sample.instant > judged[index] && check.isTold(by: sample.values)
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

    /// A good value begins the wait for the next: an asset that never had the tag is not waited for.
    private mutating func hear(_ sample: Sample, _ index: Int, _ check: RuleCheck) {
        let value = check.value(in: sample.values)
        var watch = watches[index] ?? RuleWatch(RuleCheck.Measurement(value: value, setpoint: nil))
        watch.heard(value, at: sample.instant, for: check)
        watch.expire(at: sample.instant, for: check)
        watches[index] = watch
    }

    /// Until when delays run out in silence: at once only where an asset is silent, for else its next row says what
    /// held.
    func bounds(upTo now: Instant, _ plant: PlantHearing) -> DelayBounds {
        var isSilent = true
        if let newestSample, let silentAfter = plant.silentAfter { isSilent = now - newestSample >= silentAfter }
        return DelayBounds(
            values: isSilent ? now : nil,
            waits: waits(upTo: now, plant),
            resumedAt: plant.resumedAt
        )
    }

    /// A silent asset's tags are missed up to when anything of its plant was heard, for its plant goes on sending.
    private func waits(upTo now: Instant, _ plant: PlantHearing) -> Instant? {
        guard let newestSample, let heard = plant.heard, !plant.missesAreTold else { return nil }
        let until = min(now, heard)
        guard let silentAfter = plant.silentAfter else { return until }
        let since = max(newestSample, plant.resumedAt ?? newestSample)
        return until - since >= silentAfter ? until : nil
    }

    /// Has a tag missed at an instant, where its wait had run out by then.
    mutating func miss(
        _ index: Int,
        at instant: Instant,
        checks: [RuleCheck],
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        watches[index]?.miss(at: instant, for: checks[index], resumedAt: nil)
        return settle(at: instant, checks: checks, generator: &generator)
    }

    /// Ends the delays that are due by then, each at its own instant.
    mutating func expire(
        _ bounds: DelayBounds,
        checks: [RuleCheck],
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        var transitions: [AlarmTransition] = []
        while let due = nextDue(bounds, checks: checks) {
            for (index, check) in checks.enumerated() {
                guard var watch = watches[index] else { continue }
                if check.isStale, let until = bounds.wait(for: check) {
                    watch.miss(at: min(due, until), for: check, resumedAt: bounds.resumedAt)
                }
                if let until = bounds.values(for: check) { watch.expire(at: min(due, until), for: check) }
                watches[index] = watch
            }
            transitions += settle(at: due, checks: checks, generator: &generator)
            for index in watches.indices where watches[index]?.isQuiet == true { watches[index] = nil }
        }
        return transitions
    }

    /// When the next delay will be over; nil when none will be by then.
    func nextDue(_ bounds: DelayBounds, checks: [RuleCheck]) -> Instant? {
        var next: Instant?
        func take(_ due: Instant?, by bound: Instant?) {
            guard let due, let bound, due <= bound else { return }
            next = next.map { min($0, due) } ?? due
        }
        for index in watches.indices {
            guard let watch = watches[index] else { continue }
            take(watch.due(for: checks[index]), by: bounds.values(for: checks[index]))
            guard checks[index].isStale else { continue }
            take(
                watch.missed(for: checks[index], resumedAt: bounds.resumedAt),
                by: bounds.wait(for: checks[index])
            )
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
        let changed = watches.indices.filter { watches[$0]?.type != announced[$0] || watches[$0]?.hasTurned == true }
        guard !changed.isEmpty else { return [] }
        func urgency(_ index: Int, _ type: AlarmType?) -> AlarmUrgency? {
            type.map { AlarmUrgency(type: $0, priority: checks[index].rule.priority) }
        }
        let rising = changed.filter { index in
            guard let type = watches[index]?.type else { return false }
            guard let former = announced[index] else { return true }
            return type >= former
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
        let hasTurned = watches[index]?.hasTurned ?? false
        watches[index]?.tell()
        guard let watch = watches[index], let type = watch.type else {
            return deactivate(.rule(check.rule.id), on: check.condition, at: instant)
        }
        return activate(
            watch.cause(of: type, at: instant, for: check),
            on: check.condition,
            hasTurned: hasTurned,
            generator: &generator
        )
    }
}
