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
        let behind = zip(checks, judged).filter { $1 != newestSample ?? .distantPast }
        if !behind.isEmpty {
            memory.judged = Dictionary(uniqueKeysWithValues: behind.map { ($0.rule.id, $1) })
        }
        memory.newestPrediction = newestPrediction
        memory.run = run
        memory.runBefore = runBefore
        memory.prediction = predictedCondition.flatMap { open[$0]?.cause(from: .prediction)?.metadata }
        return memory
    }

    init(asset: String, memory: AssetAlarmMemory, openAlarms: [Alarm], checks: [RuleCheck]) {
        self.init(asset: asset, checkCount: checks.count)
        newestSample = memory.newestSample
        resumedAt = memory.resumedAt
        newestPrediction = memory.newestPrediction
        run = memory.run
        runBefore = memory.runBefore
        watches = checks.map { memory.rules[$0.rule.id] }
        for index in watches.indices { watches[index]?.tellIfUnknown() }
        rates = checks.map { memory.rates?[$0.rule.id] }
        judged = checks.map { memory.judged?[$0.rule.id] ?? newestSample ?? .distantPast }
        for alarm in openAlarms { open[alarm.condition] = alarm }
        if let metadata = memory.prediction, let condition = predictedCondition { open[condition]?.refresh(metadata) }
        learnAnnounced(checks: checks)
    }

    /// Goes on with other rules: what is known of those that still speak of the same thing stays, the causes of the
    /// others clear.
    mutating func replace(_ former: [RuleCheck], by checks: [RuleCheck], at instant: Instant) -> [AlarmTransition] {
        let formerIndices = Dictionary(uniqueKeysWithValues: former.indices.map { (former[$0].rule.id, $0) })
        let continued = checks.map { check in
            formerIndices[check.rule.id].flatMap { check.continues(former[$0]) ? $0 : nil }
        }
        (watches, rates) = (continued.map { $0.flatMap { watches[$0] } }, continued.map { $0.flatMap { rates[$0] } })
        // What came before it was there says nothing to a rule.
        judged = continued.map { $0.map { judged[$0] } ?? newestSample ?? .distantPast }
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
        learnAnnounced(checks: checks)
        return transitions
    }

    private mutating func learnAnnounced(checks: [RuleCheck]) {
        announced = checks.map { check in
            let cause = open[check.condition]?.cause(from: .rule(check.rule.id))
            return cause?.isActive == true ? cause?.type : nil
        }
    }
}
