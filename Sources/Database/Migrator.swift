/// One step from an older layout of the tables to a newer one; never changed once it is out.
package struct Migration: Sendable {
    package let number: Int
    package let name: String
    package let statements: [SQL]

    package init(number: Int, name: String, statements: [SQL]) {
        self.number = number
        self.name = name
        self.statements = statements
    }
}

/// Brings a database's tables up to date: step by step, each in a transaction of its own.
package struct Migrator: Sendable {
    private let migrations: [Migration]

    /// - Parameter migrations: Numbered from 1 without a gap.
    package init(_ migrations: [Migration]) {
        precondition(migrations.map(\.number) == Array(1...migrations.count), "migrations are numbered from 1")
        self.migrations = migrations
    }

    /// - Returns: The numbers of the migrations that were still missing.
    /// - Throws: ``DatabaseError`` with `.tooNew` where the database has migrations that are not known here, and with
    ///   `.corrupt` where one of its migrations has another name here.
    @discardableResult
    package func migrate(_ database: any SQLDatabase) async throws -> [Int] {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    number \(type: .integer) NOT NULL PRIMARY KEY,
                    name \(type: .text) NOT NULL
                )
                """
            )
        }
        var done: [Int] = []
        for migration in migrations {
            let isNew = try await database.transaction { try apply(migration, in: $0) }
            if isNew { done.append(migration.number) }
        }
        return done
    }

    /// Checks before it applies, in the same transaction, so that two servers that start at once apply it once.
    private func apply(_ migration: Migration, in transaction: any SQLTransaction) throws -> Bool {
        let applied = try transaction.query("SELECT number, name FROM schema_migration ORDER BY number")
        for row in applied {
            let number = try row.decode("number", as: Int.self)
            let name = try row.decode("name", as: String.self)
            guard number <= migrations.count else {
                throw DatabaseError(
                    .tooNew,
                    "the database is at migration \(number) '\(name)', this program knows \(migrations.count): "
                        + "start the newer program, or restore a backup made before it"
                )
            }
            guard migrations[number - 1].name == name else {
                throw DatabaseError(
                    .corrupt,
                    "migration \(number) of the database is '\(name)' and not '\(migrations[number - 1].name)': "
                        + "is it another program's file?"
                )
            }
        }
        guard applied.count < migration.number else { return false }
        for statement in migration.statements { try transaction.execute(statement) }
        try transaction.execute(
            "INSERT INTO schema_migration (number, name) VALUES (\(migration.number), \(migration.name))"
        )
        return true
    }
}
