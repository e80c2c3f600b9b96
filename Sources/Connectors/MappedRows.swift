import Plant

/// The rows of a CSV file, mapped by a schema in the file's order.
struct MappedRows: ~Copyable {
    private var reader: CSVReader
    private var mapper: SignalMapper
    /// For each of the file's columns, whether the schema reads it.
    private let isRead: [Bool]
    /// For each of the file's columns, whether it may be taken for a number: assets and times stay as they are written.
    private let isTag: [Bool]
    private var row: [SourceValue]

    /// - Throws: ``FileError`` where the header lacks the timestamp or asset column, or names a used one twice.
    init(reader: consuming CSVReader, schema: SignalSchema, zone: ZoneOffsets?) throws(FileError) {
        let columns = reader.columns
        let path = reader.path
        let mapper: SignalMapper
        do {
            mapper = try SignalMapper(schema: schema, zone: zone, columns: columns)
        } catch {
            let separators = columns.count == 1 && columns[0].contains(";")
            let hint = separators ? ": the header has semicolons, but fields are parted by commas" : ""
            throw FileError(.columnMissing, path: path, line: 1, "\(error)\(hint)")
        }
        let used = Set(SignalMapper.sourceColumns(of: schema))
        var seen: Set<String> = []
        for (index, column) in columns.enumerated() where used.contains(column) && !seen.insert(column).inserted {
            throw FileError(
                .columnRepeated,
                path: path,
                line: 1,
                "names the column '\(column)' twice (the second is number \(index + 1)): rename or drop one"
            )
        }
        let tags = Set(schema.tags.map { schema.sourceColumn(of: $0.name) })
        self.mapper = mapper
        isRead = columns.map(used.contains)
        isTag = columns.map { tags.contains($0) && $0 != schema.assetColumn && $0 != schema.timestampColumn }
        row = Array(repeating: .missing, count: columns.count)
        missingTarget = schema.targetColumn.flatMap { columns.contains($0) ? nil : $0 }
        self.reader = reader
    }

    /// The columns that tags expect and the file does not have.
    var missingColumns: [String] { mapper.missingColumns }
    let missingTarget: String?
    /// Of the row last returned, from 1.
    var line: Int { reader.line }
    /// Bytes read of the file on disk, and all of them.
    var progress: (read: Int64, total: Int64) { reader.progress }
    /// The row last returned, as it is written.
    var rowText: String { reader.rowText }

    mutating func next() throws(FileError) -> SignalMapper.Outcome? {
        guard try reader.next() else { return nil }
        for index in row.indices where isRead[index] {
            row[index] = isTag[index] ? reader.value(index) : .text(reader.text(index))
        }
        return mapper.map(row)
    }
}
