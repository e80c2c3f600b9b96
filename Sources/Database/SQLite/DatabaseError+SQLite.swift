import GRDB

extension DatabaseError {
    /// What SQLite said, without the values that were bound.
    init(sqlite error: any Error, at location: SQLiteDatabase.Location? = nil) {
        let place: String
        switch location {
        case .file(let path), .forgetfulFile(let path), .readOnlyFile(let path): place = "\(path): "
        case .memory, nil: place = ""
        }
        switch error {
        case let error as DatabaseError: self = error
        case let error as GRDB.DatabaseError:
            let statement = error.sql.map { " in: \($0)" } ?? ""
            let message = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
            self.init(Self.code(of: error.resultCode), place + message + statement, cause: error)
        default: self.init(.unavailable, place + "can't be opened: \(error)", cause: error)
        }
    }

    private static func code(of result: ResultCode) -> Code {
        switch result {
        case .SQLITE_FULL: .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        case .SQLITE_CONSTRAINT: .constraint
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt
        case .SQLITE_READONLY: .readOnly
        case .SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_RANGE, .SQLITE_MISMATCH, .SQLITE_TOOBIG: .statement
        default: .unavailable
        }
    }
}
