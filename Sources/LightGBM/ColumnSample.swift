import CLightGBM

/// The rows from which LightGBM chooses the bins' limits, column by column, as its C API wants them.
final class ColumnSample {
    let library: LightGBMLibrary
    let rowCount: Int
    let columnCount: Int
    /// Rows in the sample.
    let sampledCount: Int
    /// Column by column, room for a value per sampled row: those that are not zero come first.
    private let values: UnsafeMutablePointer<Double>
    /// Beside each value, the number of its row within the sample.
    private let numbers: UnsafeMutablePointer<CInt>
    /// How many values each column has.
    private var counts: [CInt]

    /// What LightGBM takes for zero, `kZeroThreshold` in its `meta.h`.
    private static let zeroMax: Float = 1e-35

    /// Samples the very rows that the library would sample itself.
    init(
        _ library: LightGBMLibrary,
        rows: Int,
        columns: Int,
        parameters: Parameters,
        reader: Dataset.RowReader
    ) throws {
        guard rows > 0, columns > 0, Int32(exactly: rows) != nil, Int32(exactly: columns) != nil else {
            throw LightGBMError(.invalidArgument, "a dataset needs rows and columns, not \(rows) by \(columns)")
        }
        let sampled = try Self.sampledRows(of: rows, parameters, library)
        self.library = library
        rowCount = rows
        columnCount = columns
        sampledCount = sampled.count
        values = .allocate(capacity: columns * sampled.count)
        numbers = .allocate(capacity: columns * sampled.count)
        counts = Array(repeating: 0, count: columns)
        for start in stride(from: 0, to: sampled.count, by: BinnedRows.pageRowCount) {
            let page = Array(sampled[start..<min(start + BinnedRows.pageRowCount, sampled.count)])
            try add(try reader(page), rows: start..<start + page.count)
        }
    }

    deinit {
        values.deallocate()
        numbers.deallocate()
    }

    private func add(_ page: [Float], rows: Range<Int>) throws(LightGBMError) {
        guard page.count == rows.count * columnCount else {
            throw LightGBMError(
                .invalidArgument,
                "\(page.count) values are not \(rows.count) rows of \(columnCount) columns"
            )
        }
        for row in rows {
            for column in 0..<columnCount {
                let value = page[(row - rows.lowerBound) * columnCount + column]
                guard abs(value) > Self.zeroMax || value.isNaN else { continue }
                let place = column * sampledCount + Int(counts[column])
                (values + place).initialize(to: Double(value))
                (numbers + place).initialize(to: CInt(row))
                counts[column] += 1
            }
        }
    }

    private static func sampledRows(
        of rows: Int,
        _ parameters: Parameters,
        _ library: LightGBMLibrary
    ) throws(LightGBMError) -> [Int] {
        let text = try (["verbosity": "-1"] + parameters).text()
        var countMax: CInt = 0
        try library.call { $0.getSampleCount(CInt(rows), text, &countMax) }
        var numbers = [Int32](repeating: 0, count: Int(countMax))
        var count: Int32 = 0
        try library.call { functions in
            numbers.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return 0 }
                return functions.sampleIndices(CInt(rows), text, base, &count)
            }
        }
        return numbers.prefix(Int(count)).map(Int.init)
    }

    /// An empty dataset with the limits that the sample gives.
    func dataset(parameters: Parameters) throws(LightGBMError) -> clightgbm_handle {
        let text = try (["verbosity": "-1"] + parameters).text()
        var columns = (0..<columnCount).map { Optional(values + $0 * sampledCount) }
        var rows = (0..<columnCount).map { Optional(numbers + $0 * sampledCount) }
        var created: clightgbm_handle?
        try library.call {
            $0.datasetCreateFromSampledColumn(
                &columns,
                &rows,
                CInt(columnCount),
                counts,
                CInt(sampledCount),
                CInt(rowCount),
                Int64(rowCount),
                text,
                &created
            )
        }
        guard let created else { throw LightGBMError(.refused, "no dataset came back") }
        return created
    }
}
