package import Plant

/// What became of readings that were handed in; all of it is on disk.
package struct IngestReceipt: Hashable, Sendable {
    /// New rows.
    package internal(set) var accepted = 0
    /// Known already, with the same values.
    package internal(set) var repeated = 0
    /// Known already, with other values; the first stay.
    package internal(set) var conflicting = 0
    package var quarantined: Int { setApart.count }
    /// Rows without a place in time or in a table, and why.
    package internal(set) var setApart: [QuarantinedRow] = []
    /// Of the first new row; nil where none was.
    package internal(set) var firstSequence: Int64?
    /// Of the organization's newest row, whether it came with these or before; 0 where there is none.
    package internal(set) var lastSequence: Int64 = 0
}

/// How far an organization's source has been read, committed with the readings that were read.
package struct SourcePosition: Hashable, Sendable {
    package let source: ID<SourceConfiguration>
    package let cursor: Cursor

    package init(source: ID<SourceConfiguration>, cursor: Cursor) {
        self.source = source
        self.cursor = cursor
    }
}

/// What an organization's sources have delivered since the beginning.
package struct IngestCounts: Hashable, Sendable {
    package let accepted: Int64
    package let repeated: Int64
    package let conflicting: Int64
    package let quarantined: Int64
}

/// A row that came again with other values than the first time.
package struct ReadingConflict: Hashable, Sendable {
    package let asset: String
    package let instant: Instant
    /// How often it came so; a source that repeats itself counts each time.
    package let seenCount: Int
    package let lastSeenAt: Instant
    /// What it said the last time, which is not used.
    package let last: Reading
}

/// A row without a place in time, as it was set apart.
package struct StoredQuarantine: Hashable, Sendable {
    package let row: QuarantinedRow
    /// How often it came.
    package let seenCount: Int
    package let firstSeenAt: Instant
    package let lastSeenAt: Instant
}
