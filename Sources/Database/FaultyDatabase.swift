import Synchronization

package import struct FoundationEssentials.UUID

/// A database that fails when a test says so, and else is the one it wraps.
package final class FaultyDatabase: SQLDatabase {
    package enum Fault: Hashable, Sendable {
        /// The n-th write from now on, counted from 1.
        case write(Int)
        /// The n-th transaction from now on, when its body is done.
        case commit(Int)
        /// The n-th read outside transactions from now on.
        case read(Int)
    }

    private struct Plan {
        var faults: Set<Fault> = []
        var code = DatabaseError.Code.unavailable
        var table: String?
        var writeCount = 0
        var commitCount = 0
        var readCount = 0
    }

    private let base: any SQLDatabase
    private let plan = Mutex(Plan())
    private let pause: @Sendable () async -> Void

    /// - Parameters:
    ///   - base: Does what is not to fail.
    ///   - pause: Awaited before each transaction and read: a slow disk, or a gate that a test opens.
    package init(_ base: any SQLDatabase, pause: @Sendable @escaping () async -> Void = {}) {
        self.base = base
        self.pause = pause
    }

    package var dialect: SQLDialect { base.dialect }

    package var writeTrouble: DatabaseError? { base.writeTrouble }

    /// Counting starts anew; no faults at all makes it whole again.
    ///
    /// Where a table is given, only writes to it count, and only transactions that have any: what goes on beside those
    /// that are meant takes no fault.
    package func fail(
        at faults: Set<Fault>,
        writing table: String? = nil,
        with code: DatabaseError.Code = .unavailable
    ) {
        plan.withLock { $0 = Plan(faults: faults, code: code, table: table) }
    }

    package func read<T: Sendable>(_ body: @Sendable @escaping (any SQLReader) throws -> T) async throws -> T {
        await pause()
        try check { plan in
            plan.readCount += 1
            return .read(plan.readCount)
        }
        return try await base.read(body)
    }

    @discardableResult
    package func transaction<T: Sendable>(
        of tenant: UUID?,
        _ body: @Sendable @escaping (any SQLTransaction) throws -> T
    ) async throws -> T {
        await pause()
        return try await base.transaction(of: tenant) { transaction in
            let faulty = FaultyTransaction(transaction, of: self)
            let result = try body(faulty)
            try self.check { plan in
                guard faulty.wrote(to: plan.table) else { return nil }
                plan.commitCount += 1
                return .commit(plan.commitCount)
            }
            return result
        }
    }

    package func compact(upTo byteCountMax: Int) async throws -> Bool {
        await pause()
        try checkWrite()
        return try await base.compact(upTo: byteCountMax)
    }

    fileprivate func checkWrite(_ statement: String = "") throws(DatabaseError) {
        try check { plan in
            guard statement.writes(to: plan.table) else { return nil }
            plan.writeCount += 1
            return .write(plan.writeCount)
        }
    }

    private func check(_ next: (inout Plan) -> Fault?) throws(DatabaseError) {
        let (fault, code) = plan.withLock { plan in
            let fault = next(&plan)
            return (fault.flatMap { plan.faults.contains($0) ? $0 : nil }, plan.code)
        }
        if let fault { throw DatabaseError(code, "failed on purpose at \(fault)") }
    }
}

private final class FaultyTransaction: SQLTransaction {
    private let base: any SQLTransaction
    private let database: FaultyDatabase
    private var statements: [String] = []

    init(_ base: any SQLTransaction, of database: FaultyDatabase) {
        self.base = base
        self.database = database
    }

    func wrote(to table: String?) -> Bool { table == nil || statements.contains { $0.writes(to: table) } }

    func query(_ sql: SQL) throws -> [SQLRow] { try base.query(sql) }

    func each(_ sql: SQL, _ body: (SQLRow) throws -> Void) throws { try base.each(sql, body) }

    func execute(_ sql: SQL) throws -> Int {
        let statement = sql.rendered(in: database.dialect).text
        try database.checkWrite(statement)
        statements.append(statement)
        return try base.execute(sql)
    }
}

extension String {
    /// Whether it is a statement that inserts into, updates or deletes from the table.
    fileprivate func writes(to table: String?) -> Bool {
        guard let table else { return true }
        let words = split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return ["INTO \(table) ", "UPDATE \(table) ", "DELETE FROM \(table) "].contains { words.contains($0) }
    }
}
