import Foundation
import GRDB

/// A connection in the midst of a transaction, with its prepared statements cached.
struct SQLiteTransaction: SQLTransaction {
    let connection: GRDB.Database

    func query(_ sql: SQL) throws -> [SQLRow] {
        var rows: [SQLRow] = []
        try each(sql) { rows.append($0) }
        return rows
    }

    func each(_ sql: SQL, _ body: (SQLRow) throws -> Void) throws {
        let (text, bindings) = sql.rendered(in: .sqlite)
        do {
            let statement = try connection.cachedStatement(sql: text)
            let cursor = try Row.fetchCursor(statement, arguments: try Self.arguments(bindings))
            let columns = statement.columnNames
            while let row = try cursor.next() {
                try body(SQLRow(columns: columns, values: row.databaseValues.map(SQLValue.init(sqlite:))))
            }
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(sqlite: error)
        }
    }

    func execute(_ sql: SQL) throws -> Int {
        let (text, bindings) = sql.rendered(in: .sqlite)
        do {
            let before = connection.totalChangesCount
            try connection.cachedStatement(sql: text).execute(arguments: try Self.arguments(bindings))
            return connection.totalChangesCount - before
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(sqlite: error)
        }
    }

    /// Texts are bound in Unicode's composed form (NFC), so that those which are equal in Swift are equal in SQL.
    ///
    /// - Throws: ``DatabaseError`` with `.constraint` for a text with a NUL, after which it would be cut off.
    private static func arguments(_ bindings: [SQLValue]) throws(DatabaseError) -> StatementArguments {
        var values: [DatabaseValue] = []
        values.reserveCapacity(bindings.count)
        for binding in bindings {
            if case .text(let text) = binding {
                if text.utf8.contains(0) {
                    throw DatabaseError(.constraint, "a text holds a NUL character, which no column keeps")
                }
                let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
                values.append((isASCII ? text : text.precomposedStringWithCanonicalMapping).databaseValue)
            } else {
                values.append(binding.databaseValue)
            }
        }
        return StatementArguments(values)
    }
}

extension SQLValue {
    fileprivate init(sqlite value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .blob(data)
        }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let data): data.databaseValue
        }
    }
}
