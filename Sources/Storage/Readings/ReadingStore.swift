import Database
package import Plant

/// What an organization's sources delivered, each row once.
package struct ReadingStore: Sendable {
    let database: any SQLDatabase

    /// Keeps readings, rows without a place in time, and how far the source was read: all of it, or nothing.
    ///
    /// A row is known by (asset, instant): the same again changes nothing, other values are a conflict, counted, and
    /// the first stay.
    /// - Parameters:
    ///   - readings: In the source's order, which becomes theirs.
    ///   - schemaVersion: The schema under which they were mapped.
    ///   - quarantined: Kept once each, however often they come; readings that no table can hold join them.
    ///   - source: Where to go on reading, where a source keeps a cursor.
    ///   - keptMax: How many rows the organization may have, with those set apart; known ones take no room.
    ///   - now: When this is.
    ///   - scope: The organization.
    /// - Returns: When all of it is on disk.
    /// - Throws: `DatabaseError`, or `QuotaExceeded` where there is no room for all that is new; nothing is kept then.
    package func append(
        _ readings: [Reading],
        schemaVersion: Int,
        quarantined: [QuarantinedRow] = [],
        source: SourcePosition? = nil,
        keptMax: Int = .max,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> IngestReceipt {
        // Packed before anybody waits for the writer.
        var rows: [PackedReading] = []
        var setApart = quarantined
        rows.reserveCapacity(readings.count)
        for reading in readings {
            switch PackedReading.packed(reading, schemaVersion: schemaVersion) {
            case .success(let row): rows.append(row)
            case .failure(let refusal): setApart.append(refusal.row)
            }
        }
        return try await database.transaction(of: scope.id.rawValue) { [rows, setApart] transaction in
            var ingest = try Ingest(scope: scope, keptMax: keptMax, at: now, transaction: transaction)
            for row in rows { try ingest.append(row) }
            for row in setApart { try ingest.setApart(row) }
            if let source { try SourceStore.move(source.source, to: source.cursor, at: now, in: scope, transaction) }
            return try ingest.finish()
        }
    }

    /// In the order of their commits.
    package func readings(
        after sequence: Int64,
        countMax: Int,
        in scope: OrganizationScope
    ) async throws -> [StoredReading] {
        try await database.query(
            """
            SELECT \(StoredReading.columns)
            FROM reading r
            JOIN asset a ON a.organization_id = r.organization_id AND a.id = r.asset_id
            WHERE r.organization_id = \(scope.id) AND r.sequence > \(sequence)
            ORDER BY r.sequence
            LIMIT \(countMax)
            """
        ).map(StoredReading.init(row:))
    }

    /// Of the organization's newest reading; 0 where there is none.
    package func lastSequence(in scope: OrganizationScope) async throws -> Int64 {
        try await database.query(
            "SELECT last_sequence FROM ingest WHERE organization_id = \(scope.id)"
        ).first?.decode("last_sequence") ?? 0
    }

    /// What an asset's features are made of again after a restart: by time, without what came too late.
    ///
    /// `throughSequence` is the lane's cursor: what was kept later comes by ``readings(after:countMax:in:)``. A page
    /// shorter than `countMax` is the last; the next one begins after the last row's instant. Rows after `end` are not
    /// read: with a sequence from before a backfill they would all be passed over one by one.
    package func retained(
        asset: String,
        from instant: Instant,
        upTo end: Instant = .distantFuture,
        throughSequence: Int64,
        countMax: Int,
        in scope: OrganizationScope
    ) async throws -> [StoredReading] {
        try await database.query(
            """
            SELECT \(StoredReading.columns)
            FROM asset a
            JOIN reading r ON r.organization_id = a.organization_id AND r.asset_id = a.id
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset)
                AND r.instant >= \(instant) AND r.instant <= \(end)
                AND r.sequence <= \(throughSequence) AND r.is_too_late = 0
            ORDER BY r.instant
            LIMIT \(countMax)
            """
        ).map(StoredReading.init(row:))
    }

    /// The newest row of each asset, by the asset's name.
    package func latest(in scope: OrganizationScope) async throws -> [StoredReading] {
        try await database.query(
            """
            SELECT \(StoredReading.columns)
            FROM asset a
            JOIN reading r ON r.organization_id = a.organization_id AND r.asset_id = a.id
            WHERE a.organization_id = \(scope.id)
                AND r.instant = (
                    SELECT MAX(n.instant)
                    FROM reading n
                    WHERE n.organization_id = a.organization_id AND n.asset_id = a.id
                )
            ORDER BY a.name
            """
        ).map(StoredReading.init(row:))
    }
}
