import Database
import FoundationEssentials
import Plant
import TestSupport
import Testing
import Trust

@testable import Storage

@Suite struct MigrationsTests {
    @Test(arguments: Engine.allCases)
    func `stores are opened again over what they wrote`(engine: Engine) async throws {
        let database = try engine.database()
        _ = try await Stores.open(database)
        _ = try await Stores.open(database)
    }

    @Test func `who put a schema before names were kept is known by name, as long as he had not left`() async throws {
        let database = try Engine.sqlite.database()
        try await Migrator(Migrations.all.filter { $0.number < 24 }).migrate(database)
        let (north, south) = (ID<Organization>(UUID()), ID<Organization>(UUID()))
        let (ann, gone, sue) = (ID<User>(UUID()), ID<User>(UUID()), ID<User>(UUID()))
        try await database.transaction { transaction in
            for (organization, slug) in [(north, "north"), (south, "south")] {
                try transaction.execute(
                    """
                    INSERT INTO organization (id, slug, name, prediction_enabled, created_at)
                    VALUES (\(organization), \(slug), \(slug), 0, 0)
                    """
                )
            }
            for (user, organization, email) in [(ann, north, "ann@example.com"), (sue, south, "sue@example.com")] {
                try transaction.execute(
                    """
                    INSERT INTO account (id, organization_id, email, email_key, password_hash, role, created_at)
                    VALUES (\(user), \(organization), \(email), \(email), '', 'ADMIN', 0)
                    """
                )
            }
            // Sue is the other organization's: her name is none of this one's business.
            for (index, author) in [ann, gone, nil, sue].enumerated() {
                try transaction.execute(
                    """
                    INSERT INTO signal_schema (organization_id, version, document, created_by, created_at)
                    VALUES (\(north), \(index + 1), '{}', \(author), 0)
                    """
                )
            }
        }
        let stores = try await Stores.open(database)
        let schemas = try await stores.schemas.all(in: OrganizationScope(provenFor: north))
        #expect(schemas.map(\.author) == ["ann@example.com", nil, nil, nil])
        #expect(schemas.map(\.createdBy) == [ann, gone, nil, sue])
    }

    /// The server's own tables, looked up before anyone has a scope.
    private static let ofServer: Set<String> = [
        "organization", "account", "refresh_session", "login_session", "api_key", "schema_migration",
        "training_work", "delivery_work", "second_factor", "recovery_code", "keyring", "erasure",
        "server_audit_entry", "server_audit_head",
    ]

    @Test func `keys and indices of organizations' tables begin with the organization`() async throws {
        let database = try Engine.sqlite.database()
        _ = try await Stores.open(database)
        let tables: [String] = try await database.query("SELECT name FROM sqlite_master WHERE type = 'table'")
            .map { try $0.decode("name") }
        #expect(tables.count > 20)
        for table in tables where !Self.ofServer.contains(table) {
            let indices: [String] = try await database.query("PRAGMA index_list(\(identifier: table))")
                .map { try $0.decode("name") }
            #expect(!indices.isEmpty, "\(table) has no key")
            for index in indices {
                let first = try await database.query("PRAGMA index_info(\(identifier: index))").first
                #expect(try first?.decode("name", as: String.self) == "organization_id", "\(table): \(index)")
            }
        }
    }

    @Test(arguments: [
        ("is_open = 1", "alarm_open"), ("is_open = 1 AND (raised_at, id) < (1, 'x')", "alarm_open"),
        ("is_open = 1 AND asset_id = 'a'", "alarm_open_asset"), ("is_open = 1 AND type = 't'", "alarm_open_type"),
        ("1 = 1", "alarm_newest"), ("(raised_at, id) < (1, 'x')", "alarm_newest"), ("asset_id = 'a'", "alarm_asset"),
        ("type = 't'", "alarm_type"),
    ])
    func `alarms are listed by an index, newest first, without sorting`(condition: String, index: String) async throws {
        let plan = try await plan("alarm WHERE organization_id = 'o' AND \(condition) ORDER BY raised_at DESC, id DESC")
        #expect(plan.count == 1, "\(plan)")
        #expect(plan.first?.contains("INDEX \(index) ") == true, "\(plan)")
    }

    @Test(arguments: [
        ("organization_id = 'o' AND sequence > 5 ORDER BY sequence", "INDEX reading_sequence"),
        ("organization_id = 'o' AND asset_id = 'a' AND instant > 5 ORDER BY instant", "PRIMARY KEY"),
    ])
    func `readings are found by cursor and by time without sorting`(condition: String, index: String) async throws {
        let plan = try await plan("reading WHERE \(condition)")
        #expect(plan.count == 1, "\(plan)")
        #expect(plan.first?.contains(index) == true, "\(plan)")
    }

    private func plan(_ selection: String) async throws -> [String] {
        let database = try Engine.sqlite.database()
        _ = try await Stores.open(database)
        let statement = SQL(stringLiteral: "EXPLAIN QUERY PLAN SELECT * FROM \(selection) LIMIT 9")
        return try await database.query(statement).map { try $0.decode("detail") }
    }
}
