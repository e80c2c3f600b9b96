package import struct FoundationEssentials.UUID

/// A database that answers statements: the embedded one, a server, or one that fails on purpose.
package protocol SQLDatabase: Sendable {
    var dialect: SQLDialect { get }

    /// Why the disk kept nothing of what was written last; nil once something was kept since.
    var writeTrouble: DatabaseError? { get }

    /// What is committed now, as one state, however many statements the body asks; it must not write.
    func read<T: Sendable>(_ body: @Sendable @escaping (any SQLReader) throws -> T) async throws -> T

    /// All that the body writes, or none of it; kept on disk when this returns.
    ///
    /// The body may run together with others' in one flush, but sees only its own and earlier ones' writes. It is not
    /// taken back by a cancellation.
    /// - Parameters:
    ///   - tenant: Whose work it is, so that one's flood does not hold up the others; nil for the server's own.
    ///   - body: What to write.
    /// - Returns: What the body returns.
    /// - Throws: What the body throws, or ``DatabaseError``.
    @discardableResult
    func transaction<T: Sendable>(
        of tenant: UUID?,
        _ body: @Sendable @escaping (any SQLTransaction) throws -> T
    ) async throws -> T

    /// Leaves nothing of deleted rows in the files: empties the log, and rewrites the rest where that takes no more than
    /// so many bytes; nobody commits meanwhile.
    ///
    /// - Returns: Whether the rest was rewritten. Else copies of rows may lie in what its pages do not use.
    /// - Throws: ``DatabaseError``; `.busy` where somebody still reads what was before.
    func compact(upTo byteCountMax: Int) async throws -> Bool
}

extension SQLDatabase {
    package func query(_ sql: SQL) async throws -> [SQLRow] {
        try await read { try $0.query(sql) }
    }

    @discardableResult
    package func transaction<T: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> T
    ) async throws -> T {
        try await transaction(of: nil, body)
    }
}

/// One state of a database; valid only within the body it is handed to.
package protocol SQLReader {
    func query(_ sql: SQL) throws -> [SQLRow]

    /// Hands the rows over one by one, however many they are.
    func each(_ sql: SQL, _ body: (SQLRow) throws -> Void) throws
}

extension SQLReader {
    package func each(_ sql: SQL, _ body: (SQLRow) throws -> Void) throws {
        for row in try query(sql) { try body(row) }
    }
}

/// Changes that are kept together; valid only within the body it is handed to.
package protocol SQLTransaction: SQLReader {
    /// - Returns: How many rows it inserted, updated or deleted.
    @discardableResult
    func execute(_ sql: SQL) throws -> Int
}
