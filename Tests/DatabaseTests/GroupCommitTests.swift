import Database
import Foundation
import Testing

/// Transactions that wait together share one flush.
@Suite(.timeLimit(.minutes(60))) struct GroupCommitTests {
    let scratch: Scratch
    let database: SQLiteDatabase

    init() async throws {
        scratch = try Scratch()
        database = try SQLiteDatabase(.file(scratch.file("eagle.sqlite")))
        try await database.run(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
            """
            CREATE TABLE t (
                id INTEGER PRIMARY KEY,
                parent_id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED,
                filling BLOB
            )
            """
        )
    }

    /// Lets the bodies wait behind a transaction that holds the writer, so that they come to one group.
    ///
    /// - Returns: By body, nil where it was kept and else why not.
    private func commitTogether(
        _ bodies: [@Sendable (any SQLTransaction) throws -> Void]
    ) async throws -> [(any Error)?] {
        let database = database
        let mayFinish = DispatchSemaphore(value: 0)
        let before = database.statistics
        async let holder: Void = database.transaction { _ in mayFinish.wait() }
        while database.statistics.transactionCount == before.transactionCount { await Task.yield() }
        let results = try await withThrowingTaskGroup(of: (Int, (any Error)?).self) { group in
            for (index, body) in bodies.enumerated() {
                group.addTask {
                    do {
                        try await database.transaction(body)
                        return (index, nil)
                    } catch {
                        return (index, error)
                    }
                }
                // One after the other, so that they stand in the group in their order.
                while database.statistics.waitingCount < index + 1 { await Task.yield() }
            }
            mayFinish.signal()
            var results = [(any Error)?](repeating: nil, count: bodies.count)
            for try await (index, error) in group { results[index] = error }
            return results
        }
        try await holder
        return results
    }

    private func insert(_ id: Int, parent: Int? = nil, fillingCount: Int = 0)
        -> @Sendable (any SQLTransaction) throws
        -> Void
    {
        { transaction in
            let filling = Data(count: fillingCount)
            try transaction.execute("INSERT INTO t (id, parent_id, filling) VALUES (\(id), \(parent), \(filling))")
        }
    }

    private func ids() async throws -> [Int] {
        try await database.query("SELECT id FROM t ORDER BY id").map { try $0.decode("id") }
    }

    @Test func `many that wait are kept in one flush`() async throws {
        let before = database.statistics
        let results = try await commitTogether((1...50).map { insert($0) })
        #expect(results.allSatisfy { $0 == nil })
        #expect(try await ids() == Array(1...50))
        // One for the transaction that held the writer.
        #expect(database.statistics.flushCount - before.flushCount == 2)
        #expect(database.statistics.transactionCount - before.transactionCount == 51)
    }

    @Test func `one that fails takes back only its own`() async throws {
        let insertThree = insert(3)
        let results = try await commitTogether([
            insert(1),
            { transaction in
                try insertThree(transaction)
                throw GivenUp()
            },
            insert(1),
            insert(2),
        ])
        #expect(results[0] == nil)
        #expect(results[1] is GivenUp)
        #expect((results[2] as? DatabaseError)?.code == .constraint)
        #expect(results[3] == nil)
        #expect(try await ids() == [1, 2])
    }

    @Test func `each sees what those before it wrote`() async throws {
        let seen = try await commitTogether([
            insert(1),
            { transaction in
                guard try transaction.query("SELECT id FROM t").count == 1 else { throw GivenUp() }
            },
        ])
        #expect(seen.allSatisfy { $0 == nil })
    }

    @Test func `when the one COMMIT fails nobody is told that his is kept`() async throws {
        // A reference that is checked only at the COMMIT.
        let results = try await commitTogether([insert(1), insert(2, parent: 99), insert(3)])
        #expect(results.map { ($0 as? DatabaseError)?.code } == [.constraint, .constraint, .constraint])
        #expect(try await ids().isEmpty)
        try await database.transaction(insert(4))
        #expect(try await ids() == [4])
    }

    @Test func `when the disk is full what was told to be kept is kept, and nothing else`() async throws {
        try await database.transaction { transaction in
            try transaction.execute("PRAGMA max_page_count = 40")
        }
        let results = try await commitTogether([
            insert(1), insert(2, fillingCount: 1_000_000), insert(3), insert(4, fillingCount: 2_000_000), insert(5),
        ])
        let kept = try await ids()
        #expect(kept == zip(1...5, results).filter { $0.1 == nil }.map(\.0))
        #expect((results[1] as? DatabaseError)?.code == .full)
        #expect((results[3] as? DatabaseError)?.code == .full)
        #expect((results[1] as? DatabaseError)?.isTransient == true)
        try await database.transaction { try $0.execute("PRAGMA max_page_count = 4000") }
        try await database.transaction(insert(6, fillingCount: 1_000_000))
        #expect(try await ids() == kept + [6])
    }

    @Test func `too many that wait are refused at once`() async throws {
        let narrow = try SQLiteDatabase(.memory, waitingCountMax: 2)
        let mayFinish = DispatchSemaphore(value: 0)
        async let holder: Void = narrow.transaction { _ in mayFinish.wait() }
        while narrow.statistics.transactionCount == 0 { await Task.yield() }
        async let first: Void = narrow.transaction { _ in }
        async let second: Void = narrow.transaction { _ in }
        while narrow.statistics.waitingCount < 2 { await Task.yield() }
        let refused = await databaseError { try await narrow.transaction { _ in } }
        #expect(refused?.code == .busy)
        mayFinish.signal()
        _ = try await (holder, first, second)
    }

    @Test func `transactions from everywhere never lose one another's`() async throws {
        let database = database
        try await database.run("INSERT INTO parent (id) VALUES (1)", "INSERT INTO t (id, parent_id) VALUES (1, 1)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask {
                    do {
                        try await database.transaction { transaction in
                            let last: Int = try transaction.query("SELECT MAX(id) AS id FROM t")[0].decode("id")
                            try transaction.execute("INSERT INTO t (id) VALUES (\(last + 1))")
                            if index % 5 == 0 { throw GivenUp() }
                        }
                    } catch is GivenUp {
                        // Every fifth takes its row back.
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await ids() == Array(1...161))
    }
}
