/// One row of an answer.
package struct SQLRow: Sendable {
    package let columns: [String]
    /// In the columns' order.
    package let values: [SQLValue]

    package init(columns: [String], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The value under a column's name; nil where there is no such column.
    package subscript(column: String) -> SQLValue? {
        columns.firstIndex(of: column).map { values[$0] }
    }

    /// The value under a column's name, as the type that is asked for; NULL only as an optional.
    ///
    /// - Throws: ``DatabaseError`` with `.unreadable` where the row has no such column, or another kind of value.
    package func decode<Value: SQLConvertible>(
        _ column: String,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        guard let index = columns.firstIndex(of: column) else {
            throw DatabaseError(.unreadable, "an answer has no column '\(column)'")
        }
        return try decode(at: index)
    }

    /// The value of the column with that index, as the type that is asked for.
    package func decode<Value: SQLConvertible>(
        at index: Int,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        guard let value = Value(values[index]) else {
            throw DatabaseError(.unreadable, "the column '\(columns[index])' holds something else than \(Value.self)")
        }
        return value
    }
}
