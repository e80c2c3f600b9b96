package import Alarms
package import Plant
package import Storage

/// How tags of an asset went, from the readings that are kept.
package struct TagHistory: Sendable {
    let stores: Stores
    let schemaTags: SchemaTags
    let scope: OrganizationScope

    /// Readings that are looked at for one trend.
    private static let readingCountMax = 20_000

    package init(stores: Stores, schemaTags: SchemaTags, scope: OrganizationScope) {
        self.stores = stores
        self.schemaTags = schemaTags
        self.scope = scope
    }

    /// Good values from an instant up to another, tag by tag, in order of time; the newest where they are very many.
    ///
    /// - Parameters:
    ///   - tags: Names; one that the readings do not have is empty.
    ///   - asset: The asset's name.
    ///   - start: With it.
    ///   - end: With it.
    ///   - sequence: What was kept later is left out.
    /// - Returns: In the order of the tags.
    /// - Throws: `DatabaseError`, or `StorageError` where a schema version is missing.
    package func points(
        of tags: [String],
        asset: String,
        from start: Instant,
        to end: Instant,
        through sequence: Int64 = .max
    ) async throws -> [[Trend.Point]] {
        guard !tags.isEmpty else { return [] }
        let dense = try await stores.readings.instant(
            ofRow: Self.readingCountMax,
            before: end,
            asset: asset,
            in: scope
        )
        var points = tags.map { _ in [Trend.Point]() }
        let history = HistoryReplay(scope: scope, stores: stores, schemaTags: schemaTags)
        try await history.pages(
            of: asset,
            from: max(start, dense ?? start),
            upTo: end,
            through: sequence
        ) { page, tagsByVersion in
            for stored in page {
                let names = tagsByVersion[stored.schemaVersion] ?? []
                let values = Sample(stored.reading).values
                for (place, tag) in tags.enumerated() {
                    guard let index = names.firstIndex(where: { $0.name == tag }), !values[index].isNaN else {
                        continue
                    }
                    points[place].append(Trend.Point(at: stored.reading.instant, value: values[index]))
                }
            }
        }
        return points
    }

    /// A tag's course around an instant: the day before it, less where readings come often, and as long after it.
    ///
    /// - Parameters:
    ///   - tag: Its name.
    ///   - asset: The asset's name.
    ///   - instant: When something was found.
    ///   - end: When it was over; nil where it goes on.
    /// - Returns: Nil where no good value is kept.
    /// - Throws: As ``points(of:asset:from:to:through:)``.
    package func trend(of tag: String, asset: String, around instant: Instant, until end: Instant?) async throws
        -> Trend?
    {
        let dense = try await stores.readings.instant(
            ofRow: Self.roundTripCount,
            before: instant,
            asset: asset,
            in: scope
        )
        let start = max(instant - .seconds(86_400), dense ?? .distantPast)
        let span = max(instant - start, .seconds(60))
        let points = try await self.points(
            of: [tag],
            asset: asset,
            from: start,
            to: min(instant + span, end.map { $0 + .seconds(60) } ?? .distantFuture)
        )
        guard let found = points.first, !found.isEmpty else { return nil }
        return Trend(tag: tag, points: found, usual: nil)
    }

    private static let roundTripCount = 2_000
}
