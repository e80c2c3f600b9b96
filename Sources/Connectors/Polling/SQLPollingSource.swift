import Database
import FoundationEssentials
package import Plant
import Synchronization

/// Polls a table of a SCADA database that somebody else writes, row by row in the order of its numbers.
///
/// Rows are found by a unique growing number where there is one: numbers that were skipped are looked for again
/// until they fall out of the overlap, so that a row committed late is neither lost nor read twice. Without
/// such a column they are found by their timestamp, see ``TimePosition``. A cursor is all there is to
/// remember; the same cursor always continues in the same place.
package final class SQLPollingSource: ReadingSource {
    /// The mapper as it was after a batch: it knows which pass of a doubled hour each asset is in.
    private struct Continuation: Sendable {
        let cursor: Cursor
        let mapper: SignalMapper
        let columns: [String]
    }

    package let options: SQLPollingOptions
    let schema: SignalSchema
    let zone: ZoneOffsets?
    let file: ScadaFile
    let now: @Sendable () -> Instant
    private let continuation = Mutex<Continuation?>(nil)

    /// - Parameters:
    ///   - options: Where the table is.
    ///   - schema: What its columns mean.
    ///   - now: Rows dated later than this don't move the time from which the table is read.
    /// - Throws: `SchemaProblem` for an unknown zone, and for doubled hours to be told apart by an order
    ///   that the table does not have.
    package init(
        options: SQLPollingOptions,
        schema: SignalSchema,
        now: @Sendable @escaping () -> Instant
    ) throws(SchemaProblem) {
        self.options = options
        self.schema = schema
        self.now = now
        zone = try schema.zoneOffsets()
        file = ScadaFile(path: options.path)
        if options.orderColumn == nil, schema.doubledHour == .byOrder, zone?.hasDoubledHours == true {
            throw SchemaProblem(
                path: ["doubledHour"],
                message: "is byOrder, but the source's rows have no order of their own: "
                    + "name the source's orderColumn, or set doubledHour to earlier or later"
            )
        }
    }

    /// The columns that tags expect and the table does not have.
    ///
    /// - Throws: ``SourceError`` where the source can't be read at all, so that this also tries it out.
    package func missingColumns() async throws -> [String] {
        let columns = try await file.read { [self] in try wantedColumns(try table(in: $0)) }
        return try mapper(columns).missingColumns
    }

    package func readings(after cursor: Cursor, countMax: Int) async throws -> ReadingBatch {
        let position = try SQLPosition(cursor, byTime: options.orderColumn == nil)
        let found: FoundRows
        switch position {
        case .sequence(let position): found = try await rows(after: position, countMax: max(1, countMax))
        case .time(let position): found = try await rows(after: position, countMax: max(1, countMax))
        }
        guard !found.rows.isEmpty else {
            let next = found.position == position ? cursor : try found.position.cursor()
            return ReadingBatch(readings: [], quarantined: [], cursor: next)
        }
        var mapper = try await mapper(for: found.columns, at: cursor, position)
        var readings: [Reading] = []
        var quarantined: [QuarantinedRow] = []
        for row in found.rows {
            switch mapper.map(row.map(SourceValue.init(scada:))) {
            case .reading(let reading): readings.append(reading)
            case .quarantined(let reason):
                quarantined.append(QuarantinedRow(row: Self.text(row, found.columns), reason: reason))
            }
        }
        let next = try found.position.cursor()
        continuation.withLock { $0 = Continuation(cursor: next, mapper: mapper, columns: found.columns) }
        return ReadingBatch(readings: readings, quarantined: quarantined, cursor: next)
    }

    /// The table, looked up in the catalogue: its names are used, never those that were configured.
    func table(in database: any SQLReader) throws -> ScadaTable {
        try ScadaTable.named(options.table, in: database, path: options.path)
    }

    func wantedColumns(_ table: ScadaTable) throws(SourceError) -> [String] {
        let needed = [schema.timestampColumn] + [schema.assetColumn, options.orderColumn].compactMap(\.self)
        return try table.columns(of: SignalMapper.sourceColumns(of: schema), needed: needed)
    }

    private func mapper(_ columns: [String]) throws(SchemaProblem) -> SignalMapper {
        try SignalMapper(schema: schema, zone: zone, columns: columns)
    }

    /// The mapper that the batch before left, or one that has seen what came shortly before.
    private func mapper(for columns: [String], at cursor: Cursor, _ position: SQLPosition) async throws -> SignalMapper
    {
        if let kept = continuation.withLock({ $0 }), kept.cursor == cursor, kept.columns == columns {
            return kept.mapper
        }
        var mapper = try mapper(columns)
        if case .sequence(let position) = position, schema.doubledHour == .byOrder, zone?.hasDoubledHours == true {
            try await prime(&mapper, upTo: position, columns: columns)
        }
        return mapper
    }

    /// A row for people to read, as far as they need it.
    private static func text(_ row: [SQLValue], _ columns: [String]) -> String {
        var text = ""
        for (column, value) in zip(columns, row) where value != .null {
            guard text.utf8.count < 500 else { return text + ", ..." }
            text += (text.isEmpty ? "" : ", ") + "\(column)=\(SourceValue(scada: value).text ?? "")"
        }
        return text
    }
}

/// Rows that were not handed on before, and how far they lead.
struct FoundRows: Sendable {
    let columns: [String]
    /// In the columns' order.
    let rows: [[SQLValue]]
    let position: SQLPosition
}

extension SourceValue {
    /// A field as SQLite has it; a whole number too big for a double keeps its digits as text.
    init(scada value: SQLValue) {
        switch value {
        case .null, .blob: self = .missing
        case .real(let number): self = .number(number)
        case .text(let text): self = .text(text)
        case .integer(let integer):
            let number = Double(integer)
            self = Int64(exactly: number) == integer ? .number(number) : .text(String(integer))
        }
    }
}
