import Features
import Foundation
import Models
import Plant
import Serving
import Storage

/// Looks once a day whether an organization's readings have drifted away from what its champion learned.
struct DriftWatch: Sendable {
    let stores: Stores
    let registry: ModelRegistry
    let time: any TimeSource

    private static let days = 7
    private static let interval = Duration.seconds(86_400)
    /// When to look again where a run goes on already.
    private static let patience = Duration.seconds(3_600)
    /// One row of an asset is looked at in each stretch: more of them would tell the same.
    ///
    /// Its length fits no cycle that follows the clock.
    private static let stretch = Duration.seconds(61)

    /// Looks, if it is time to; keeps what was found, and queues a run if that is drift.
    ///
    /// - Returns: Whether a run was queued.
    func look(
        _ log: @autoclosure () async throws -> TrainingLog,
        perDayMax: Int = .max,
        in scope: OrganizationScope
    ) async throws -> Bool {
        let now = time.now
        guard let due = try await stores.trainingPlans.driftDue(in: scope), due <= now else { return false }
        let next = now + Self.interval
        guard let champion = try await stores.models.champion(in: scope)?.version,
            let card = try? await registry.card(of: champion, in: scope), let tags = card.report?.tags, !tags.isEmpty
        else {
            return try await stores.trainingPlans.keep(nil, queueing: nil, dueAt: due, nextAt: next, in: scope)
        }
        let before = try await stores.trainingPlans.drift(in: scope)
        let hasQueued = before?.champion == champion && before?.hasQueued ?? false
        let findings = try await findings(tags, of: card.manifest.view, in: scope)
        let queues = !hasQueued && findings.contains(where: \.isDrift)
        let report = DriftReport(champion: champion, at: now, findings: findings, hasQueued: hasQueued)
        return try await stores.trainingPlans.keep(
            report,
            queueing: queues ? try await log() : nil,
            dueAt: due,
            nextAt: next,
            elseAt: now + Self.patience,
            perDayMax: perDayMax,
            in: scope
        )
    }

    private func findings(
        _ references: [TagDistribution],
        of view: FeatureView,
        in scope: OrganizationScope
    ) async throws -> [DriftFinding] {
        var check = DriftCheck(references)
        let places = references.map { reference in view.tags.firstIndex { $0.name == reference.tag } }
        let continuous = view.tags.indices.filter { view.tags[$0].kind == .continuous }
        let schemaTags = SchemaTags(stores.schemas, scope: scope)
        let latest = try await stores.readings.latest(in: scope)
        guard let newest = latest.map(\.reading.instant).max() else { return [] }
        let start = newest - .seconds(Self.days * 86_400)
        for asset in latest.map(\.reading.asset) {
            for day in 0..<Self.days {
                let from = start + .seconds(day * 86_400)
                let sampled = try await stores.readings.sampled(
                    asset: asset,
                    from: from,
                    to: from + .seconds(86_400),
                    every: Self.stretch,
                    in: scope
                )
                let tags = try await schemaTags.tags(ofVersionsIn: sampled.map(\.reading))
                var projections = Projections(to: view.tags)
                // As in training: an event between two scans is no row.
                let rows = sampled.map {
                    (values: projections.sample($0.reading, tags: tags).values, count: $0.rowCount)
                }
                .filter { row in continuous.contains { !row.values[$0].isNaN } }
                for (number, place) in places.enumerated() where !rows.isEmpty {
                    guard let place else { continue }
                    check.add(
                        rows.map { Float($0.values[place]) },
                        weights: rows.map(\.count),
                        tag: number,
                        asset: asset,
                        at: from
                    )
                }
            }
        }
        return check.findings
    }
}
