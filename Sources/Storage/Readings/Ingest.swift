import Database
import FoundationEssentials
import Plant
import Trust

/// One organization's readings on their way into its tables, within one transaction.
struct Ingest {
    /// How much of a quarantined row is kept.
    private static let quarantinedCharactersMax = 4_096

    private let scope: OrganizationScope
    private let now: Instant
    private let transaction: any SQLTransaction
    private var assets: AssetDirectory
    private var comparison: ReadingComparison
    private var receipt = IngestReceipt()
    /// Rows that were kept before, and how many there may be.
    private let keptBefore: Int
    private let keptMax: Int
    private var keptNow = 0

    init(scope: OrganizationScope, keptMax: Int, at now: Instant, transaction: any SQLTransaction) throws {
        self.scope = scope
        self.keptMax = keptMax
        self.now = now
        self.transaction = transaction
        assets = AssetDirectory(scope: scope)
        comparison = ReadingComparison(scope: scope)
        let before = try transaction.query(
            "SELECT last_sequence, kept_count FROM ingest WHERE organization_id = \(scope.id) \(clause: .forUpdate)"
        ).first
        keptBefore = try before?.decode("kept_count") ?? 0
        receipt.lastSequence = try before?.decode("last_sequence") ?? 0
    }

    /// One more row is kept.
    ///
    /// - Throws: `QuotaExceeded` where that is one too many: then nothing of all this is kept.
    private mutating func keep() throws {
        guard keptBefore + keptNow < keptMax else { throw QuotaExceeded(.rowsKept, use: keptBefore, limit: keptMax) }
        keptNow += 1
    }

    mutating func append(_ row: PackedReading) throws {
        let asset = try assets.id(of: row.asset, in: transaction)
        let sequence = receipt.lastSequence + 1
        let insertedCount = try transaction.execute(
            """
            INSERT INTO reading (
                organization_id, asset_id, instant, sequence, schema_version, packed_values, failing, is_too_late
            )
            VALUES (
                \(scope.id), \(asset), \(row.instant), \(sequence), \(row.schemaVersion), \(row.values),
                \(row.failing), \(false)
            )
            ON CONFLICT (organization_id, asset_id, instant) DO NOTHING
            """
        )
        if insertedCount == 1 {
            try keep()
            receipt.accepted += 1
            receipt.firstSequence = receipt.firstSequence ?? sequence
            receipt.lastSequence = sequence
        } else if try isSame(row, asset: asset) {
            receipt.repeated += 1
        } else {
            receipt.conflicting += 1
            try record(conflict: row, asset: asset)
        }
    }

    private mutating func isSame(_ row: PackedReading, asset: ID<Asset>) throws -> Bool {
        let first = try transaction.query(
            """
            SELECT schema_version, packed_values, failing
            FROM reading
            WHERE organization_id = \(scope.id) AND asset_id = \(asset) AND instant = \(row.instant)
            """
        ).first
        guard let first else { return false }
        let version: Int = try first.decode("schema_version")
        let values: Data = try first.decode("packed_values")
        guard try first.decode("failing", as: String?.self) == row.failing else { return false }
        if values == row.values { return true }
        guard version != row.schemaVersion else { return false }
        return try comparison.isSame(row.values, row.schemaVersion, values, version, in: transaction)
    }

    private mutating func record(conflict row: PackedReading, asset: ID<Asset>) throws {
        let isKnown = try transaction.query(
            """
            SELECT seen_count
            FROM reading_conflict
            WHERE organization_id = \(scope.id) AND asset_id = \(asset) AND instant = \(row.instant)
            """
        )
        if isKnown.isEmpty { try keep() }
        try transaction.execute(
            """
            INSERT INTO reading_conflict (
                organization_id, asset_id, instant, seen_count, first_seen_at, last_seen_at, last_schema_version,
                last_packed_values, last_failing
            )
            VALUES (
                \(scope.id), \(asset), \(row.instant), \(1), \(now), \(now), \(row.schemaVersion), \(row.values),
                \(row.failing)
            )
            ON CONFLICT (organization_id, asset_id, instant) DO UPDATE SET
                seen_count = reading_conflict.seen_count + 1,
                last_seen_at = excluded.last_seen_at,
                last_schema_version = excluded.last_schema_version,
                last_packed_values = excluded.last_packed_values,
                last_failing = excluded.last_failing
            """
        )
    }

    mutating func setApart(_ row: QuarantinedRow) throws {
        let text = Self.storable(row.row)
        let reason = Self.storable(row.reason)
        let isKnown = try transaction.query(
            """
            SELECT seen_count
            FROM quarantined_row
            WHERE organization_id = \(scope.id) AND source_row = \(text) AND reason = \(reason)
            """
        )
        if isKnown.isEmpty { try keep() }
        try transaction.execute(
            """
            INSERT INTO quarantined_row (
                organization_id, source_row, reason, seen_count, first_seen_at, last_seen_at
            )
            VALUES (\(scope.id), \(text), \(reason), \(1), \(now), \(now))
            ON CONFLICT (organization_id, source_row, reason) DO UPDATE SET
                seen_count = quarantined_row.seen_count + 1,
                last_seen_at = excluded.last_seen_at
            """
        )
        receipt.setApart.append(row)
    }

    /// A NUL becomes the sign for it, since no table keeps one.
    private static func storable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(quarantinedCharactersMax).map { $0 == "\0" ? "\u{2400}" : Character($0) })
    }

    func finish() throws -> IngestReceipt {
        try transaction.execute(
            """
            INSERT INTO ingest (
                organization_id, last_sequence, repeated_count, conflicting_count, quarantined_count, kept_count
            )
            VALUES (
                \(scope.id), \(receipt.lastSequence), \(receipt.repeated), \(receipt.conflicting),
                \(receipt.quarantined), \(keptNow)
            )
            ON CONFLICT (organization_id) DO UPDATE SET
                last_sequence = excluded.last_sequence,
                kept_count = ingest.kept_count + excluded.kept_count,
                repeated_count = ingest.repeated_count + excluded.repeated_count,
                conflicting_count = ingest.conflicting_count + excluded.conflicting_count,
                quarantined_count = ingest.quarantined_count + excluded.quarantined_count
            """
        )
        return receipt
    }
}
