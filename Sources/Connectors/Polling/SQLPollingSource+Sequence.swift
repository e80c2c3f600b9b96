import Database
import Plant

extension SQLPollingSource {
    /// Rows numbered above the highest, and those that have turned up in gaps below it.
    func rows(after position: SequencePosition, countMax: Int) async throws -> FoundRows {
        try await file.read { [self] database in
            let table = try table(in: database)
            let columns = try wantedColumns(table)
            let query = NumberedRows(table: table.name, order: options.orderColumn ?? "", columns: columns)
            var position = position
            if let high = position.high, let top = try query.top(database), top < high {
                guard top >= high.lowered(by: options.overlapNumbers) else { throw restarted(query, top, high) }
                position.reopen(above: top)
            }
            var found = try query.inGaps(of: position, countMax: countMax, database)
            if found.count < countMax {
                found += try query.above(position.high, countMax: countMax - found.count, database)
            }
            position.advance(over: found.map(\.number), overlap: options.overlapNumbers)
            return FoundRows(columns: columns, rows: found.map(\.values), position: .sequence(position))
        }
    }

    /// Lets a mapper read again what came shortly before a position, so that it knows which pass of a doubled hour
    /// each asset is in; nothing where the last rows' times stand for one instant each.
    func prime(_ mapper: inout SignalMapper, upTo position: SequencePosition, columns: [String]) async throws {
        guard let high = position.high, let zone, let timestamp = columns.firstIndex(of: schema.timestampColumn)
        else { return }
        let asset = schema.assetColumn.flatMap { columns.firstIndex(of: $0) }
        let before = try await file.read { [self] database in
            let query = NumberedRows(
                table: try table(in: database).name,
                order: options.orderColumn ?? "",
                columns: [schema.timestampColumn] + [schema.assetColumn].compactMap(\.self)
            )
            var rows: [NumberedRow] = []
            var top = high
            for _ in 0..<Self.pagesBeforeMax {
                let page = try query.downFrom(top, countMax: Self.pageRowCount, database)
                guard let lowest = page.last?.number, page.contains(where: { zone.isDoubled($0.values[0]) }) else {
                    break
                }
                rows += page
                guard lowest > .min else { break }
                top = lowest - 1
            }
            return rows.reversed().filter { !position.isInGap($0.number) }
        }
        var row = [SourceValue](repeating: .missing, count: columns.count)
        for numbered in before {
            row[timestamp] = SourceValue(scada: numbered.values[0])
            if let asset { row[asset] = SourceValue(scada: numbered.values[1]) }
            _ = mapper.map(row)
        }
    }

    private func restarted(_ query: NumberedRows, _ top: Int64, _ high: Int64) -> SourceError {
        SourceError(
            .restarted,
            "the highest '\(query.order)' in '\(query.table)' is \(top), far below \(high) where reading stopped: "
                + "was the table emptied or replaced? Reset the source's cursor to read it anew"
        )
    }

    private static var pageRowCount: Int { 1_000 }
    private static var pagesBeforeMax: Int { 200 }
}

extension ZoneOffsets {
    fileprivate func isDoubled(_ timestamp: SQLValue) -> Bool {
        guard case .text(let text) = timestamp else { return false }
        return isDoubled(text)
    }
}
