/// Feature rows side by side: `Float32`, row-major, shape `[rowCount, columnCount]`; NaN is missing.
package struct FeatureMatrix: Sendable {
    package let columnCount: Int
    package private(set) var rowCount = 0
    private var elements: [Float] = []

    /// An empty matrix.
    package init(columnCount: Int) {
        precondition(columnCount > 0, "a feature matrix needs columns")
        self.columnCount = columnCount
    }

    package mutating func reserveCapacity(rows: Int) { elements.reserveCapacity(rows * columnCount) }

    /// - Parameter row: As many values as there are columns.
    package mutating func append(_ row: some Collection<Float>) {
        precondition(row.count == columnCount, "a row of \(row.count) values in a matrix of \(columnCount) columns")
        elements.append(contentsOf: row)
        rowCount += 1
    }

    /// Appends a row of missing values, which `fill` overwrites in place: all elements, and where the row begins.
    mutating func appendRow(_ fill: (inout MutableSpan<Float>, Int) -> Void) {
        let start = elements.count
        elements.append(contentsOf: repeatElement(.nan, count: columnCount))
        rowCount += 1
        var span = elements.mutableSpan
        fill(&span, start)
    }

    /// Empties the matrix and keeps its memory, to be filled page by page.
    package mutating func removeAll() {
        elements.removeAll(keepingCapacity: true)
        rowCount = 0
    }

    package subscript(row: Int) -> ArraySlice<Float> {
        elements[row * columnCount..<(row + 1) * columnCount]
    }

    package subscript(row: Int, column: Int) -> Float {
        precondition(column < columnCount, "column \(column) of \(columnCount)")
        return elements[row * columnCount + column]
    }

    /// All elements, contiguous, row after row.
    package func withUnsafeBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try elements.withUnsafeBufferPointer(body)
    }
}
