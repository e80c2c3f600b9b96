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
    /// Rows of an asset that are looked at in each hour: more of them would tell the same.
    private static let rowsPerHour = 60

    /// Looks, if it is time to; keeps what was found, and queues a run if that is drift.
    ///
    /// - Returns: Whether a run was queued.
    func look(_ log: @autoclosure () async throws -> TrainingLog, in scope: OrganizationScope) async throws -> Bool {
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
        let report = DriftReport(champion: champion, at: now, findings: findings, hasQueued: hasQueued || queues)
        return try await stores.trainingPlans.keep(
            report,
            queueing: queues ? try await log() : nil,
            dueAt: due,
            nextAt: next,
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
            var hour = start
            while hour < newest {
                let page = try await stores.readings.page(
                    asset: asset,
                    from: hour,
                    to: hour + .seconds(3_600),
                    limit: Self.rowsPerHour,
                    in: scope
                ).filter { !$0.isTooLate }
                let tags = try await schemaTags.tags(ofVersionsIn: page)
                var projections = Projections(to: view.tags)
                // As in training: an event between two scans is no row.
                let samples = page.map { projections.sample($0, tags: tags).values }
                    .filter { values in continuous.contains { !values[$0].isNaN } }
                for (number, place) in places.enumerated() where !samples.isEmpty {
                    guard let place else { continue }
                    check.add(samples.map { Float($0[place]) }, tag: number, asset: asset, at: hour)
                }
                hour = hour + .seconds(3_600)
            }
        }
        return check.findings
    }
}
