package import Plant

/// Rows of one asset, spread evenly over a history of any length.
package struct RowSample: Sendable {
    private let countMax: Int
    private let columnCount: Int
    package private(set) var instants: [Instant] = []
    private var elements: [Float] = []
    /// Each so-manieth row is kept.
    private var stride = 1
    private var seenCount = 0

    /// - Parameters:
    ///   - columnCount: The rows' width.
    ///   - countMax: At least 2: where more come, every other one is let go.
    package init(columnCount: Int, countMax: Int = 2_048) {
        self.columnCount = columnCount
        self.countMax = max(2, countMax)
    }

    /// Whether rows were left out, so that nothing tells what was between two that are there.
    package var isThinned: Bool { stride > 1 }

    /// Takes in the next row, in order of time.
    package mutating func add(_ row: FeatureRow) {
        defer { seenCount += 1 }
        guard seenCount % stride == 0 else { return }
        instants.append(row.instant)
        elements += row.values
        guard instants.count > countMax else { return }
        let kept = Swift.stride(from: 0, to: instants.count, by: 2)
        elements = kept.flatMap { elements[$0 * columnCount..<($0 + 1) * columnCount] }
        instants = kept.map { instants[$0] }
        stride *= 2
    }

    /// A column's values in so many of the rows, in order of time.
    package func values(column: Int, of rows: Range<Int>) -> [Float] {
        rows.map { elements[$0 * columnCount + column] }
    }

    /// The rows from an instant up to another, which is left out.
    package func rows(from start: Instant, to end: Instant) -> Range<Int> {
        let first = instants.firstIndex { $0 >= start } ?? instants.count
        let last = instants[first...].firstIndex { $0 >= end } ?? instants.count
        return first..<last
    }
}
