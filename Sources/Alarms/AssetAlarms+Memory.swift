import Plant

extension AssetAlarms {
    func memory(checks: [RuleCheck]) -> AssetAlarmMemory {
        var memory = AssetAlarmMemory()
        memory.newestSample = newestSample
        memory.resumedAt = resumedAt
        for (check, watch) in zip(checks, watches) { memory.rules[check.rule.id] = watch }
        for case (let check, let rate?) in zip(checks, rates) {
            memory.rates = (memory.rates ?? [:]).merging([check.rule.id: rate]) { $1 }
        }
        for (index, check) in checks.enumerated() where watches[index] != nil || rates[index] != nil {
            memory.forms = memory.forms ?? [:]
            memory.forms?[check.rule.id] = check.form
        }
        let behind = zip(checks, judged).filter { $1 != newestSample ?? .distantPast }
        if !behind.isEmpty {
            memory.judged = Dictionary(uniqueKeysWithValues: behind.map { ($0.rule.id, $1) })
        }
        if !heard.names.isEmpty { memory.heard = heard.names }
        memory.newestPrediction = newestPrediction
        memory.run = run
        memory.runBefore = runBefore
        memory.prediction = predictedCondition.flatMap { open[$0]?.cause(from: .prediction)?.metadata }
        return memory
    }

    init(
        asset: String,
        memory: AssetAlarmMemory,
        openAlarms: [Alarm],
        checks: [RuleCheck],
        tags: [String]
    ) {
        self.init(asset: asset, checkCount: checks.count, tags: tags)
        newestSample = memory.newestSample
        resumedAt = memory.resumedAt
        newestPrediction = memory.newestPrediction
        run = memory.run
        runBefore = memory.runBefore
        // The rules may have changed in between.
        let continued = checks.map { check in memory.forms?[check.rule.id].map { $0 == check.form } ?? true }
        watches = zip(checks, continued).map { $1 ? memory.rules[$0.rule.id] : nil }
        for (index, check) in checks.enumerated() {
            watches[index]?.tellIfUnknown()
            watches[index]?.carryOver(to: check)
        }
        rates = zip(checks, continued).map { $1 ? memory.rates?[$0.rule.id] : nil }
        judged = zip(checks, continued).map { check, isContinued in
            (isContinued ? memory.judged?[check.rule.id] : nil) ?? newestSample ?? .distantPast
        }
        heard = HeardTags(memory.heard ?? knownAsHeard(checks: checks), tags: tags)
        for alarm in openAlarms { open[alarm.condition] = alarm }
        if let metadata = memory.prediction, let condition = predictedCondition { open[condition]?.refresh(metadata) }
        learnAnnounced(checks: checks)
    }

    /// Goes on with other rules: what is known of those that still speak of the same thing stays, the causes of the
    /// others clear.
    ///
    /// What stands by another severity now, or has another priority, message or latch, is told anew.
    mutating func replace(
        _ former: [RuleCheck],
        by checks: [RuleCheck],
        plant: PlantHearing,
        at instant: Instant
    ) -> [AlarmTransition] {
        let formerIndices = Dictionary(uniqueKeysWithValues: former.indices.map { (former[$0].rule.id, $0) })
        let continued = checks.map { check in
            formerIndices[check.rule.id].flatMap { check.continues(former[$0]) ? $0 : nil }
        }
        (watches, rates) = (continued.map { $0.flatMap { watches[$0] } }, continued.map { $0.flatMap { rates[$0] } })
        // What came before it was there says nothing to a rule.
        judged = continued.map { $0.map { judged[$0] } ?? newestSample ?? .distantPast }
        for (index, check) in checks.enumerated() { watches[index]?.carryOver(to: check) }
        let kept = Dictionary(uniqueKeysWithValues: zip(checks, watches).map { ($0.rule.id, ($0, $1)) })
        var transitions: [AlarmTransition] = []
        for alarm in openInOrder {
            for cause in alarm.activeCauses {
                guard case .rule(let id) = cause.source else { continue }
                if let (check, watch) = kept[id], check.condition == alarm.condition, watch != nil { continue }
                if let transition = deactivate(cause.source, on: alarm.condition, at: instant) {
                    transitions.append(transition)
                }
            }
        }
        beginWaits(checks: checks, plant: plant)
        learnAnnounced(checks: checks)
        for (index, check) in checks.enumerated() {
            guard let formerIndex = continued[index] else { continue }
            // After a restart the former rules are the present ones: their words are in the cause alone.
            let cause = open[check.condition]?.cause(from: .rule(check.rule.id))
            let isOther =
                check.changesWords(of: former[formerIndex]) || cause.map { !check.hasWords(of: $0) } ?? false
            transitions += renew(index, check, isOther: isOther, at: instant).map { [$0] } ?? []
        }
        return transitions
    }

    /// Has rules wait that do not yet, for tags that were had before they came: by the plant's own time, whatever the
    /// server's is.
    private mutating func beginWaits(checks: [RuleCheck], plant: PlantHearing) {
        guard let newestSample else { return }
        let instant = max(newestSample, plant.heard ?? newestSample)
        for (index, check) in checks.enumerated() where check.isStale && watches[index] == nil {
            if heard.contains(check.rule.tag) {
                watches[index] = RuleWatch(waitingFrom: instant, for: check)
            } else {
                // The first good value begins the wait, also one that comes late.
                judged[index] = .distantPast
            }
        }
    }

    /// The tags that are waited for, where none were noted yet: 0 stood for a value also where there was none.
    private func knownAsHeard(checks: [RuleCheck]) -> [String] {
        let waiting = zip(checks, watches).filter { check, watch in check.isStale && watch?.value ?? 0 != 0 }
        return Set(waiting.map(\.0.rule.tag)).sorted()
    }

    /// Brings a cause that stands in line with its changed rule; nil where it is as it was.
    private mutating func renew(
        _ index: Int,
        _ check: RuleCheck,
        isOther: Bool,
        at instant: Instant
    ) -> AlarmTransition? {
        guard let watch = watches[index], let type = watch.type, let former = announced[index],
            isOther || type != former, let alarm = open[check.condition]
        else { return nil }
        announced[index] = type
        watches[index]?.tell()
        return activate(watch.cause(of: type, at: instant, for: check), on: alarm)
    }

    private mutating func learnAnnounced(checks: [RuleCheck]) {
        announced = checks.map { check in
            let cause = open[check.condition]?.cause(from: .rule(check.rule.id))
            return cause?.isActive == true ? cause?.type : nil
        }
    }
}
