import CLightGBM

/// Rows that LightGBM has binned, with their labels and weights.
///
/// The values themselves are not kept. Boosters that use the rows keep them alive.
package struct Dataset: ~Copyable {
    let binned: BinnedRows

    package var rowCount: Int { binned.rowCount }
    package var columnCount: Int { binned.columnCount }

    /// The values of rows, by their numbers in ascending order: `Float32`, row-major; `NaN` is a missing value.
    package typealias RowReader = (_ rows: [Int]) throws -> [Float]

    /// Bins rows page by page, choosing the bins' limits from a sample of them.
    ///
    /// The same limits as if LightGBM had all rows at once; memory grows with the bins and the sample.
    ///
    /// - Parameters:
    ///   - library: The library that bins.
    ///   - rows: At least one.
    ///   - columns: At least one.
    ///   - parameters: Those of binning (`max_bin`, `min_data_in_bin`, `use_missing`, `zero_as_missing` ...) must
    ///     be the booster's too.
    ///   - reader: Gives the rows numbered `0..<rows`, some of them twice.
    /// - Throws: ``LightGBMError`` with `.invalidArgument` where shapes do not fit, or `.refused`; what the reader throws.
    package init(
        _ library: LightGBMLibrary,
        rows: Int,
        columns: Int,
        parameters: Parameters = [:],
        reader: RowReader
    ) throws {
        let sample = try ColumnSample(library, rows: rows, columns: columns, parameters: parameters, reader: reader)
        let filled = try BinnedRows(sample, parameters: parameters)
        try filled.fill(from: reader)
        binned = filled
    }

    /// Bins rows page by page by the limits of another dataset, as validation rows must be.
    ///
    /// - Parameters:
    ///   - rows: At least one.
    ///   - reference: The dataset whose limits are used.
    ///   - reader: Gives the rows numbered `0..<rows`, each once.
    /// - Throws: ``LightGBMError`` with `.invalidArgument` where shapes do not fit, or `.refused`; what the reader throws.
    package init(rows: Int, binnedAs reference: borrowing Dataset, reader: RowReader) throws {
        let filled = try BinnedRows(rows: rows, reference: reference.binned)
        try filled.fill(from: reader)
        binned = filled
    }

    /// As ``init(_:rows:columns:parameters:reader:)`` with an array's values.
    package init(
        _ library: LightGBMLibrary,
        values: [Float],
        rows: Int,
        columns: Int,
        parameters: Parameters = [:]
    ) throws {
        _ = try values.withUnsafeBufferPointer { (values) throws(LightGBMError) in
            try Shape(values, rows: rows, columns: columns)
        }
        self = try Dataset(library, rows: rows, columns: columns, parameters: parameters) { numbers in
            numbers.flatMap { values[$0 * columns..<($0 + 1) * columns] }
        }
    }

    /// As ``init(rows:binnedAs:reader:)`` with an array's values.
    package init(values: [Float], rows: Int, binnedAs reference: borrowing Dataset) throws {
        let columns = reference.columnCount
        _ = try values.withUnsafeBufferPointer { (values) throws(LightGBMError) in
            try Shape(values, rows: rows, columns: columns)
        }
        self = try Dataset(rows: rows, binnedAs: reference) { numbers in
            numbers.flatMap { values[$0 * columns..<($0 + 1) * columns] }
        }
    }

    /// Sets the labels, one per row: 0 or 1, a class's index, or a number, as the booster's objective asks.
    package mutating func setLabels(_ labels: [Float]) throws(LightGBMError) { try binned.set(labels, field: "label") }

    /// Sets the rows' weights; without them every row weighs 1.
    package mutating func setWeights(_ weights: [Float]) throws(LightGBMError) {
        try binned.set(weights, field: "weight")
    }
}

/// The shape of a row-major matrix, as the C API counts.
struct Shape {
    let rows: Int32
    let columns: Int32

    init(_ values: UnsafeBufferPointer<Float>, rows: Int, columns: Int) throws(LightGBMError) {
        guard rows >= 0, columns >= 0, let rows = Int32(exactly: rows), let columns = Int32(exactly: columns),
            Int(rows).multipliedReportingOverflow(by: Int(columns)) == (values.count, false)
        else {
            throw LightGBMError(.invalidArgument, "\(values.count) values are not \(rows) rows of \(columns) columns")
        }
        self.rows = rows
        self.columns = columns
    }
}

extension Parameters {
    /// Both, the right one's value where a name is in both.
    static func + (left: Parameters, right: Parameters) -> Parameters {
        Parameters(left.values.merging(right.values) { _, last in last })
    }
}
