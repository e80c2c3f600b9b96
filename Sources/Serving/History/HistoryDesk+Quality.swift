package import Alarms
import Models
package import Plant
import Storage

/// How good an organization's alarms are, and what would make them better.
extension HistoryDesk {
    /// The figures of what operators were told from `from` up to `to`.
    ///
    /// - Parameters:
    ///   - from: The stretch's beginning.
    ///   - to: Its end, which is not in the future.
    ///   - operators: Who share the load; nil for the organization's operators who may sign in, and one at least.
    ///   - scope: The organization.
    ///   - progress: Told now and then.
    /// - Returns: Each figure beside its target.
    /// - Throws: ``HistoryError``, `DatabaseError`, `CancellationError`.
    package func quality(
        from: Instant,
        to: Instant,
        operators: Int? = nil,
        in scope: OrganizationScope,
        progress: @escaping Progress = { _, _, _ in }
    ) async throws -> AlarmQualityReport {
        try await answer(in: scope, by: .counting, progress: progress) { turn in
            let accounts = operators == nil ? try await self.stores.users.operatorCount(in: scope) : nil
            return try await self.quality(
                from: from,
                to: to,
                operators: operators ?? accounts ?? 1,
                operatorAccounts: accounts,
                in: turn
            )
        }
    }

    private func quality(
        from: Instant,
        to: Instant,
        operators: Int,
        operatorAccounts: Int? = nil,
        in turn: Turn
    ) async throws -> AlarmQualityReport {
        let open = try await stores.alerts.open(at: from, in: turn.scope)
        var quality = AlarmQuality(
            from: from,
            measuredFrom: try await connected(in: turn.scope) ?? to,
            to: to,
            operators: operators,
            operatorAccounts: operatorAccounts,
            open: open.map { ($0.told.alert.transition, $0.askedAt, $0.heardAgainAt) }
        )
        var sequence = (try await stores.alerts.firstSequence(from: from, in: turn.scope) ?? 1) - 1
        while true {
            let page = try await stores.alerts.told(
                from: from,
                to: to,
                after: sequence,
                limit: PageLimit.max,
                in: turn.scope
            )
            for told in page { quality.note(told.alert.transition, told: told.toldAt) }
            guard page.count == PageLimit.max, let last = page.last else { break }
            sequence = last.alert.sequence
            try await turn.passed(last.toldAt, from: from, to: to)
        }
        return quality.report()
    }

    /// Since when alarms could be told: readings come, or an alarm shows that they did before those that are kept; nil
    /// where nothing came yet.
    private func connected(in scope: OrganizationScope) async throws -> Instant? {
        let came = try await stores.readings.firstCame(in: scope)
        let told = try await stores.alerts.firstTold(in: scope)
        return [came, told].compactMap(\.self).min()
    }

    /// What would quiet the alarms that operators hear most, by what it would have done to the readings from `from` up to
    /// `to`.
    ///
    /// - Parameters:
    ///   - document: The schema in force.
    ///   - from: The stretch's beginning.
    ///   - to: Its end, which is not in the future.
    ///   - scope: The organization.
    ///   - progress: Told now and then; history is gone through twice.
    /// - Returns: Of the bad actors, the worst first, ten at most; what is no rule in force is told what it is.
    /// - Throws: ``HistoryError``, `DatabaseError`, `CancellationError`.
    package func advice(
        on document: SchemaDocument,
        from: Instant,
        to: Instant,
        in scope: OrganizationScope,
        progress: @escaping Progress = { _, _, _ in }
    ) async throws -> [RuleAdvice] {
        try await answer(in: scope, progress: progress) { turn in
            let report = try await self.quality(from: from, to: to, operators: 1, in: turn)
            let sources = report.sources
            let rules = sources.compactMap { document.rules.rule(of: $0) }
            guard !rules.isEmpty else { return sources.map { RuleAdvice(withoutTrialOf: $0) } }
            let start = from - RuleRehearsal.memory(of: rules)
            let (tags, lateness) = (document.schema.tags, document.schema.allowedLateness)
            let meter = try await self.play(
                ExcursionMeter(rules: rules, tags: tags, silentAfter: document.silentAfter),
                as: tags,
                from: start,
                to: to,
                lateness: lateness,
                in: turn
            ) { $0.observe($1) }
            let trial = try RuleTrial(
                of: rules,
                measuredBy: meter,
                tags: tags,
                silentAfter: document.silentAfter,
                failures: try await self.failures(document, from: start, to: to, in: scope),
                horizon: document.schema.horizon,
                from: from
            )
            let advice = try await self.play(trial, as: tags, from: start, to: to, lateness: lateness, in: turn) {
                $0.observe($1)
            }.advice(until: to)
            let tried = Dictionary(advice.map { ($0.source, $0) }) { first, _ in first }
            return sources.map { tried[$0.key] ?? RuleAdvice(withoutTrialOf: $0) }
        }
    }

    /// Those that were recorded, and those that a target column marks.
    private func failures(
        _ document: SchemaDocument,
        from: Instant,
        to: Instant,
        in scope: OrganizationScope
    ) async throws -> [FailureEvent] {
        var failures = try await stores.failures.list(lastingTo: from, before: to, in: scope)
        guard document.schema.targetColumn != nil else { return failures }
        for asset in try await stores.assets.list(in: scope) {
            failures += try await stores.failures.marked(asset: asset.name, from: from, before: to, in: scope)
        }
        return failures
    }
}

extension AlarmQualityReport {
    /// What bad actors come from, in their order, each once.
    fileprivate var sources: [AlarmCause.Source] {
        var taken: Set<AlarmCause.Source> = []
        return badActors.compactMap { AlarmCause.Source(key: $0.source) }.filter { taken.insert($0).inserted }
    }
}

extension [AlarmRule] {
    fileprivate func rule(of source: AlarmCause.Source) -> AlarmRule? {
        guard case .rule(let id) = source else { return nil }
        return first { $0.id == id }
    }
}
