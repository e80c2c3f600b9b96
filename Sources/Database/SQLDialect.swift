/// What engines write differently, by what it means.
package enum SQLFragment: Hashable, Sendable {
    /// Whole microseconds since 1970, UTC.
    case instant
    /// A UUID as lower-case text.
    case id
    case integer, real, flag, text, json, bytes
    /// Text compared byte by byte, so that its order is the same on every engine.
    case orderedText
    /// Stands after a table's closing parenthesis: its rows lie in the order of its primary key.
    case keyOrder
    /// Stands after a table's name in a FROM: its rows are looked up by that index, whatever else would do.
    case byIndex(String)
    /// Ends a SELECT whose rows nobody else may change before the transaction is over.
    case forUpdate
}

/// The one place that knows how engines differ.
package enum SQLDialect: Hashable, Sendable {
    case sqlite

    func text(of fragment: SQLFragment) -> String {
        switch self {
        case .sqlite:
            switch fragment {
            case .instant, .integer, .flag: "INTEGER"
            case .real: "REAL"
            case .id, .text, .json, .orderedText: "TEXT"
            case .bytes: "BLOB"
            case .keyOrder: "WITHOUT ROWID"
            case .byIndex(let name): "INDEXED BY \(quoted(name))"
            // There is one writer.
            case .forUpdate: ""
            }
        }
    }

    func quoted(_ identifier: String) -> String {
        switch self {
        case .sqlite:
            "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
    }
}
