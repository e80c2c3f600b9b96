import Features
import Models
import Plant

/// The tags' own values at some rows, column by column: what a person would look at, without lags and windows.
struct TagColumns {
    /// In the order of the view's tags.
    let names: [String]
    /// Per tag, one value per row; NaN is missing.
    private(set) var values: [[Float]]
    /// The rows that were taken.
    let rows: [Int]

    static let rowsMax = 20_000

    /// Takes at most ``rowsMax`` rows, evenly over those given.
    init(of data: TrainingData, rows: [Int]) throws {
        names = data.view.tags.map(\.name)
        // A tag's features begin with its value.
        let columns = names.indices.compactMap { data.view.tagIndices.firstIndex(of: $0) }
        let step = max(1, (rows.count + Self.rowsMax - 1) / Self.rowsMax)
        self.rows = stride(from: 0, to: rows.count, by: step).map { rows[$0] }
        var values = [[Float]](repeating: [], count: names.count)
        try data.forEachPage(of: self.rows) { places, page in
            for row in 0..<places.count {
                for (tag, column) in columns.enumerated() {
                    values[tag].append(page[row * data.view.count + column])
                }
            }
        }
        self.values = values
    }

    var distributions: [TagDistribution] {
        zip(names, values).map { TagDistribution(tag: $0, values: $1) }
    }
}
