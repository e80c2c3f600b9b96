/// How far a reader has come in a source, in the source's own terms; written down and handed back as it is.
package struct Cursor: Hashable, Sendable, Codable {
    package let position: String

    package init(position: String) { self.position = position }

    /// Before the first reading.
    package static let start = Cursor(position: "")
}

/// What a source had after a cursor.
package struct ReadingBatch: Sendable {
    package let readings: [Reading]
    /// Rows without a place in time.
    package let quarantined: [QuarantinedRow]
    /// Where the next batch begins.
    package let cursor: Cursor

    package init(readings: [Reading], quarantined: [QuarantinedRow], cursor: Cursor) {
        self.readings = readings
        self.quarantined = quarantined
        self.cursor = cursor
    }
}

/// A row without a place in time: kept apart with its reason, never given another timestamp.
package struct QuarantinedRow: Hashable, Sendable, Codable {
    package let row: String
    package let reason: String

    package init(row: String, reason: String) {
        self.row = row
        self.reason = reason
    }
}

/// Where readings come from: a SCADA database, a file replayed, the simulated plant.
package protocol ReadingSource: Sendable {
    /// Those after `cursor`, in the source's order, at most `countMax`; empty when none are there yet.
    ///
    /// A batch may repeat readings that an earlier one had; the same row again changes nothing.
    func readings(after cursor: Cursor, countMax: Int) async throws -> ReadingBatch
}
