package import Alarms
package import Plant
import Storage

extension HistoryDesk {
    /// What rules would have raised from `from` up to `to`, beside the rules as they are.
    ///
    /// - Parameters:
    ///   - proposed: What may go live.
    ///   - present: What is live; nil to compare with nothing.
    ///   - from: The stretch's beginning.
    ///   - to: Its end, which is not in the future.
    ///   - scope: The organization.
    ///   - progress: Told now and then.
    /// - Returns: Findings by rule.
    /// - Throws: ``HistoryError`` where too many are under way, or it takes too long; `SchemaProblem` for rules that
    ///   are not good for their tags; `CancellationError`.
    package func rehearse(
        _ proposed: SchemaDocument,
        present: SchemaDocument?,
        from: Instant,
        to: Instant,
        in scope: OrganizationScope,
        progress: @escaping Progress = { _, _, _ in }
    ) async throws -> RehearsalReport {
        let rehearsal = try RuleRehearsal(
            RuleRehearsal.Rules(proposed),
            present: present.map { RuleRehearsal.Rules($0) },
            from: from,
            assets: Set(try await stores.assets.list(in: scope).map(\.name))
        )
        let memory = RuleRehearsal.memory(of: proposed.rules + (present?.rules ?? []))
        let lateness = (present ?? proposed).schema.allowedLateness
        return try await answer(in: scope, progress: progress) { turn in
            try await self.play(
                rehearsal,
                as: rehearsal.tags,
                from: from - memory,
                to: to,
                lateness: lateness,
                in: turn
            ) { rehearsal, sample in rehearsal.observe(sample) }.report(until: to)
        }
    }
}
