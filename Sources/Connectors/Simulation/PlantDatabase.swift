package import Database
package import Plant

/// The SCADA database of a simulated plant: its table in the plant's own layout, filled as its collector would.
package struct PlantDatabase: Sendable {
    private static let batchSize = 2_000
    /// Of one statement: rows that share one are written more than twice as fast, and every engine takes so many.
    private static let bindingCountMax = 4_000

    private let plant: SimulatedPlant
    private let database: any SQLDatabase

    package init(_ plant: SimulatedPlant, in database: any SQLDatabase) {
        self.plant = plant
        self.database = database
    }

    /// Makes the plant's table if it is not there; as in such plants, nothing but the primary key is indexed.
    package func create() async throws {
        let columns = SQL.joined(plant.columns.map(definition), by: ", ")
        let table = plant.table
        try await database.transaction {
            _ = try $0.execute("CREATE TABLE IF NOT EXISTS \(identifier: table) (\(columns))")
        }
    }

    /// Writes the rows that arrive at or after `from` and before `to`; a span written before changes nothing.
    ///
    /// Each batch of 2,000 rows is a transaction of its own.
    /// - Returns: How many rows were new.
    @discardableResult
    package func append(from: Instant, to: Instant) async throws -> Int {
        var count = 0
        var batch: [PlantRow] = []
        for row in plant.rows(from: from, to: to) {
            batch.append(row)
            if batch.count == Self.batchSize {
                count += try await write(batch)
                batch.removeAll(keepingCapacity: true)
            }
        }
        return try await count + write(batch)
    }

    private func write(_ rows: [PlantRow]) async throws -> Int {
        let table = plant.table
        let names = SQL.joined(plant.columns.map { SQL(identifier: $0.name) }, by: ", ")
        let kinds = plant.columns.map(\.kind)
        let key = SQL.joined(plant.columns.filter { $0.kind == .identifier }.map { SQL(identifier: $0.name) }, by: ", ")
        let rowsPerStatement = Self.bindingCountMax / kinds.count
        return try await database.transaction { transaction in
            var count = 0
            for start in stride(from: 0, to: rows.count, by: rowsPerStatement) {
                let values = Self.tuples(rows[start..<min(start + rowsPerStatement, rows.count)], kinds: kinds)
                count += try transaction.execute(
                    """
                    INSERT INTO \(identifier: table) (\(names))
                    VALUES \(values)
                    ON CONFLICT (\(key)) DO NOTHING
                    """
                )
            }
            return count
        }
    }

    /// `(…), (…)`: every row's values, bound.
    private static func tuples(_ rows: ArraySlice<PlantRow>, kinds: [PlantColumn.Kind]) -> SQL {
        var text = SQL.StringInterpolation(literalCapacity: 0, interpolationCount: rows.count * kinds.count)
        for (index, row) in rows.enumerated() {
            text.appendLiteral(index == 0 ? "(" : "), (")
            for (column, value) in row.values.enumerated() {
                if column > 0 { text.appendLiteral(", ") }
                text.appendInterpolation(kinds[column] == .identifier ? .integer(Int64(value.number)) : value.sqlValue)
            }
        }
        text.appendLiteral(")")
        return SQL(stringInterpolation: text)
    }

    private func definition(of column: PlantColumn) -> SQL {
        switch column.kind {
        case .identifier: "\(identifier: column.name) \(type: .integer) NOT NULL PRIMARY KEY"
        case .timestamp, .asset: "\(identifier: column.name) \(type: .text) NOT NULL"
        case .continuous: "\(identifier: column.name) \(type: .real)"
        case .boolean: "\(identifier: column.name) \(type: .flag)"
        }
    }
}

extension SourceValue {
    fileprivate var sqlValue: SQLValue {
        switch self {
        case .missing: .null
        case .number(let number): number.sqlValue
        case .boolean(let flag): flag.sqlValue
        case .text(let text): .text(text)
        }
    }
}
