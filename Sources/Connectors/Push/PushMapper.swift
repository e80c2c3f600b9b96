package import Plant

/// Reads the bodies of pushed readings, one after the other, by an organization's schema.
///
/// Keep one per organization: it knows which pass of a doubled hour each asset is in. A body that is broken as a
/// whole is an error; rows that are broken by themselves are told one by one.
package struct PushMapper: Sendable {
    package let schema: SignalSchema
    private var mapper: SignalMapper
    let columns: PushColumns

    package static let rowCountMax = 10_000

    /// A mapper that goes on after what is kept already: by asset, the latest instant.
    package init(schema: SignalSchema, after latest: [String: Instant] = [:]) throws(SchemaProblem) {
        self.schema = schema
        columns = PushColumns(schema: schema)
        mapper = try SignalMapper(schema: schema, zone: try schema.zoneOffsets(), columns: columns.names)
        mapper.resume(after: latest)
    }

    /// The rows of a body, at most `rowCountMax`.
    ///
    /// JSON is `{"readings": [{...}, ...]}` or the array alone, NDJSON an object a line, CSV has a header. An
    /// object's keys are the source's columns, and `quality` may hold `{column: good | uncertain | bad}`.
    /// Throws ``FileError`` with the place in the body where it is broken as a whole, or too long.
    package mutating func rows(
        in body: [UInt8],
        as format: PushedRows.Format,
        rowCountMax: Int = PushMapper.rowCountMax
    ) throws(FileError) -> PushedRows {
        var sink = PushSink(columns: columns, rowCountMax: rowCountMax)
        // What a broken body has said about the time of day is forgotten with it.
        var mapper = mapper
        switch format {
        case .json: try JSONBody(body).read(into: &sink, &mapper)
        case .ndjson: try NDJSONBody(body).read(into: &sink, &mapper)
        case .csv: try CSVBody(body).read(into: &sink, &mapper)
        }
        self.mapper = mapper
        return sink.finished(tags: schema.tags.map { schema.sourceColumn(of: $0.name) })
    }
}

/// The source columns a schema reads, in one order for all bodies.
struct PushColumns: Sendable {
    let names: [String]
    /// Whether a number may be taken as such; assets and times stay as they are written.
    let isTag: [Bool]
    private let indices: [String: Int]

    init(schema: SignalSchema) {
        var seen: Set<String> = []
        names = SignalMapper.sourceColumns(of: schema).filter { seen.insert($0).inserted }
        let tags = Set(schema.tags.map { schema.sourceColumn(of: $0.name) })
        isTag = names.map { tags.contains($0) && $0 != schema.timestampColumn && $0 != schema.assetColumn }
        indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    }

    func index(of column: String) -> Int? { indices[column] }
}

/// Collects a body's rows, whatever its format.
struct PushSink {
    let columns: PushColumns
    private let rowCountMax: Int
    private var pushed = PushedRows()
    private var isPresent: [Bool]

    init(columns: PushColumns, rowCountMax: Int) {
        self.columns = columns
        self.rowCountMax = rowCountMax
        isPresent = Array(repeating: false, count: columns.names.count)
    }

    /// - Throws: ``FileError`` with `.tooManyRows` for a row too many.
    mutating func begin(line: Int?) throws(FileError) {
        guard pushed.rows < rowCountMax else {
            let message = "has more than \(rowCountMax) rows: send them in several requests"
            throw FileError(.tooManyRows, path: PushSink.bodyName, line: line, message)
        }
        pushed.rows += 1
    }

    /// How many rows have begun.
    var rowCount: Int { pushed.rows }

    mutating func found(_ column: Int) { isPresent[column] = true }

    mutating func add(
        _ row: [SourceValue],
        notGood: Set<Int>,
        number: Int,
        text: @autoclosure () -> String,
        _ mapper: inout SignalMapper
    ) {
        switch mapper.map(row, notGood: notGood) {
        case .reading(let reading): pushed.readings.append(reading)
        case .quarantined(let reason):
            pushed.quarantined.append(
                QuarantinedRow(row: String(text().prefix(500)), reason: "row \(number): \(reason)")
            )
        }
    }

    mutating func refuse(_ number: Int, _ reason: String) {
        pushed.problems.append(PushedRows.Problem(row: number, reason: reason))
    }

    func finished(tags: [String]) -> PushedRows {
        var pushed = pushed
        pushed.missingColumns = tags.filter { tag in columns.index(of: tag).map { !isPresent[$0] } ?? true }
        return pushed
    }

    static let bodyName = "body"
}
