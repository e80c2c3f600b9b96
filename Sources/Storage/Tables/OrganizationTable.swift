package import Database
package import Plant

/// A table with rows of organizations, and by what they are known to be one's.
package struct OrganizationTable: Sendable {
    /// What makes a row an organization's.
    indirect enum Membership: Sendable {
        /// A column holds the organization's id.
        case column(String)
        /// A column names a row of another table, which is the organization's.
        case reference(String, to: OrganizationTable, target: String)
    }

    package let name: String
    let columns: [SQLTable.Column]
    /// What tells an organization's rows apart: the primary key without the organization.
    let key: [String]
    let membership: Membership

    /// The condition under which a row is the organization's.
    func rows(of scope: OrganizationScope) -> SQL {
        switch membership {
        case .column(let column): "\(identifier: column) = \(scope.id)"
        case .reference(let column, let table, let target):
            """
            \(identifier: column) IN (
                SELECT \(identifier: target)
                FROM \(identifier: table.name)
                WHERE \(table.rows(of: scope))
            )
            """
        }
    }

    /// Secrets by which somebody or something gets in; nobody gets them back from a backup, where one that was revoked
    /// since would be good again.
    package var holdsCredentials: Bool { OrganizationTables.credentials.contains(name) }

    /// How many rows the organization has.
    package func count(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Int {
        try reader.query("SELECT COUNT(*) AS count FROM \(identifier: name) WHERE \(rows(of: scope))").first?
            .decode("count") ?? 0
    }

    /// Deletes some of the organization's rows, in the order of their keys.
    ///
    /// - Returns: How many there were, and whether there may be more.
    func deleteSome(
        _ countMax: Int,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> (count: Int, isMore: Bool) {
        guard !key.isEmpty else { return (try deleteAll(in: scope, transaction), false) }
        let columns = SQL.joined(key.map { SQL(identifier: $0) }, by: ", ")
        let last = try transaction.query(
            """
            SELECT \(columns)
            FROM \(identifier: name)
            WHERE \(rows(of: scope))
            ORDER BY \(columns)
            LIMIT 1 OFFSET \(countMax - 1)
            """
        ).first
        guard let last else { return (try deleteAll(in: scope, transaction), false) }
        let values = SQL.joined(last.values.map { "\($0)" }, by: ", ")
        let count = try transaction.execute(
            "DELETE FROM \(identifier: name) WHERE \(rows(of: scope)) AND (\(columns)) <= (\(values))"
        )
        return (count, true)
    }

    /// Deletes all of the organization's rows.
    func deleteAll(in scope: OrganizationScope, _ transaction: any SQLTransaction) throws -> Int {
        try transaction.execute("DELETE FROM \(identifier: name) WHERE \(rows(of: scope))")
    }
}
