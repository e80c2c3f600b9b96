import Database
import Foundation
import Testing

/// What is known of whether anything can still be written.
@Suite(.timeLimit(.minutes(60))) struct WriterHealthTests {
    let scratch: Scratch
    let database: SQLiteDatabase

    init() async throws {
        scratch = try Scratch()
        database = try SQLiteDatabase(.file(scratch.file("eagle.sqlite")))
        try await database.run("CREATE TABLE t (id INTEGER PRIMARY KEY, filling BLOB)")
    }

    private func insert(_ id: Int, fillingCount: Int = 0) async throws {
        try await database.transaction { transaction in
            try transaction.execute("INSERT INTO t (id, filling) VALUES (\(id), \(Data(count: fillingCount)))")
        }
    }

    @Test func `a full disk is remembered until something is kept again`() async throws {
        #expect(database.writeTrouble == nil)
        try await database.transaction { try $0.execute("PRAGMA max_page_count = 40") }
        await #expect(throws: DatabaseError.self) { try await insert(1, fillingCount: 1_000_000) }
        #expect(database.writeTrouble?.code == .full)
        // Reading, and a transaction that writes nothing, take no room.
        _ = try await database.query("SELECT id FROM t ORDER BY id")
        try await database.transaction { _ = try $0.query("SELECT id FROM t ORDER BY id") }
        try await database.transaction { try $0.execute("DELETE FROM t WHERE id = 99") }
        #expect(database.writeTrouble?.code == .full)
        try await database.transaction { try $0.execute("PRAGMA max_page_count = 4000") }
        #expect(database.writeTrouble?.code == .full)
        try await insert(2)
        #expect(database.writeTrouble == nil)
    }

    @Test func `a row that breaks a rule is no trouble of the disk's`() async throws {
        try await insert(1)
        await #expect(throws: DatabaseError.self) { try await insert(1) }
        #expect(database.writeTrouble == nil)
    }

    @Test func `a file that is gone is`() async throws {
        try FileManager.default.removeItem(atPath: scratch.file("eagle.sqlite"))
        await #expect(throws: DatabaseError.self) { try await insert(1) }
        #expect(database.writeTrouble?.code == .unavailable)
    }
}
