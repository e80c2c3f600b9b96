package import Features
package import Models

/// Labelled feature rows: what is known of each row, and its values.
package struct TrainingData: Sendable {
    package let set: TrainingSet
    /// One row per element of the set's.
    package let features: RowSpool

    package var view: FeatureView { self.set.view }
    package var rows: [TrainingSet.Row] { self.set.rows }

    package init(set: TrainingSet, features: RowSpool) {
        precondition(features.rowCount == set.rows.count && features.columnCount == set.view.count)
        self.set = set
        self.features = features
    }

    /// Hands out rows page by page, so that no more than one page is in memory: its place among `indices`, and values.
    package func forEachPage(
        of indices: [Int],
        rowCount: Int = 1_024,
        _ body: (_ places: Range<Int>, _ values: [Float]) throws -> Void
    ) throws {
        for start in stride(from: 0, to: indices.count, by: rowCount) {
            let places = start..<min(start + rowCount, indices.count)
            try body(places, try features.values(of: indices[places]))
        }
    }
}
