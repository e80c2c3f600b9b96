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

    /// How many numbers are left out: more alerts than are told between a backup and its restore.
    static let skippedAlerts: Int64 = 1_000_000

    /// The newest alert's number; 0 where there is none.
    static func lastAlert(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Int64 {
        try reader.query(
            "SELECT alert_sequence FROM lane WHERE organization_id = \(scope.id)"
        ).first?.decode("alert_sequence") ?? 0
    }

    /// Moves the alerts' numbers on, past what was told since the backup was made.
    ///
    /// Receivers know repetitions by keys, and streams their place, by these numbers: a new alert under one that was
    /// told already would be dropped.
    ///
    /// - Parameters:
    ///   - former: The newest alert's number before the restore; 0 where nobody knows any more.
    ///   - scope: The organization, whose rows are in their places.
    ///   - transaction: That of the restore.
    /// - Throws: `DatabaseError`.
    func skipAlerts(
        after former: Int64,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        let next = try max(former, Self.lastAlert(in: scope, transaction)) + Self.skippedAlerts
        try transaction.execute(
            """
            INSERT INTO lane (organization_id, read_sequence, alert_sequence, prediction_sequence, committed_at)
            SELECT o.id, 0, \(next), 0, o.created_at
            FROM organization o
            WHERE o.id = \(scope.id)
            ON CONFLICT (organization_id) DO UPDATE SET alert_sequence = excluded.alert_sequence
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
