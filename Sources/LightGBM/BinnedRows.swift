import CLightGBM

/// One handle of the C API's, freed with its last holder.
final class BinnedRows: Sendable {
    let library: LightGBMLibrary
    let rowCount: Int
    let columnCount: Int
    nonisolated(unsafe) let handle: clightgbm_handle

    /// So many rows go to the library at once.
    static let pageRowCount = 4_096

    /// Room for all rows, with limits chosen from some of them.
    init(_ sample: ColumnSample, parameters: Parameters) throws(LightGBMError) {
        handle = try sample.dataset(parameters: parameters)
        library = sample.library
        rowCount = sample.rowCount
        columnCount = sample.columnCount
    }

    /// Room for so many rows, with another's limits.
    init(rows: Int, reference: BinnedRows) throws(LightGBMError) {
        guard rows > 0, Int32(exactly: rows) != nil else {
            throw LightGBMError(.invalidArgument, "a dataset needs rows, not \(rows)")
        }
        var created: clightgbm_handle?
        try reference.library.call { $0.datasetCreateByReference(reference.handle, Int64(rows), &created) }
        guard let created else { throw LightGBMError(.refused, "no dataset came back") }
        library = reference.library
        rowCount = rows
        columnCount = reference.columnCount
        handle = created
    }

    /// Bins all rows, in order; the library closes the dataset with the last.
    func fill(from reader: Dataset.RowReader) throws {
        for start in stride(from: 0, to: rowCount, by: Self.pageRowCount) {
            let numbers = Array(start..<min(start + Self.pageRowCount, rowCount))
            try reader(numbers).withUnsafeBufferPointer { values in
                let shape = try Shape(values, rows: numbers.count, columns: columnCount)
                try library.call {
                    $0.datasetPushRows(
                        handle,
                        values.baseAddress,
                        CInt(clightgbm_float32),
                        shape.rows,
                        shape.columns,
                        CInt(start)
                    )
                }
            }
        }
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
