import Database
import FoundationEssentials
package import Plant

/// A reading as it was kept.
package struct StoredReading: Hashable, Sendable {
    /// Its number among the organization's readings, in the order of their commits, from 1 without a gap.
    package let sequence: Int64
    /// Of the schema under which it was mapped: which tags its values are.
    package let schemaVersion: Int
    /// It came later than the schema allows, and enters no feature.
    package let isTooLate: Bool
    package let reading: Reading

    package init(sequence: Int64, schemaVersion: Int, isTooLate: Bool, reading: Reading) {
        self.sequence = sequence
        self.schemaVersion = schemaVersion
        self.isTooLate = isTooLate
        self.reading = reading
    }
}

extension StoredReading {
    /// What ``init(row:)`` reads, of `reading r` and `asset a`.
    static let columns: SQL =
        "r.sequence, r.schema_version, r.is_too_late, a.name, r.instant, r.packed_values, r.failing"

    init(row: SQLRow) throws {
        let (values, notGood) = try PackedValues.unpacked(row.decode(at: 5))
        sequence = try row.decode(at: 0)
        schemaVersion = try row.decode(at: 1)
        isTooLate = try row.decode(at: 2)
        reading = Reading(
            asset: try row.decode(at: 3),
            instant: try row.decode(at: 4),
            values: values,
            notGood: notGood,
            failing: try row.decode(at: 6)
        )
    }
}

/// A place in an organization's history, which is ordered by the asset's name and then by time.
package struct HistoryPosition: Hashable, Sendable {
    package let asset: String
    package let instant: Instant

    package init(asset: String, instant: Instant) {
        self.asset = asset
        self.instant = instant
    }
}
