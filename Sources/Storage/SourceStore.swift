import Database
package import Plant

/// How an organization's readings are come by.
package struct SourceConfiguration: Hashable, Sendable {
    package let id: ID<SourceConfiguration>
    package let name: String
    /// JSON.
    package let configuration: String

    package init(id: ID<SourceConfiguration>, name: String, configuration: String) {
        self.id = id
        self.name = name
        self.configuration = configuration
    }
}

/// An organization's sources, and how far each was read.
package struct SourceStore: Sendable {
    let database: any SQLDatabase

    /// Adds a source, or changes the one with that id; its cursor stays.
    ///
    /// - Throws: ``StorageError`` with `.duplicate` where another source has the name.
    package func put(_ source: SourceConfiguration, at now: Instant, in scope: OrganizationScope) async throws {
        try await database.transaction { transaction in
            let namesake = try transaction.query(
                """
                SELECT id
                FROM source
                WHERE organization_id = \(scope.id) AND name = \(source.name) AND id <> \(source.id)
                """
            )
            guard namesake.isEmpty else {
                throw StorageError(.duplicate, "there is a source '\(source.name)' already")
            }
            try transaction.execute(
                """
                INSERT INTO source (organization_id, id, name, configuration, changed_at)
                VALUES (\(scope.id), \(source.id), \(source.name), \(source.configuration), \(now))
                ON CONFLICT (organization_id, id) DO UPDATE SET
                    name = excluded.name, configuration = excluded.configuration, changed_at = excluded.changed_at
                """
            )
        }
    }

    /// By name.
    package func list(in scope: OrganizationScope) async throws -> [SourceConfiguration] {
        try await database.query(
            """
            SELECT id, name, configuration
            FROM source
            WHERE organization_id = \(scope.id)
            ORDER BY name
            """
        ).map(SourceConfiguration.init(row:))
    }

    package func byID(
        _ id: ID<SourceConfiguration>,
        in scope: OrganizationScope
    ) async throws -> SourceConfiguration? {
        try await database.query(
            """
            SELECT id, name, configuration
            FROM source
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map(SourceConfiguration.init(row:))
    }

    /// Forgets the source and its cursor; what it delivered stays.
    ///
    /// - Returns: Whether it was there.
    package func remove(_ id: ID<SourceConfiguration>, in scope: OrganizationScope) async throws -> Bool {
        try await database.transaction { transaction in
            try transaction.execute(
                "DELETE FROM source_cursor WHERE organization_id = \(scope.id) AND source_id = \(id)"
            )
            return try transaction.execute(
                "DELETE FROM source WHERE organization_id = \(scope.id) AND id = \(id)"
            ) == 1
        }
    }

    /// Lets the source begin anew under another id, so that a batch that is on its way can't move its cursor.
    ///
    /// - Throws: ``StorageError`` with `.notFound` where the organization has no such source.
    package func rewind(
        _ id: ID<SourceConfiguration>,
        as fresh: ID<SourceConfiguration>,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction { transaction in
            try transaction.execute(
                "DELETE FROM source_cursor WHERE organization_id = \(scope.id) AND source_id = \(id)"
            )
            let changed = try transaction.execute(
                """
                UPDATE source
                SET id = \(fresh), changed_at = \(now)
                WHERE organization_id = \(scope.id) AND id = \(id)
                """
            )
            guard changed == 1 else { throw StorageError(.notFound, "there is no such source") }
        }
    }

    /// How far the source was read; the start where nothing was.
    package func cursor(of id: ID<SourceConfiguration>, in scope: OrganizationScope) async throws -> Cursor {
        try await database.query(
            "SELECT position FROM source_cursor WHERE organization_id = \(scope.id) AND source_id = \(id)"
        ).first?.decode("position") ?? .start
    }

    /// - Throws: `DatabaseError` with `.constraint` where the organization has no such source.
    static func move(
        _ id: ID<SourceConfiguration>,
        to cursor: Cursor,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO source_cursor (organization_id, source_id, position, moved_at)
            VALUES (\(scope.id), \(id), \(cursor), \(now))
            ON CONFLICT (organization_id, source_id) DO UPDATE SET
                position = excluded.position, moved_at = excluded.moved_at
            """
        )
    }
}

extension SourceConfiguration {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.decode("id"),
            name: try row.decode("name"),
            configuration: try row.decode("configuration")
        )
    }
}
