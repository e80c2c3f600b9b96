import Database
import Plant

/// Where a backup's rows go: each of its tables among those there are now.
struct RestorePlan: Sendable {
    /// In the backup's order, each with the columns that its rows have.
    let tables: [(table: OrganizationTable, columns: SQL, organizationIndex: Int?)]

    /// - Throws: ``BackupError`` with `.otherTables` that says what fits nowhere.
    init(_ header: BackupHeader, _ known: OrganizationTables, migration: Int) throws(BackupError) {
        guard header.migration <= migration else {
            throw BackupError(
                .otherTables,
                "it was made by a newer program (\(header.version), migration \(header.migration); the tables here are at "
                    + "\(migration)): restore it with that one"
            )
        }
        guard header.migration >= BackupHeader.migrationMin else {
            throw BackupError(
                .otherTables,
                "it was made by eagle \(header.version), whose tables are too old to be restored into these: restore it "
                    + "with that program, then start this one over the data"
            )
        }
        var tables: [(table: OrganizationTable, columns: SQL, organizationIndex: Int?)] = []
        for stored in header.tables {
            guard let table = known.all.first(where: { $0.name == stored.name && !$0.holdsCredentials }) else {
                throw BackupError(.otherTables, "it has rows of a table '\(stored.name)', which is not here any more")
            }
            let names = Set(table.columns.map(\.name))
            if let stranger = stored.columns.first(where: { !names.contains($0) }) {
                throw BackupError(
                    .otherTables,
                    "its table '\(stored.name)' has a column '\(stranger)', which is not here any more"
                )
            }
            if let missing = table.columns.first(where: { $0.isRequired && !stored.columns.contains($0.name) }) {
                throw BackupError(
                    .otherTables,
                    "its table '\(stored.name)' has no column '\(missing.name)', which must have a value here"
                )
            }
            var index: Int?
            if case .column(let column) = table.membership { index = stored.columns.firstIndex(of: column) }
            tables.append((table, SQL.joined(stored.columns.map { SQL(identifier: $0) }, by: ", "), index))
        }
        self.tables = tables
    }

    /// Says of the rows what a backup from before its column has only in others.
    func complete(in scope: OrganizationScope, _ transaction: any SQLTransaction) throws {
        try transaction.execute(
            """
            UPDATE alarm
            SET is_foretold = 1
            WHERE organization_id = \(scope.id) AND is_foretold = 0 AND id IN (
                SELECT alarm_id
                FROM alarm_cause
                WHERE organization_id = \(scope.id) AND source = 'prediction'
            )
            """
        )
    }

    /// Puts a row into its place.
    ///
    /// - Throws: ``BackupError`` with `.unreadable` for one that says to be another organization's.
    func insert(
        _ values: [SQLValue],
        at index: Int,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        let (table, columns, organizationIndex) = tables[index]
        if let organizationIndex, values[organizationIndex] != .text(scope.id.description) {
            throw BackupError(.unreadable, "its table '\(table.name)' has a row of another organization")
        }
        let bound = SQL.joined(values.map { "\($0)" }, by: ", ")
        try transaction.execute("INSERT INTO \(identifier: table.name) (\(columns)) VALUES (\(bound))")
    }
}
