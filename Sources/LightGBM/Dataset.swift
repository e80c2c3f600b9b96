import CLightGBM

/// Rows that LightGBM has binned, with their labels and weights.
///
/// The values themselves are not kept. Boosters that use the rows keep them alive.
package struct Dataset: ~Copyable {
    let binned: BinnedRows

    package var rowCount: Int { binned.rowCount }
    package var columnCount: Int { binned.columnCount }

    /// Bins rows, choosing the bins' limits from them.
    ///
    /// - Parameters:
    ///   - library: The library that bins.
    ///   - values: `Float32`, row-major, shape `[rows, columns]`; `NaN` is a missing value.
    ///   - rows: At least one.
    ///   - columns: At least one.
    ///   - parameters: Those of binning (`max_bin`, `min_data_in_bin`, `use_missing`, `zero_as_missing` ...) must
    ///     be the booster's too.
    /// - Throws: ``LightGBMError`` with `.invalidArgument` where shapes do not fit, or `.refused`.
    package init(
        _ library: LightGBMLibrary,
        values: UnsafeBufferPointer<Float>,
        rows: Int,
        columns: Int,
        parameters: Parameters = [:]
    ) throws(LightGBMError) {
        binned = try BinnedRows(
            library,
            values: values,
            rows: rows,
            columns: columns,
            parameters: parameters,
            reference: nil
        )
    }

    /// Bins rows by the limits of another dataset, as validation rows must be.
    ///
    /// - Parameters:
    ///   - values: `Float32`, row-major, shape `[rows, reference.columnCount]`; `NaN` is a missing value.
    ///   - rows: At least one.
    ///   - reference: The dataset whose limits are used.
    ///   - parameters: The reference's.
    /// - Throws: ``LightGBMError`` with `.invalidArgument` where shapes do not fit, or `.refused`.
    package init(
        values: UnsafeBufferPointer<Float>,
        rows: Int,
        binnedAs reference: borrowing Dataset,
        parameters: Parameters = [:]
    ) throws(LightGBMError) {
        binned = try BinnedRows(
            reference.binned.library,
            values: values,
            rows: rows,
            columns: reference.columnCount,
            parameters: parameters,
            reference: reference.binned
        )
    }

    /// As the initializer above with an array's values.
    package init(
        _ library: LightGBMLibrary,
        values: [Float],
        rows: Int,
        columns: Int,
        parameters: Parameters = [:]
    ) throws(LightGBMError) {
        binned = try values.withUnsafeBufferPointer { (values) throws(LightGBMError) in
            try BinnedRows(
                library,
                values: values,
                rows: rows,
                columns: columns,
                parameters: parameters,
                reference: nil
            )
        }
    }

    /// As the initializer above with an array's values.
    package init(
        values: [Float],
        rows: Int,
        binnedAs reference: borrowing Dataset,
        parameters: Parameters = [:]
    ) throws(LightGBMError) {
        let reference = reference.binned
        binned = try values.withUnsafeBufferPointer { (values) throws(LightGBMError) in
            try BinnedRows(
                reference.library,
                values: values,
                rows: rows,
                columns: reference.columnCount,
                parameters: parameters,
                reference: reference
            )
        }
    }

    /// Sets the labels, one per row: 0 or 1, a class's index, or a number, as the booster's objective asks.
    package mutating func setLabels(_ labels: [Float]) throws(LightGBMError) { try binned.set(labels, field: "label") }

    /// Sets the rows' weights; without them every row weighs 1.
    package mutating func setWeights(_ weights: [Float]) throws(LightGBMError) {
        try binned.set(weights, field: "weight")
    }
}

/// One handle of the C API's, freed with its last holder.
final class BinnedRows: Sendable {
    let library: LightGBMLibrary
    let rowCount: Int
    let columnCount: Int
    nonisolated(unsafe) let handle: clightgbm_handle

    init(
        _ library: LightGBMLibrary,
        values: UnsafeBufferPointer<Float>,
        rows: Int,
        columns: Int,
        parameters: Parameters,
        reference: BinnedRows?
    ) throws(LightGBMError) {
        let shape = try Shape(values, rows: rows, columns: columns)
        guard rows > 0, columns > 0 else {
            throw LightGBMError(.invalidArgument, "a dataset needs rows and columns, not \(rows) by \(columns)")
        }
        let text = try (["verbosity": "-1"] + parameters).text()
        var created: clightgbm_handle?
        try library.call {
            $0.datasetCreateFromMatrix(
                values.baseAddress,
                CInt(clightgbm_float32),
                shape.rows,
                shape.columns,
                1,
                text,
                reference?.handle,
                &created
            )
        }
        guard let created else { throw LightGBMError(.refused, "no dataset came back") }
        self.library = library
        rowCount = rows
        columnCount = columns
        handle = created
    }

    func set(_ values: [Float], field: String) throws(LightGBMError) {
        guard values.count == rowCount else {
            throw LightGBMError(.invalidArgument, "\(values.count) \(field)s for \(rowCount) rows")
        }
        try library.call {
            $0.datasetSetField(handle, field, values, CInt(values.count), CInt(clightgbm_float32))
        }
    }

    deinit { _ = library.functions.datasetFree(handle) }
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
