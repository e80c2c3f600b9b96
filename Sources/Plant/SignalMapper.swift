/// Maps a source's rows to readings by an organization's schema.
package struct SignalMapper: Sendable {
    package enum Outcome: Sendable {
        case reading(Reading)
        case quarantined(reason: String)
    }

    package let schema: SignalSchema
    /// The source columns that tags expect and the source does not have: missing values, and one warning.
    package let missingColumns: [String]
    private var clock: LocalClock
    private let timestampIndex: Int
    private let assetIndex: Int?
    private let targetIndex: Int?
    private let valueIndices: [Int?]
    private let continuousCount: Int
    private let columnCount: Int

    /// The source columns that a schema reads, for sources that are asked for columns by name.
    package static func sourceColumns(of schema: SignalSchema) -> [String] {
        [schema.timestampColumn] + [schema.assetColumn, schema.targetColumn].compactMap(\.self)
            + schema.tags.map { schema.sourceColumn(of: $0.name) }
    }

    /// Finds the schema's columns among the source's, which stand in the order of its rows' values; the zone is the
    /// schema's, nil where it names none.
    ///
    /// - Throws: ``SchemaProblem`` where the timestamp or asset column is not among the columns.
    package init(schema: SignalSchema, zone: ZoneOffsets?, columns: [String]) throws(SchemaProblem) {
        let places = Dictionary(zip(columns, columns.indices)) { first, _ in first }
        func index(of column: String, key: String) throws(SchemaProblem) -> Int {
            guard let index = places[column] else {
                let has = columns.prefix(12).joined(separator: ", ") + (columns.count > 12 ? ", ..." : "")
                throw SchemaProblem(path: [key], message: "names '\(column)', but the source has the columns \(has)")
            }
            return index
        }
        self.schema = schema
        columnCount = columns.count
        timestampIndex = try index(of: schema.timestampColumn, key: "timestampColumn")
        if let column = schema.assetColumn {
            assetIndex = try index(of: column, key: "assetColumn")
        } else {
            assetIndex = nil
        }
        targetIndex = schema.targetColumn.flatMap { places[$0] }
        let tagColumns = schema.tags.map { schema.sourceColumn(of: $0.name) }
        valueIndices = tagColumns.map { places[$0] }
        missingColumns = tagColumns.filter { places[$0] == nil }
        continuousCount = schema.continuousColumns.count
        clock = LocalClock(zone: zone, policy: schema.doubledHour, lateness: schema.allowedLateness)
    }

    /// Goes on after rows that another mapper has mapped: by asset, the latest instant.
    package mutating func resume(after latest: [String: Instant]) { clock.resume(after: latest) }

    /// Maps one value per column; `notGood` are the indices of the columns for whose value the source does not vouch.
    package mutating func map(_ row: [SourceValue], notGood: Set<Int> = []) -> Outcome {
        guard row.count == columnCount else {
            return .quarantined(reason: "the row has \(row.count) values for \(columnCount) columns")
        }
        let asset: String
        if let assetIndex {
            guard let name = row[assetIndex].text else {
                return .quarantined(reason: "the asset column '\(schema.assetColumn ?? "")' is empty")
            }
            asset = name
        } else {
            asset = Asset.onlyName
        }
        guard let text = row[timestampIndex].text else {
            return .quarantined(reason: "the timestamp column '\(schema.timestampColumn)' is empty")
        }
        switch clock.instant(of: text, asset: asset) {
        case .failure(let failure): return .quarantined(reason: failure.reason(text))
        case .success(let instant):
            var values = [Double](repeating: .nan, count: valueIndices.count)
            var badTags: Set<Int> = []
            for (tag, column) in valueIndices.enumerated() {
                guard let column else { continue }
                values[tag] = tag < continuousCount ? row[column].number : row[column].flag
                if notGood.contains(column) { badTags.insert(tag) }
            }
            return .reading(
                Reading(
                    asset: asset,
                    instant: instant,
                    values: values,
                    notGood: badTags,
                    failing: targetIndex.flatMap { Self.failing(row[$0]) }
                )
            )
        }
    }

    /// What the target column says: truth without a name is a failure without a component, anything else names one,
    /// be it a text or a component's number.
    private static func failing(_ value: SourceValue) -> String? {
        switch value.flag {
        case 1: return ""
        case 0: return nil
        default:
            guard let text = value.text else { return nil }
            return ["none", "null", "nan", "n/a"].contains(text.lowercased()) ? nil : text
        }
    }
}

extension LocalClock.Failure {
    package func reason(_ text: String) -> String {
        switch self {
        case .unreadable: "'\(text)' is not a time such as 2026-01-31 06:00:00 or 2026-01-31T06:00:00+05:30"
        case .noZone: "'\(text)' has no zone and the schema has no timeZone: add one, such as timeZone: Asia/Kolkata"
        case .skipped(let zone): "'\(text)' never was: clocks in \(zone) were put forward over it"
        }
    }
}
