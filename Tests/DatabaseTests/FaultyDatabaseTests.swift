import Database
import Testing

@Suite struct FaultyDatabaseTests {
    let database: FaultyDatabase

    init() async throws {
        database = FaultyDatabase(try SQLiteDatabase(.memory))
        try await database.run("CREATE TABLE t (id INTEGER)")
    }

    @Test(arguments: [FaultyDatabase.Fault.write(2), .commit(1)])
    func `a transaction that fails on purpose leaves nothing`(fault: FaultyDatabase.Fault) async throws {
        database.fail(at: [fault], with: .full)
        let error = await databaseError {
            try await database.run("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)")
        }
        #expect(error?.code == .full)
        #expect(try await database.count(of: "t") == 0)
        try await database.run("INSERT INTO t VALUES (3)")
        #expect(try await database.count(of: "t") == 1)
    }

    @Test(arguments: [FaultyDatabase.Fault.write(2), .commit(2)])
    func `of the writes to one table those to others are not counted, and fail with none`(
        fault: FaultyDatabase.Fault
    ) async throws {
        try await database.run("CREATE TABLE t_other (id INTEGER)")
        database.fail(at: [fault], writing: "t")
        try await database.run("INSERT INTO t VALUES (1)")
        for _ in 1...3 { try await database.run("INSERT INTO t_other VALUES (1)") }
        let error = await databaseError { try await database.run("INSERT INTO t VALUES (2)") }
        #expect(error?.code == .unavailable)
        try await database.run("DELETE FROM t_other WHERE id = 1", "INSERT INTO t VALUES (3)")
        #expect(try await database.count(of: "t") == 2)
        #expect(try await database.count(of: "t_other") == 0)
    }

    @Test func `a write counts though its table's name ends the line`() async throws {
        try await database.run("INSERT INTO t VALUES (1)")
        database.fail(at: [.commit(2)], writing: "t")
        try await database.run("UPDATE t\nSET id = 2")
        #expect(await databaseError { try await database.run("DELETE FROM t\nWHERE id = 2") }?.code == .unavailable)
        #expect(try await database.count(of: "t") == 1)
    }

    @Test func `a read fails only when told so`() async throws {
        database.fail(at: [.read(2)])
        #expect(try await database.count(of: "t") == 0)
        #expect(await databaseError { try await database.count(of: "t") }?.code == .unavailable)
        #expect(try await database.count(of: "t") == 0)
    }
}
