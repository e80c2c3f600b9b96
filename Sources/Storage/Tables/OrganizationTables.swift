package import Database
package import Plant

/// All tables that hold something of organizations, as the database describes itself: what backups contain and what an
/// erasure empties, so that a new table is in both without anybody thinking of it.
package struct OrganizationTables: Sendable {
    /// Whoever is referred to stands before whoever refers to him.
    package let all: [OrganizationTable]

    /// Tables that hold nothing of any organization, though some name one.
    package static let ofServer: Set<String> = [
        "schema_migration", "erasure", "keyring", "server_audit_entry", "server_audit_head", "audit_erasure",
    ]

    /// See ``OrganizationTable/holdsCredentials``; among kept answers are such as showed a new key, once.
    static let credentials: Set<String> = [
        "refresh_session", "login_session", "api_key", "recovery_code", "kept_answer",
    ]

    private static let root = "organization"
    private static let column = "organization_id"

    /// - Throws: `DatabaseError`; ``StorageError`` with `.invalid` for tables that refer to each other in a circle.
    package init(_ reader: any SQLReader) throws {
        var waiting = try reader.tables().filter { !Self.ofServer.contains($0.name) }
        let names = Set(waiting.map(\.name))
        var known: [OrganizationTable] = []
        while !waiting.isEmpty {
            let placed = Set(known.map(\.name))
            let next = waiting.firstIndex { table in
                table.references.allSatisfy {
                    $0.table == table.name || placed.contains($0.table) || !names.contains($0.table)
                }
            }
            guard let next else {
                throw StorageError(.invalid, "tables refer to each other in a circle: \(waiting.map(\.name))")
            }
            let table = waiting.remove(at: next)
            guard let membership = Self.membership(of: table, known) else {
                throw StorageError(
                    .invalid,
                    "the table '\(table.name)' says neither whose its rows are nor that they are the server's"
                )
            }
            known.append(
                OrganizationTable(
                    name: table.name,
                    columns: table.columns,
                    key: table.key.filter { $0 != Self.column },
                    membership: membership
                )
            )
        }
        all = known
    }

    private static func membership(
        of table: SQLTable,
        _ known: [OrganizationTable]
    ) -> OrganizationTable.Membership? {
        if table.name == root { return .column("id") }
        if table.columns.contains(where: { $0.name == column }) { return .column(column) }
        for reference in table.references where reference.columns.count == 1 {
            guard let parent = known.first(where: { $0.name == reference.table }) else { continue }
            guard let target = reference.targets.first ?? parent.key.first else { continue }
            return .reference(reference.columns[0], to: parent, target: target)
        }
        return nil
    }

    /// How many rows the organization has in each table.
    package func counts(in scope: OrganizationScope, _ reader: any SQLReader) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for table in all { counts[table.name] = try table.count(in: scope, reader) }
        return counts
    }

    /// Deletes all that the organization has, itself with it; in one go, which is for what is small.
    ///
    /// - Returns: How many rows of each table; none of those that had none.
    func deleteAll(in scope: OrganizationScope, _ transaction: any SQLTransaction) throws -> [String: Int] {
        try Self.erasing(in: scope, transaction) {
            var counts: [String: Int] = [:]
            for table in all.reversed() {
                let count = try table.deleteAll(in: scope, transaction)
                if count > 0 { counts[table.name] = count }
            }
            return counts
        }
    }

    /// Lets what is else never removed, as audit entries are not, be removed for as long as the body runs.
    static func erasing<Value>(
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction,
        _ body: () throws -> Value
    ) throws -> Value {
        try transaction.execute("INSERT INTO audit_erasure (organization_id) VALUES (\(scope.id))")
        let value = try body()
        try transaction.execute("DELETE FROM audit_erasure WHERE organization_id = \(scope.id)")
        return value
    }
}
