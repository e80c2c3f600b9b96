import Testing

@Suite struct TenantSQLTests {
    private static let storage = House.sources.filter { $0.room == "Storage" }
    private static let rule = TenantSQL(organizationTables: ["alarm", "alarm_cause", "reading", "account"])

    private func violations(_ sql: String, in signature: String = "func a(in scope: OrganizationScope)") -> [Violation]
    {
        let text = "\(signature) {\n    try database.query(\"\"\"\n\(sql)\n\"\"\")\n}\n"
        return Self.rule.violations(in: SourceFile(path: "Sources/Storage/Seeded.swift", text: text))
    }

    @Test func `every statement on an organization's table says whose rows it means`() {
        let rule = TenantSQL(storage: Self.storage)
        #expect(Self.storage.flatMap(rule.violations) == [])
        #expect(rule.organizationTables.count > 5, "the migrations' tables were not found")
        #expect(Self.storage.flatMap(\.statements).count > 20, "the stores' statements were not found")
    }

    @Test func `SQL stands nowhere but in the rooms that speak it`() {
        #expect(House.sources.flatMap(TenantSQL.strays) == [])
    }

    @Test(arguments: [
        "SELECT id FROM alarm WHERE state <> 'normal'",
        "SELECT id, organization_id FROM alarm ORDER BY organization_id",
        "UPDATE alarm SET organization_id = organization_id",
        "DELETE FROM reading WHERE instant < \\(before)",
        "INSERT INTO alarm (id, state) VALUES (\\(id), 'normal')",
        "SELECT a.id FROM alarm a JOIN alarm_cause c ON c.alarm_id = a.id WHERE a.organization_id = \\(scope.id)",
        "SELECT a.id FROM alarm AS a, reading r WHERE a.organization_id = \\(scope.id)",
        "WITH open AS (SELECT id FROM alarm) SELECT id FROM open",
        "SELECT 1 -- FROM x WHERE organization_id = 1\nFROM alarm",
        "CREATE TABLE note (id TEXT PRIMARY KEY)",
        "INSERT INTO alarm (organization_id, id) SELECT organization_id, id FROM reading",
        "a.asset_id = (SELECT id FROM reading WHERE name = \\(asset))",
        // A table of whatever name.
        "DELETE FROM \\(identifier: table)",
        "INSERT INTO \\(identifier: table) (id) VALUES (\\(id))", "UPDATE \\(identifier: table) SET state = 'normal'",
        "SELECT id FROM \\(identifier: table) WHERE organization_id = \\(scope.id)",
        // An organization of whoever's choice, and its own.
        "SELECT id FROM alarm WHERE organization_id = \\(anyArgument)",
        "SELECT id FROM alarm WHERE \\(anyArgument) = organization_id",
        "SELECT id FROM alarm WHERE organization_id IN (\\(one), \\(other))",
        "SELECT id FROM alarm WHERE organization_id = organization_id",
        "SELECT a.id FROM alarm a WHERE a.organization_id = a.organization_id",
        "SELECT id FROM alarm WHERE (organization_id, id) = (\\(anyArgument), \\(id))",
        "SELECT id FROM alarm WHERE (organization_id, id) > (\\(scope.id), \\(id))",
        "SELECT a.id FROM alarm a JOIN alarm_cause c ON c.organization_id = a.organization_id "
            + "WHERE a.organization_id = c.organization_id",
        // A condition that need not hold.
        "SELECT id FROM alarm WHERE organization_id = \\(scope.id) OR 1 = 1",
        "SELECT id FROM alarm WHERE 1 = 1 OR state = 'a' AND organization_id = \\(scope.id)",
        "SELECT id FROM alarm WHERE (organization_id = \\(scope.id) OR 1 = 1) AND id = \\(id)",
        "SELECT id FROM alarm WHERE (organization_id = \\(scope.id) AND 1 = 1) OR 1 = 1 ORDER BY id",
        "SELECT id FROM alarm WHERE NOT organization_id = \\(scope.id)",
        "SELECT id FROM alarm WHERE NOT (organization_id = \\(scope.id))",
    ])
    func `a statement that forgets the organization is found`(sql: String) {
        #expect(violations(sql).count == 1)
    }

    @Test(arguments: [
        "SELECT id FROM alarm WHERE organization_id = \\(scope.id) AND state <> 'normal'",
        "UPDATE alarm SET state = 'normal' WHERE organization_id = \\(scope.id) AND id = \\(id)",
        "SELECT a.id FROM alarm a JOIN alarm_cause c ON c.organization_id = a.organization_id AND c.alarm_id = a.id "
            + "WHERE a.organization_id = \\(scope.id)",
        "SELECT a.id FROM alarm a JOIN alarm_cause c USING (organization_id, id) WHERE a.organization_id = \\(scope.id)",
        "SELECT id FROM alarm WHERE (organization_id, id) = (\\(scope.id), \\(id))",
        "SELECT id FROM alarm WHERE organization_id = \\(scope.id) AND (state = 'a' OR state = 'b')",
        "SELECT id FROM alarm WHERE state = '\\(state)' AND \\(scope.id) = organization_id",
        "INSERT INTO alarm (organization_id, id) VALUES (\\(scope.id), \\(id)) "
            + "ON CONFLICT (organization_id, id) DO UPDATE SET state = excluded.state",
        "WITH open AS (SELECT id FROM alarm WHERE organization_id = \\(scope.id)) SELECT id FROM open",
        "SELECT version FROM migration",
        "CREATE TABLE note (organization_id TEXT NOT NULL, id TEXT NOT NULL)",
        "Select all alarms of the plant",
    ])
    func `a statement that names the organization is none`(sql: String) {
        #expect(violations(sql) == [])
    }

    @Test func `each file that may name tables by code does so, and no other`() {
        let named = Self.storage.filter { $0.statements.contains { $0.statement.namesTableByCode } }
        #expect(Set(named.map(\.path)) == Set(TenantSQL.tablesByCode.keys))
    }

    @Test func `a server table is read across organizations only behind a system scope`() {
        let sql = "SELECT id FROM account WHERE email = \\(email)"
        #expect(violations(sql, in: "func byEmail(_ email: String, in scope: SystemScope) async throws") == [])
        #expect(violations(sql).count == 1)
        let foreign = violations("SELECT id FROM alarm", in: "func all(in scope: SystemScope) async throws")
        #expect(foreign.count == 1)
    }

    @Test func `SQL in another room is found`() {
        let text = "let rows = query(\"SELECT id FROM alarm WHERE organization_id = \\(id)\")"
        #expect(TenantSQL.strays(in: SourceFile(path: "Sources/Web/Seeded.swift", text: text)).count == 1)
        #expect(TenantSQL.strays(in: SourceFile(path: "Sources/Storage/Seeded.swift", text: text)) == [])
    }
}
