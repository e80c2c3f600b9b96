import Plant

/// A CSV body; broken as CSV, it is broken as a whole.
struct CSVBody {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into sink: inout PushSink, _ mapper: inout SignalMapper) throws(FileError) {
        var reader = try CSVReader.over(bytes, name: PushSink.bodyName)
        let targets = try Self.targets(of: reader.columns, sink.columns)
        let schema = mapper.schema
        for column in [schema.timestampColumn] + [schema.assetColumn].compactMap(\.self)
        where !reader.columns.contains(column) {
            let has = reader.columns.prefix(12).joined(separator: ", ") + (reader.columns.count > 12 ? ", ..." : "")
            throw FileError(.columnMissing, path: reader.path, line: 1, "has no column '\(column)', but \(has)")
        }
        for case let target? in targets { sink.found(target) }
        var row = [SourceValue](repeating: .missing, count: sink.columns.names.count)
        while try reader.next() {
            try sink.begin(line: reader.line)
            for (index, target) in targets.enumerated() {
                guard let target else { continue }
                row[target] = sink.columns.isTag[target] ? reader.value(index) : .text(reader.text(index))
            }
            let line = reader.line
            let text = reader.rowText
            sink.add(row, notGood: [], number: line, text: text, &mapper)
        }
    }

    /// For each of the body's columns, which of the schema's it is.
    private static func targets(of header: [String], _ columns: PushColumns) throws(FileError) -> [Int?] {
        let targets = header.map(columns.index(of:))
        var seen: Set<Int> = []
        for (column, target) in zip(header, targets) {
            if let target, !seen.insert(target).inserted {
                let message = "names the column '\(column)' twice: rename or drop one"
                throw FileError(.columnRepeated, path: PushSink.bodyName, line: 1, message)
            }
        }
        return targets
    }
}
