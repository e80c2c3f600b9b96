import Database
import FoundationEssentials
import Synchronization

/// A database that notes how the engine goes about each statement.
final class PlannedDatabase: SQLDatabase {
    /// A statement's text, and its plan's lines.
    struct Plan: Sendable {
        let statement: String
        let steps: [String]

        /// Steps that look at more than an index led them to, or that sort.
        var wide: [String] {
            steps.filter { $0.hasPrefix("SCAN") && !$0.contains("CONSTANT ROW") || $0.contains("TEMP B-TREE") }
        }

        /// The index of the first search in a table, by the name it bears in the statement.
        func index(of table: String) -> String? {
            let prefix = "SEARCH \(table) USING "
            guard let step = steps.first(where: { $0.hasPrefix(prefix) }) else { return nil }
            return String(step.dropFirst(prefix.count).prefix { $0 != "(" }.dropLast())
        }
    }

    private let base: any SQLDatabase
    private let noted = Mutex<[Plan]>([])

    init(_ base: any SQLDatabase) { self.base = base }

    var dialect: SQLDialect { base.dialect }

    var writeTrouble: DatabaseError? { base.writeTrouble }

    /// The plans of all statements since the last time.
    func takePlans() -> [Plan] {
        noted.withLock { plans in
            defer { plans = [] }
            return plans
        }
    }

    func read<T: Sendable>(_ body: @Sendable @escaping (any SQLReader) throws -> T) async throws -> T {
        try await base.read { try body(PlannedReader(base: $0, database: self)) }
    }

    @discardableResult
    func transaction<T: Sendable>(
        of tenant: UUID?,
        _ body: @Sendable @escaping (any SQLTransaction) throws -> T
    ) async throws -> T {
        try await base.transaction(of: tenant) { try body(PlannedTransaction(base: $0, database: self)) }
    }

    func compact(upTo byteCountMax: Int) async throws -> Bool { try await base.compact(upTo: byteCountMax) }

    fileprivate func note(_ sql: SQL, on reader: any SQLReader) throws {
        let text = sql.rendered(in: dialect).text
        guard !text.hasPrefix("PRAGMA") else { return }
        let steps = try reader.query("EXPLAIN QUERY PLAN \(sql)").map { try $0.decode("detail", as: String.self) }
        noted.withLock { $0.append(Plan(statement: text, steps: steps)) }
    }
}

private struct PlannedReader: SQLReader {
    let base: any SQLReader
    let database: PlannedDatabase

    func query(_ sql: SQL) throws -> [SQLRow] {
        try database.note(sql, on: base)
        return try base.query(sql)
    }
}

private struct PlannedTransaction: SQLTransaction {
    let base: any SQLTransaction
    let database: PlannedDatabase

    func query(_ sql: SQL) throws -> [SQLRow] {
        try database.note(sql, on: base)
        return try base.query(sql)
    }

    func execute(_ sql: SQL) throws -> Int {
        try database.note(sql, on: base)
        return try base.execute(sql)
    }
}
