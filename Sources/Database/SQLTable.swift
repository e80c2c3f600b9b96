/// A table as the database itself describes it.
package struct SQLTable: Hashable, Sendable {
    package struct Column: Hashable, Sendable {
        package let name: String
        /// Whether a row without it is refused: it has no default, and may not be NULL.
        package let isRequired: Bool
    }

    /// Columns whose values stand in another table's.
    package struct Reference: Hashable, Sendable {
        package let table: String
        package let columns: [String]
        /// In the other table, in the same order; empty where its primary key is meant.
        package let targets: [String]
    }

    package let name: String
    package let columns: [Column]
    /// The primary key's columns, in its order.
    package let key: [String]
    package let references: [Reference]
}

extension SQLReader {
    /// All tables there are, by name; the engine's own are left out.
    package func tables() throws -> [SQLTable] {
        let names: [String] = try query(
            """
            SELECT name
            FROM sqlite_master
            WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'
            ORDER BY name
            """
        ).map { try $0.decode("name") }
        return try names.map(table)
    }

    private func table(_ name: String) throws -> SQLTable {
        let columns = try query("PRAGMA table_info(\(identifier: name))")
        let keyed = try columns.filter { try $0.decode("pk", as: Int.self) > 0 }
            .sorted { try $0.decode("pk", as: Int.self) < $1.decode("pk", as: Int.self) }
        let links = try query("PRAGMA foreign_key_list(\(identifier: name))")
        let numbers = Set(try links.map { try $0.decode("id", as: Int.self) }).sorted()
        return SQLTable(
            name: name,
            columns: try columns.map { row in
                let mayBeNull = try row.decode("notnull", as: Int.self) == 0
                let hasDefault = row["dflt_value"] != .null
                return SQLTable.Column(name: try row.decode("name"), isRequired: !mayBeNull && !hasDefault)
            },
            key: try keyed.map { try $0.decode("name") },
            references: try numbers.map { number in
                let parts = try links.filter { try $0.decode("id", as: Int.self) == number }
                    .sorted { try $0.decode("seq", as: Int.self) < $1.decode("seq", as: Int.self) }
                return SQLTable.Reference(
                    table: try parts[0].decode("table"),
                    columns: try parts.map { try $0.decode("from") },
                    targets: try parts.compactMap { try $0.decode("to", as: String?.self) }
                )
            }
        )
    }
}
