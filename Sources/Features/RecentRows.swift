import Plant

/// An asset's newest rows, kept so long as a late one may still have to go between them.
struct RecentRows: Sendable {
    struct Row: Sendable {
        let instant: Int64
        /// In tag order; not finite is missing.
        var values: [Double]
        /// Whether features were made at it: it was the first of its prediction interval.
        var isEmitted = false

        /// Bit for bit; one missing value is like another.
        func isSame(as other: [Double]) -> Bool {
            values.elementsEqual(other) { $0.bitPattern == $1.bitPattern || !$0.isFinite && !$1.isFinite }
        }
    }

    private var rows: [Row] = []
    /// Rows before it are spent, and only wait for their room to be used again.
    private var startIndex = 0

    var indices: Range<Int> { startIndex..<rows.count }
    var first: Row? { indices.isEmpty ? nil : rows[startIndex] }
    var last: Row? { indices.isEmpty ? nil : rows[rows.count - 1] }

    subscript(index: Int) -> Row { rows[index] }

    /// The first index whose row is at or after `instant`.
    func firstIndex(atOrAfter instant: Int64) -> Int {
        indices.partitioningIndex { rows[$0].instant >= instant }
    }

    mutating func append(_ row: Row) { rows.append(row) }

    mutating func insert(_ row: Row, at index: Int) { rows.insert(row, at: index) }

    mutating func markEmitted(_ isEmitted: Bool, at index: Int) { rows[index].isEmitted = isEmitted }

    mutating func removeFirst() {
        rows[startIndex].values = []
        startIndex += 1
        guard startIndex >= 16, startIndex * 2 >= rows.count else { return }
        rows.removeFirst(startIndex)
        startIndex = 0
    }
}
