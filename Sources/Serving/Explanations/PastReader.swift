import Features
import Models
import Plant
import Storage

/// Makes rows again, point in time, from the readings that are kept.
struct PastReader: Sendable {
    let history: HistoryReplay
    /// Features are derived there, not on the threads that all share.
    let work: BlockingWork

    /// How far back of a row its asset's rows tell what is usual.
    private static let referenceSpan = Duration.seconds(30 * 86_400)
    /// The same in readings, where they come often; windows and lags are read whole in any case.
    private static let readingCountMax = 100_000

    /// An asset's history up to a row.
    ///
    /// - Parameters:
    ///   - asset: The asset's name.
    ///   - manifest: Of the model that predicted the row: its view, and when rows are due.
    ///   - instant: Of the row.
    ///   - sequence: What was kept after it had no part in the row.
    ///   - recentFrom: Rows from here on are handed out whole.
    /// - Returns: The row, and the rows before it as far back as they tell what is usual.
    /// - Throws: `DatabaseError`, or `StorageError` where a schema version is missing.
    func past(
        of asset: String,
        under manifest: ModelManifest,
        at instant: Instant,
        through sequence: Int64,
        recentFrom: Instant = .distantFuture
    ) async throws -> AssetPast {
        let engine = FeatureEngine(manifest, allowedLateness: .zero)
        let reach = engine.reach(before: min(instant, recentFrom))
        let dense = try await history.stores.readings.instant(
            ofRow: Self.readingCountMax,
            before: instant,
            asset: asset,
            in: history.scope
        )
        let wanted = max(reach - Self.referenceSpan - .seconds(manifest.horizonMinutes * 60), dense ?? .distantPast)
        let start = min(reach, wanted)
        let pass = PastPass(engine, from: start, upTo: instant, recentFrom: recentFrom)
        try await read(asset, from: start, upTo: instant, through: sequence, into: pass)
        guard !pass.neverTrue.isEmpty else { return pass.past }
        // When a tag was last true may lie further back than anything else that a row is made from.
        let seeds = try await lastTrue(pass.neverTrue, of: asset, before: start, through: sequence, engine.view)
        guard !seeds.isEmpty else { return pass.past }
        let again = PastPass(engine, from: start, upTo: instant, recentFrom: recentFrom)
        again.seed(seeds, tags: try await history.schemaTags.tags(ofVersionsIn: seeds))
        try await read(asset, from: start, upTo: instant, through: sequence, into: again)
        return again.past
    }

    private func read(
        _ asset: String,
        from start: Instant,
        upTo end: Instant,
        through sequence: Int64,
        into pass: PastPass
    ) async throws {
        try await history.pages(of: asset, from: start, upTo: end, through: sequence) { page, tags in
            try Task.checkCancellation()
            try await work.run { pass.add(page, tags: tags) }
        }
    }

    /// The last reading in which each of the tags was true, in order of time.
    private func lastTrue(
        _ places: Set<Int>,
        of asset: String,
        before start: Instant,
        through sequence: Int64,
        _ view: FeatureView
    ) async throws -> [StoredReading] {
        var projections = Projections(to: view.tags)
        var found: [Int: StoredReading] = [:]
        try await history.pages(
            of: asset,
            from: .distantPast,
            upTo: start - .microseconds(1),
            through: sequence
        ) { page, tags in
            try Task.checkCancellation()
            for stored in page {
                let sample = projections.sample(stored, tags: tags)
                for place in places where sample.values[place] == 1 { found[place] = stored }
            }
        }
        let readings = Dictionary(found.values.map { ($0.sequence, $0) }) { first, _ in first }.values
        return readings.sorted { $0.reading.instant < $1.reading.instant }
    }
}
