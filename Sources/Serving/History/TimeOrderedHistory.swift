import Plant
import Storage

/// Streams an organization's stored readings in order of time, whichever assets they are of, as its lane judged them:
/// without what came too late, and without the values that the rules passed over since newer ones of the same tags were
/// there already.
///
/// It holds about a page per asset, and what is kept back to see which rows came late.
struct TimeOrderedHistory {
    /// One asset's rows that were read and have yet to go out.
    private struct Strand {
        let asset: String
        var rows = HeldRows()
        var nextStart: Instant
        var isExhausted = false

        /// Up to where it is known which rows came late.
        func settledThrough(lateness: Duration) -> Instant {
            if isExhausted { return .distantFuture }
            guard let last = rows.last else { return .distantPast }
            return last - lateness - .microseconds(1)
        }
    }

    private let scope: OrganizationScope
    private let stores: Stores
    private let schemaTags: SchemaTags
    private let lateness: Duration
    private let end: Instant
    private let throughSequence: Int64
    private let pageCount: Int
    /// Rows of each asset that are kept back at most.
    private let heldBackMax: Int
    private var strands: [Strand]
    private var projections: Projections
    private var sentThrough = Instant.distantPast

    /// All assets' pages together hold no more rows than this, or 64 of each asset.
    private static let rowCountMax = 20_000
    /// Rows of one asset that are kept back to see which of them came late; beyond that none is waited for.
    private static let heldBackOfAssetMax = 20_000
    /// Rows of all assets together that are kept back, or 64 of each asset.
    private static let heldBackOfAllMax = 100_000

    /// - Parameters:
    ///   - scope: The organization.
    ///   - stores: Where its readings are.
    ///   - schemaTags: What its schema versions mean.
    ///   - tags: Of the samples that come out.
    ///   - lateness: How late a row may be and still count.
    ///   - start: The earliest instant.
    ///   - end: Left out, like all after it.
    /// - Throws: `DatabaseError`.
    init(
        of scope: OrganizationScope,
        in stores: Stores,
        schemaTags: SchemaTags,
        as tags: [Tag],
        lateness: Duration,
        from start: Instant,
        to end: Instant
    ) async throws {
        self.scope = scope
        self.stores = stores
        self.schemaTags = schemaTags
        self.lateness = lateness
        self.end = end
        throughSequence = try await stores.readings.lastSequence(in: scope)
        let assets = try await stores.assets.list(in: scope)
        pageCount = min(2_000, max(64, Self.rowCountMax / max(1, assets.count)))
        heldBackMax = min(Self.heldBackOfAssetMax, max(64, Self.heldBackOfAllMax / max(1, assets.count)))
        strands = assets.map { Strand(asset: $0.name, nextStart: start) }
        projections = Projections(to: tags)
    }

    /// The next samples, in order of time and then of the asset's name; nil at the end.
    mutating func next() async throws -> [Sample]? {
        while true {
            for index in strands.indices {
                while !strands[index].isExhausted, strands[index].rows.count < heldBackMax,
                    strands[index].settledThrough(lateness: lateness) <= sentThrough
                {
                    try await refill(index)
                }
            }
            let through = strands.map { strand in
                strand.rows.count < heldBackMax
                    ? strand.settledThrough(lateness: lateness) : strand.rows.last ?? .distantFuture
            }.min()
            guard let through else { return nil }
            sentThrough = through
            let due = strands.indices.flatMap { take(from: $0, through: through) }
            if !due.isEmpty { return due.sorted { ($0.instant, $0.asset) < ($1.instant, $1.asset) } }
            if strands.allSatisfy({ $0.isExhausted && $0.rows.isEmpty }) { return nil }
        }
    }

    private mutating func refill(_ index: Int) async throws {
        let page = try await stores.readings.retained(
            asset: strands[index].asset,
            from: strands[index].nextStart,
            throughSequence: throughSequence,
            countMax: pageCount,
            in: scope
        )
        let tags = try await schemaTags.tags(ofVersionsIn: page)
        strands[index].rows.append(
            page.map { HeldRows.Row(projections.sample($0, tags: tags), sequence: $0.sequence) }
        )
        guard page.count == pageCount, let last = page.last, last.reading.instant <= end + lateness else {
            strands[index].isExhausted = true
            return
        }
        strands[index].nextStart = last.reading.instant + .microseconds(1)
    }

    /// Rows up to an instant, without those that were passed over.
    private mutating func take(from index: Int, through: Instant) -> [Sample] {
        strands[index].rows.take(through: through).filter { $0.instant < end }
    }
}
