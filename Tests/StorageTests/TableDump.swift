import Database
import Plant

@testable import Storage

/// All rows of an organization, table by table, as the database has them, but for a lane's last alert: a restore moves
/// it on.
struct TableDump: Equatable, Sendable {
    let tables: [String: [[SQLValue]]]

    init(_ database: any SQLDatabase, in scope: OrganizationScope) async throws {
        tables = try await database.read { reader in
            var tables: [String: [[SQLValue]]] = [:]
            for table in try OrganizationTables(reader).all {
                let columns = table.columns.map(\.name).filter { table.name != "lane" || $0 != "alert_sequence" }
                let names = SQL.joined(columns.map { SQL(identifier: $0) }, by: ", ")
                tables[table.name] = try reader.query(
                    "SELECT \(names) FROM \(identifier: table.name) WHERE \(table.rows(of: scope))"
                ).map(\.values).sorted { String(describing: $0) < String(describing: $1) }
            }
            return tables
        }
    }

    var rowCount: Int { tables.values.reduce(0) { $0 + $1.count } }

    /// Without what lets people and machines in.
    var withoutCredentials: [String: [[SQLValue]]] {
        tables.filter { !OrganizationTables.credentials.contains($0.key) }
    }

    /// Where the other differs, for a test's message.
    func differences(to other: TableDump) -> [String] {
        tables.keys.filter { tables[$0] != other.tables[$0] }.sorted()
    }
}
