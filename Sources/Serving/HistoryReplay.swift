import Features
import Plant
import Storage

/// Streams what an organization has sent so far through feature engines.
struct HistoryReplay: Sendable {
    let scope: OrganizationScope
    let stores: Stores
    let schemaTags: SchemaTags

    private static let pageCount = 2_000

    /// An engine that has seen all readings up to a sequence.
    func finished(_ unfinished: UnfinishedEngine, through sequence: Int64) async throws -> FeatureEngine {
        var engine = unfinished.engine
        for asset in unfinished.missing {
            let view = engine.view
            try await replay(asset, from: .distantPast, through: sequence, under: view) { _ = engine.insert($0) }
        }
        return engine
    }

    /// The same for an engine that has seen nothing.
    func finished(_ engine: FeatureEngine, through sequence: Int64) async throws -> FeatureEngine {
        let assets = try await stores.assets.list(in: scope).map(\.name)
        return try await finished(UnfinishedEngine(engine: engine, missing: assets), through: sequence)
    }

    /// An asset's samples in order of time, as a view sees them.
    func replay(
        _ asset: String,
        from start: Instant,
        through sequence: Int64,
        under view: FeatureView,
        _ body: (Sample) -> Void
    ) async throws {
        var projections = Projections(to: view.tags)
        try await pages(of: asset, from: start, through: sequence) { page, tags in
            for stored in page { body(projections.sample(stored, tags: tags)) }
        }
    }

    /// An asset's readings in order of time, page by page, with the tags of their schema versions; none too late.
    func pages(
        of asset: String,
        from start: Instant,
        upTo end: Instant = .distantFuture,
        through sequence: Int64,
        _ body: ([StoredReading], [Int: [Tag]]) async throws -> Void
    ) async throws {
        var start = start
        while start <= end {
            let page = try await stores.readings.retained(
                asset: asset,
                from: start,
                upTo: end,
                throughSequence: sequence,
                countMax: Self.pageCount,
                in: scope
            )
            let tags = try await schemaTags.tags(ofVersionsIn: page)
            try await body(page, tags)
            guard page.count == Self.pageCount, let last = page.last else { return }
            start = last.reading.instant + .microseconds(1)
        }
    }
}
