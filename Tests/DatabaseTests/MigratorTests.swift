import Database
import Testing

@Suite struct MigratorTests {
    let database: SQLiteDatabase
    let first = Migration(number: 1, name: "first", statements: ["CREATE TABLE a (id \(type: .integer))"])
    let second = Migration(number: 2, name: "second", statements: ["ALTER TABLE a ADD COLUMN b \(type: .text)"])

    init() throws { database = try SQLiteDatabase(.memory) }

    @Test func `what is missing is applied in order, once`() async throws {
        #expect(try await Migrator([first]).migrate(database) == [1])
        #expect(try await Migrator([first, second]).migrate(database) == [2])
        #expect(try await Migrator([first, second]).migrate(database) == [])
        try await database.run("INSERT INTO a (id, b) VALUES (1, 'x')")
    }

    @Test func `a database of a newer program is refused and left alone`() async throws {
        try await Migrator([first, second]).migrate(database)
        let error = await databaseError { try await Migrator([first]).migrate(database) }
        #expect(error?.code == .tooNew)
        #expect(error?.message.contains("'second'") == true)
    }

    @Test func `another program's database is refused`() async throws {
        try await Migrator([Migration(number: 1, name: "other", statements: [])]).migrate(database)
        #expect(await databaseError { try await Migrator([first]).migrate(database) }?.code == .corrupt)
    }

    @Test func `a migration that fails leaves nothing of itself`() async throws {
        let broken = Migration(number: 2, name: "broken", statements: ["CREATE TABLE b (id)", "CREATE TABLE b (id)"])
        #expect(await databaseError { try await Migrator([first, broken]).migrate(database) }?.code == .statement)
        #expect(await databaseError { try await database.count(of: "b") }?.code == .statement)
        #expect(try await Migrator([first, second]).migrate(database) == [2])
    }
}
