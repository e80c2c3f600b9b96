package import Models
package import Plant

/// Reads recorded failures: `asset,timestamp,component` and optionally `end`, in any order of columns.
package enum FailuresFile {
    /// Of an asset's or component's name.
    package static let nameByteCountMax = 200

    /// The failures in order of asset, start and component, each once.
    ///
    /// A schema without an asset column needs none here either. A local time that occurs twice is taken
    /// for the earlier of the two where the schema goes by the rows' order, since failures have none.
    ///
    /// - Throws: ``FileError`` with line and column for the first row that can't be read.
    package static func load(path: String, schema: SignalSchema) throws -> [FailureEvent] {
        var reader = try CSVReader.open(path: path)
        return try read(&reader, schema: schema, zone: try schema.zoneOffsets())
    }

    /// The same of bytes that are there already, such as a request's body.
    ///
    /// - Throws: ``FileError`` with line and column for the first row that can't be read.
    package static func read(_ bytes: [UInt8], name: String, schema: SignalSchema) throws -> [FailureEvent] {
        var reader = try CSVReader.over(bytes, name: name)
        return try read(&reader, schema: schema, zone: try schema.zoneOffsets())
    }

    private static func read(
        _ reader: inout CSVReader,
        schema: SignalSchema,
        zone: ZoneOffsets?
    ) throws(FileError) -> [FailureEvent] {
        let columns = try Columns(reader.columns, path: reader.path, needsAsset: schema.assetColumn != nil)
        let policy = schema.doubledHour == .later ? SignalSchema.DoubledHour.later : .earlier
        var clock = LocalClock(zone: zone, policy: policy, lateness: schema.allowedLateness)
        var failures: Set<FailureEvent> = []
        while try reader.next() {
            let asset = try asset(reader, columns, schema)
            let start = try instant(reader, columns.timestamp, asset, &clock)
            var end: Instant?
            if let column = columns.end, !reader.text(column).trimmingSpaces.isEmpty {
                let read = try instant(reader, column, asset, &clock)
                guard read >= start else {
                    throw reader.error(.valueUnreadable, field: column, "the failure ends before it starts: correct it")
                }
                end = read
            }
            let component = columns.component.flatMap { self.component(reader.text($0)) }
            for (field, text) in [(columns.asset, asset), (columns.component, component ?? "")] {
                guard let field, text.utf8.count > nameByteCountMax || text.utf8.contains(0) else { continue }
                throw reader.error(
                    .valueUnreadable,
                    field: field,
                    "is no name: names have \(nameByteCountMax) bytes at most, and no NUL"
                )
            }
            failures.insert(FailureEvent(asset: asset, start: start, end: end, component: component))
        }
        return failures.sorted {
            ($0.asset, $0.start, $0.component ?? "", $0.end) < ($1.asset, $1.start, $1.component ?? "", $1.end)
        }
    }

    private static func asset(
        _ reader: borrowing CSVReader,
        _ columns: Columns,
        _ schema: SignalSchema
    ) throws(FileError) -> String {
        guard let column = columns.asset else { return Asset.onlyName }
        let asset = String(reader.text(column).trimmingSpaces)
        if schema.assetColumn != nil {
            guard !asset.isEmpty else {
                throw reader.error(.valueUnreadable, field: column, "the asset is empty: name the machine that failed")
            }
            return asset
        }
        guard asset.isEmpty || asset == Asset.onlyName else {
            throw reader.error(
                .valueUnreadable,
                field: column,
                "names the asset '\(asset)', but the schema has no assetColumn and knows only '\(Asset.onlyName)': "
                    + "add assetColumn to the schema, or leave the asset empty"
            )
        }
        return Asset.onlyName
    }

    private static func instant(
        _ reader: borrowing CSVReader,
        _ column: Int,
        _ asset: String,
        _ clock: inout LocalClock
    ) throws(FileError) -> Instant {
        let text = reader.text(column)
        switch clock.instant(of: text, asset: asset) {
        case .success(let instant): return instant
        case .failure(let failure): throw reader.error(.valueUnreadable, field: column, failure.reason(text))
        }
    }

    /// A component's name; nil for what stands for none.
    package static func component(_ text: String) -> String? {
        let name = String(text.trimmingSpaces)
        return ["", "none", "null", "nan", "n/a"].contains(name.lowercased()) ? nil : name
    }

    private struct Columns {
        let asset: Int?
        let timestamp: Int
        let component: Int?
        let end: Int?

        init(_ columns: [String], path: String, needsAsset: Bool) throws(FileError) {
            asset = columns.firstIndex(of: "asset")
            component = columns.firstIndex(of: "component")
            end = columns.firstIndex(of: "end")
            let needed = ["timestamp"] + (needsAsset ? ["asset"] : [])
            let missing = needed.filter { !columns.contains($0) }
            guard missing.isEmpty, let timestamp = columns.firstIndex(of: "timestamp") else {
                throw FileError(
                    .columnMissing,
                    path: path,
                    line: 1,
                    "has no column \(missing.joined(separator: ", ")), but \(columns.joined(separator: ", ")): "
                        + "failures are asset,timestamp,component and optionally end"
                )
            }
            self.timestamp = timestamp
        }
    }
}
