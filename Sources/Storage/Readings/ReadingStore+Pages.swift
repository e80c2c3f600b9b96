import Database
package import Plant

extension ReadingStore {
    /// One asset's rows from an instant up to another, by time, those that came too late included.
    ///
    /// The later instant is left out, and so is all up to `after`, the last one of the page before. At most
    /// ``PageLimit/max`` come.
    package func page(
        asset: String,
        from: Instant? = nil,
        to: Instant? = nil,
        after: Instant? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> [StoredReading] {
        try await database.query(
            """
            SELECT \(StoredReading.columns)
            FROM asset a
            JOIN reading r ON r.organization_id = a.organization_id AND r.asset_id = a.id
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset)
                AND r.instant >= \(from ?? .distantPast) AND r.instant < \(to ?? .distantFuture)
                AND r.instant > \(after ?? .distantPast)
            ORDER BY r.instant
            LIMIT \(PageLimit.clamped(limit))
            """
        ).map(StoredReading.init(row:))
    }

    /// One asset's first row in each stretch of time, and how many rows that stretch has; none that came too late.
    package func sampled(
        asset: String,
        from start: Instant,
        to end: Instant,
        every stretch: Duration,
        in scope: OrganizationScope
    ) async throws -> [(reading: StoredReading, rowCount: Int)] {
        try await database.query(
            """
            SELECT \(StoredReading.columns), s.row_count
            FROM asset a
            JOIN (
                SELECT n.asset_id, MIN(n.instant) AS instant, COUNT(*) AS row_count
                FROM reading n
                JOIN asset o ON o.organization_id = n.organization_id AND o.id = n.asset_id
                WHERE n.organization_id = \(scope.id) AND o.name = \(asset) AND n.is_too_late = 0
                    AND n.instant >= \(start) AND n.instant < \(end)
                GROUP BY n.asset_id, n.instant / \(stretch.microseconds)
            ) s ON s.asset_id = a.id
            JOIN reading r ON r.organization_id = a.organization_id AND r.asset_id = a.id AND r.instant = s.instant
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset)
            ORDER BY r.instant
            """
        ).map { (try StoredReading(row: $0), try $0.decode("row_count")) }
    }

    /// All rows by the asset's name and then by time, without what came too late: the order in which models train.
    ///
    /// Pages go on after the last row of the one before, and are shorter than `limit` only at the end. Rows before
    /// `start` are left out, and so is what was kept after `throughSequence`, so that all pages are of one state.
    package func history(
        from start: Instant = .distantPast,
        after position: HistoryPosition? = nil,
        throughSequence: Int64 = .max,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> [StoredReading] {
        try await database.read { reader in
            var page: [StoredReading] = []
            let assets = try reader.query(
                """
                SELECT id, name
                FROM asset
                WHERE organization_id = \(scope.id) AND name >= \(position?.asset ?? "")
                ORDER BY name
                """
            )
            for asset in assets where page.count < limit {
                let id: ID<Asset> = try asset.decode("id")
                let name: String = try asset.decode("name")
                let after = name == position?.asset ? position?.instant : nil
                page += try reader.query(
                    """
                    SELECT r.sequence, r.schema_version, r.is_too_late, \(name) AS name, r.instant, r.packed_values,
                        r.failing
                    FROM reading r
                    WHERE r.organization_id = \(scope.id) AND r.asset_id = \(id)
                        AND r.instant >= \(start) AND r.instant > \(after ?? .distantPast)
                        AND r.sequence <= \(throughSequence) AND r.is_too_late = 0
                    ORDER BY r.instant
                    LIMIT \(limit - page.count)
                    """
                ).map(StoredReading.init(row:))
            }
            return page
        }
    }

    /// One asset's rows in the order in which they came, without what came too late.
    package func arrivals(
        of asset: String,
        after sequence: Int64,
        through last: Int64,
        countMax: Int,
        in scope: OrganizationScope
    ) async throws -> [StoredReading] {
        try await database.query(
            """
            SELECT \(StoredReading.columns)
            FROM asset a
            JOIN reading r ON r.organization_id = a.organization_id AND r.asset_id = a.id
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset)
                AND r.sequence > \(sequence) AND r.sequence <= \(last) AND r.is_too_late = 0
            ORDER BY r.sequence
            LIMIT \(countMax)
            """
        ).map(StoredReading.init(row:))
    }

    /// The sequence of the oldest row that is kept; more than 1 where older ones are kept no more.
    package func firstSequence(in scope: OrganizationScope) async throws -> Int64? {
        try await database.query(
            """
            SELECT sequence
            FROM reading
            WHERE organization_id = \(scope.id)
            ORDER BY sequence
            LIMIT 1
            """
        ).first?.decode("sequence")
    }

    /// When the oldest row that is kept came, as near as can be told; nil where none is kept.
    ///
    /// It is the row's own instant, but no earlier than the schema that the row came under: history may be brought along.
    package func firstCame(in scope: OrganizationScope) async throws -> Instant? {
        let row = try await database.query(
            """
            SELECT r.instant, s.created_at
            FROM reading r
            LEFT JOIN signal_schema s ON s.organization_id = r.organization_id AND s.version = r.schema_version
            WHERE r.organization_id = \(scope.id)
            ORDER BY r.sequence
            LIMIT 1
            """
        ).first
        guard let row else { return nil }
        let instant: Instant = try row.decode("instant")
        let schemaFrom: Instant? = try row.decode("created_at")
        return max(instant, schemaFrom ?? instant)
    }

    /// The instant of an asset's row so many before another instant; nil where there are not so many.
    package func instant(
        ofRow count: Int,
        before instant: Instant,
        asset: String,
        in scope: OrganizationScope
    ) async throws -> Instant? {
        try await database.query(
            """
            SELECT r.instant
            FROM asset a
            JOIN reading r ON r.organization_id = a.organization_id AND r.asset_id = a.id
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset) AND r.instant < \(instant)
            ORDER BY r.instant DESC
            LIMIT 1 OFFSET \(max(0, count - 1))
            """
        ).first?.decode("instant")
    }

    package func counts(in scope: OrganizationScope) async throws -> IngestCounts {
        let row = try await database.query(
            """
            SELECT last_sequence, repeated_count, conflicting_count, quarantined_count
            FROM ingest
            WHERE organization_id = \(scope.id)
            """
        ).first
        guard let row else { return IngestCounts(accepted: 0, repeated: 0, conflicting: 0, quarantined: 0) }
        return IngestCounts(
            accepted: try row.decode("last_sequence"),
            repeated: try row.decode("repeated_count"),
            conflicting: try row.decode("conflicting_count"),
            quarantined: try row.decode("quarantined_count")
        )
    }

    /// The rows that came again with other values, the last seen first.
    package func conflicts(limit: Int, in scope: OrganizationScope) async throws -> [ReadingConflict] {
        try await database.query(
            """
            SELECT a.name, c.instant, c.seen_count, c.last_seen_at, c.last_packed_values, c.last_failing
            FROM reading_conflict c
            JOIN asset a ON a.organization_id = c.organization_id AND a.id = c.asset_id
            WHERE c.organization_id = \(scope.id)
            ORDER BY c.last_seen_at DESC, a.name, c.instant
            LIMIT \(PageLimit.clamped(limit))
            """
        ).map { row in
            let (values, notGood) = try PackedValues.unpacked(row.decode("last_packed_values"))
            let asset: String = try row.decode("name")
            let instant: Instant = try row.decode("instant")
            let failing: String? = try row.decode("last_failing")
            return ReadingConflict(
                asset: asset,
                instant: instant,
                seenCount: try row.decode("seen_count"),
                lastSeenAt: try row.decode("last_seen_at"),
                last: Reading(asset: asset, instant: instant, values: values, notGood: notGood, failing: failing)
            )
        }
    }

    /// The rows without a place in time, the last seen first.
    package func quarantine(limit: Int, in scope: OrganizationScope) async throws -> [StoredQuarantine] {
        try await database.query(
            """
            SELECT source_row, reason, seen_count, first_seen_at, last_seen_at
            FROM quarantined_row
            WHERE organization_id = \(scope.id)
            ORDER BY last_seen_at DESC, source_row, reason
            LIMIT \(PageLimit.clamped(limit))
            """
        ).map { row in
            StoredQuarantine(
                row: QuarantinedRow(row: try row.decode("source_row"), reason: try row.decode("reason")),
                seenCount: try row.decode("seen_count"),
                firstSeenAt: try row.decode("first_seen_at"),
                lastSeenAt: try row.decode("last_seen_at")
            )
        }
    }
}
