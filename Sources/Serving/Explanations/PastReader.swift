import Features
import Models
import Plant
import Storage

/// Makes rows again, point in time, from the readings that are kept.
struct PastReader: Sendable {
    let history: HistoryReplay
    /// Features are derived there, not on the threads that all share.
    let work: BlockingWork
    /// So many readings beyond the others are looked through for when a boolean tag was last true; nil is all.
    var searchCountMax: Int?

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
        let search = LastTrueSearch(pass.neverTrue, under: engine.view)
        let isCut = try await look(search, asset, before: start, through: sequence)
        var past = pass.past
        let seeds = search.readings
        if !seeds.isEmpty {
            let again = PastPass(engine, from: start, upTo: instant, recentFrom: recentFrom)
            again.seed(seeds, tags: try await history.schemaTags.tags(ofVersionsIn: seeds))
            try await read(asset, from: start, upTo: instant, through: sequence, into: again)
            past = again.past
        }
        past.isSearchCut = isCut && !search.isComplete
        return past
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

    /// Takes what lies before an instant into a search.
    ///
    /// - Parameters:
    ///   - search: That has seen nothing.
    ///   - asset: The asset's name.
    ///   - start: What lies at it or behind it is left out.
    ///   - sequence: What was kept after it is left out.
    /// - Returns: Whether there is more, further back.
    /// - Throws: As ``past(of:under:at:through:recentFrom:)``.
    private func look(
        _ search: LastTrueSearch,
        _ asset: String,
        before start: Instant,
        through sequence: Int64
    ) async throws -> Bool {
        var last: Instant?
        if let searchCountMax {
            last = try await history.stores.readings.instant(
                ofRow: searchCountMax + 1,
                before: start,
                asset: asset,
                in: history.scope
            )
        }
        try await history.pages(
            of: asset,
            from: last.map { $0 + .microseconds(1) } ?? .distantPast,
            upTo: start - .microseconds(1),
            through: sequence
        ) { page, tags in
            try Task.checkCancellation()
            try await work.run { search.add(page, tags: tags) }
        }
        return last != nil
    }
}
