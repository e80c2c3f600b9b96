import Database

/// A row and the number that orders it.
struct NumberedRow: Sendable {
    let number: Int64
    let values: [SQLValue]
}

/// The statements on a table ordered by a column of numbers.
struct NumberedRows {
    let table: String
    let order: String
    let columns: [String]

    private var selection: SQL {
        let names = ([order] + columns).map { SQL(identifier: $0) }
        return "SELECT \(SQL.joined(names, by: ", ")) FROM \(identifier: table)"
    }

    func above(_ high: Int64?, countMax: Int, _ database: any SQLReader) throws -> [NumberedRow] {
        let condition: SQL = high.map { "\(identifier: order) > \($0)" } ?? "\(identifier: order) IS NOT NULL"
        // One more than is wanted shows whether a number stands twice where the page ends.
        let rows = try numbered(
            database.query("\(selection) WHERE \(condition) ORDER BY \(identifier: order) LIMIT \(countMax + 1)")
        )
        if let pair = zip(rows, rows.dropFirst()).first(where: { $0.number == $1.number }) {
            throw SourceError(
                .orderUnusable,
                "the column '\(order)' of '\(table)' holds \(pair.0.number) twice: name a unique column as orderColumn"
            )
        }
        return Array(rows.prefix(countMax))
    }

    func inGaps(of position: SequencePosition, countMax: Int, _ database: any SQLReader) throws -> [NumberedRow] {
        guard let lowest = position.gaps.first?.lowerBound, let highest = position.gaps.last?.upperBound else {
            return []
        }
        let present = try database.query(
            """
            SELECT \(identifier: order)
            FROM \(identifier: table)
            WHERE \(identifier: order) BETWEEN \(lowest) AND \(highest)
            ORDER BY \(identifier: order)
            """
        )
        let wanted = try present.map { try number($0.values[0]) }.filter(position.isInGap).prefix(min(countMax, 500))
        guard !wanted.isEmpty else { return [] }
        let list = SQL.joined(wanted.map { SQL("\($0)") }, by: ", ")
        return try numbered(
            database.query(
                "\(selection) WHERE \(identifier: order) IN (\(list)) ORDER BY \(identifier: order)"
            )
        )
    }

    func downFrom(_ number: Int64, countMax: Int, _ database: any SQLReader) throws -> [NumberedRow] {
        try numbered(
            database.query(
                """
                \(selection)
                WHERE \(identifier: order) <= \(number)
                ORDER BY \(identifier: order) DESC
                LIMIT \(countMax)
                """
            )
        )
    }

    /// The highest number there is; nil where there is none.
    func top(_ database: any SQLReader) throws -> Int64? {
        try database.query("SELECT MAX(\(identifier: order)) FROM \(identifier: table)").first.flatMap {
            $0.values[0] == .null ? nil : try number($0.values[0])
        }
    }

    private func numbered(_ rows: [SQLRow]) throws -> [NumberedRow] {
        try rows.map { NumberedRow(number: try number($0.values[0]), values: Array($0.values.dropFirst())) }
    }

    private func number(_ value: SQLValue) throws(SourceError) -> Int64 {
        guard case .integer(let number) = value else {
            throw SourceError(
                .orderUnusable,
                "the column '\(order)' of '\(table)' holds something else than whole numbers: name another orderColumn"
            )
        }
        return number
    }
}
