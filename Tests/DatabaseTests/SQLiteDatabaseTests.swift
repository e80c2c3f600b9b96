import Database
import Dispatch
import Foundation
import Testing

@Suite(.timeLimit(.minutes(60))) struct SQLiteDatabaseTests {
    let scratch: Scratch
    let database: SQLiteDatabase

    init() async throws {
        scratch = try Scratch()
        database = try SQLiteDatabase(.file(scratch.file("eagle.sqlite")))
        try await database.run("CREATE TABLE t (id INTEGER PRIMARY KEY, value)")
    }

    @Test(arguments: [
        SQLValue.null, .integer(.min), .integer(.max), .real(0.1), .real(-.infinity), .text("Größe ☃ '\""),
        .text(""), .blob(Data([0, 255, 7])),
    ])
    func `what is bound comes back as it was`(value: SQLValue) async throws {
        try await database.run("INSERT INTO t (id, value) VALUES (\(1), \(value))")
        let rows = try await database.query("SELECT value FROM t WHERE id = \(1)")
        #expect(rows.map(\.values) == [[value]])
    }

    @Test func `a text that would be cut off is refused`() async throws {
        let error = await databaseError { try await database.run("INSERT INTO t (value) VALUES (\("a\0b"))") }
        #expect(error?.code == .constraint)
        #expect(try await database.count(of: "t") == 0)
    }

    @Test func `what is acknowledged is flushed to a write-ahead log`() async throws {
        let modes = try await database.transaction { transaction in
            try ["journal_mode", "synchronous", "foreign_keys"].map { name in
                try transaction.query("PRAGMA \(identifier: name)").first?.values.first
            }
        }
        // synchronous 2 is FULL: the log is flushed at each commit.
        #expect(modes == [.text("wal"), .integer(2), .integer(1)])
    }

    @Test func `it is there again when the file is opened again`() async throws {
        try await database.run("INSERT INTO t (id, value) VALUES (1, 'kept')")
        let again = try SQLiteDatabase(.file(scratch.file("eagle.sqlite")))
        #expect(try await again.count(of: "t") == 1)
    }

    @Test func `a body that throws leaves nothing`() async throws {
        await #expect(throws: GivenUp()) {
            try await database.transaction { transaction in
                try transaction.execute("INSERT INTO t (id) VALUES (1)")
                throw GivenUp()
            }
        }
        #expect(try await database.count(of: "t") == 0)
    }

    @Test func `a broken rule is told without the values that broke it`() async throws {
        try await database.run("CREATE TABLE u (secret TEXT PRIMARY KEY)", "INSERT INTO u VALUES ('hunter2')")
        let error = await databaseError { try await database.run("INSERT INTO u VALUES (\("hunter2"))") }
        #expect(error?.code == .constraint)
        #expect(error.map { !"\($0)".contains("hunter2") } == true)
    }

    @Test func `a wrong statement is told as such`() async {
        let error = await databaseError { try await database.query("SELECT nothing FROM nowhere") }
        #expect(error?.code == .statement)
        #expect(error?.isTransient == false)
    }

    @Test func `a reader does not wait for the writer, and sees only what is committed`() async throws {
        let isWriting = DispatchSemaphore(value: 0)
        let mayFinish = DispatchSemaphore(value: 0)
        let database = database
        async let written: Void = database.transaction { transaction in
            try transaction.execute("INSERT INTO t (id) VALUES (1)")
            isWriting.signal()
            mayFinish.wait()
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                isWriting.wait()
                continuation.resume()
            }
        }
        let during = try await database.count(of: "t")
        mayFinish.signal()
        try await written
        #expect(during == 0)
        #expect(try await database.count(of: "t") == 1)
    }

    @Test func `a read sees one state, however many statements it asks`() async throws {
        try await database.run("INSERT INTO t (id) VALUES (1)")
        let database = database
        let counts = try await database.read { reader in
            let before = try reader.query("SELECT COUNT(*) AS count FROM t").first?.decode("count", as: Int.self)
            let isWritten = DispatchSemaphore(value: 0)
            Task {
                try await database.run("INSERT INTO t (id) VALUES (2)")
                isWritten.signal()
            }
            isWritten.wait()
            let after = try reader.query("SELECT COUNT(*) AS count FROM t").first?.decode("count", as: Int.self)
            return [before, after]
        }
        #expect(counts == [1, 1])
        #expect(try await database.count(of: "t") == 2)
    }

    @Test func `a file opened for reading only is never written`() async throws {
        try await database.run("INSERT INTO t (id) VALUES (1)")
        let reader = try SQLiteDatabase(.readOnlyFile(scratch.file("eagle.sqlite")))
        #expect(try await reader.count(of: "t") == 1)
        #expect(await databaseError { try await reader.run("DELETE FROM t") }?.code == .readOnly)
    }

    @Test func `a file that is missing or is no database is told by its path`() async throws {
        let missing = scratch.file("missing.sqlite")
        let wrong = scratch.file("wrong.sqlite")
        try Data(repeating: 65, count: 4_096).write(to: URL(fileURLWithPath: wrong))
        for (path, code) in [(missing, DatabaseError.Code.unavailable), (wrong, .corrupt)] {
            let error = await databaseError { try SQLiteDatabase(.readOnlyFile(path)) }
            #expect(error?.code == code)
            #expect(error?.message.contains(path) == true)
        }
        #expect(await databaseError { try SQLiteDatabase(.file(wrong)) }?.code == .corrupt)
        #expect(await databaseError { try SQLiteDatabase(.file("/proc/nowhere/eagle.sqlite")) }?.code == .unavailable)
    }

    @Test func `while somebody reads what was before, compacting writes nothing, and does it afterwards`()
        async throws
    {
        let text = String(repeating: "x", count: 100_000)
        for id in 0..<20 { try await database.run("INSERT INTO t (id, value) VALUES (\(id), \(text))") }
        let (begun, reading) = AsyncStream.makeStream(of: Void.self)
        let isOver = DispatchSemaphore(value: 0)
        func logByteCount() throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.file("eagle.sqlite-wal"))
            return try #require(attributes[.size] as? Int)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [database] in
                try await database.read { reader in
                    _ = try reader.query("SELECT COUNT(*) AS count FROM t")
                    reading.finish()
                    isOver.wait()
                }
            }
            defer { isOver.signal() }
            for await _ in begun {}
            try await database.run("DELETE FROM t WHERE id < 10")
            let before = try logByteCount()
            for _ in 0..<3 {
                let error = await databaseError { try await database.compact(upTo: .max) }
                #expect(error?.code == .busy)
            }
            #expect(try logByteCount() == before)
        }
        #expect(try await database.compact(upTo: .max))
        #expect(try logByteCount() == 0)
        #expect(try await database.count(of: "t") == 10)
    }

    @Test func `a database in memory is a database`() async throws {
        let memory = try SQLiteDatabase(.memory)
        try await memory.run("CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1)")
        #expect(try await memory.count(of: "t") == 1)
    }

    @Test func `texts that are equal in Swift are equal in SQL`() async throws {
        try await database.run("INSERT INTO t (id, value) VALUES (\(1), \("caf\u{E9} \u{212B}"))")
        let rows = try await database.query("SELECT id FROM t WHERE value = \("cafe\u{301} \u{C5}")")
        #expect(rows.count == 1)
    }

    @Test func `into a file that was moved away nothing is written, until it is back`() async throws {
        let path = scratch.file("eagle.sqlite")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        #expect(await databaseError { try await database.run("INSERT INTO t (id) VALUES (1)") }?.code == .unavailable)
        #expect(await databaseError { _ = try await database.query("SELECT 1 AS one") }?.code == .unavailable)
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        try await database.run("INSERT INTO t (id) VALUES (2)")
        #expect(try await database.count(of: "t") == 1)
    }
}
