import Database
import Storage
import TestSupport
import Testing

/// No table of organizations can be forgotten by backups and erasures.
@Suite struct OrganizationTablesTests {
    private func fresh() async throws -> any SQLDatabase {
        let database = try Engine.sqlite.database()
        _ = try await Stores.open(database)
        return database
    }

    @Test func `each table of a fresh database is the organizations' or the server's`() async throws {
        let database = try await fresh()
        let found: [String] = try await database.query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).map { try $0.decode("name") }
        let known = try await database.read { try OrganizationTables($0).all.map(\.name) }
        #expect(known.count > 30)
        #expect(Set(known).count == known.count)
        #expect(Set(known).isDisjoint(with: OrganizationTables.ofServer))
        #expect(Set(found) == Set(known).union(OrganizationTables.ofServer))
        // Those that name an organization, as the schema itself says; what names one and is not in belongs to the server.
        for table in found where !OrganizationTables.ofServer.contains(table) {
            let columns: [String] = try await database.query("PRAGMA table_info(\(identifier: table))")
                .map { try $0.decode("name") }
            if columns.contains("organization_id") { #expect(known.contains(table)) }
        }
        #expect(known.contains("refresh_session"), "what refers to accounts is their organization's")
    }

    @Test func `whoever is referred to stands before whoever refers to him`() async throws {
        let database = try await fresh()
        let known = try await database.read { try OrganizationTables($0).all.map(\.name) }
        var checked = 0
        for (place, table) in known.enumerated() {
            let targets: [String] = try await database.query("PRAGMA foreign_key_list(\(identifier: table))")
                .map { try $0.decode("table") }
            for target in targets where target != table {
                let other = try #require(known.firstIndex(of: target), "\(table) refers to \(target)")
                #expect(other < place, "\(table) refers to \(target)")
                checked += 1
            }
        }
        #expect(checked > 30)
        #expect(known.first == "organization" || known.firstIndex(of: "organization") != nil)
    }

    @Test func `a new table is found by itself, and one that says nothing of whose it is is refused`() async throws {
        let database = try await fresh()
        try await database.transaction { transaction in
            try transaction.execute("CREATE TABLE note (organization_id TEXT NOT NULL, id TEXT NOT NULL)")
            try transaction.execute(
                "CREATE TABLE nickname (account_id TEXT PRIMARY KEY REFERENCES account (id), text TEXT)"
            )
        }
        let known = try await database.read { try OrganizationTables($0).all.map(\.name) }
        #expect(known.contains("note"))
        #expect(known.contains("nickname"))
        try await database.transaction { try $0.execute("CREATE TABLE stray (id TEXT PRIMARY KEY)") }
        let code = await storageError { try await database.read { try OrganizationTables($0).all.count } }
        #expect(code == .invalid)
    }

    @Test func `what opens doors is known as such`() async throws {
        let tables = try await fresh().read { try OrganizationTables($0).all }
        let credentials = tables.filter(\.holdsCredentials).map(\.name)
        #expect(credentials.contains("refresh_session"))
        #expect(!credentials.contains("account"))
    }
}
