import Database
package import Plant
import Trust

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
///
/// Their configuration may hold what lets one in there: it is sealed as a whole.
package struct SourceStore: Sendable {
    let database: any SQLDatabase
    let keyring: Keyring

    /// Adds a source, or changes the one with that id; its cursor stays.
    ///
    /// - Throws: ``StorageError`` with `.duplicate` where another source has the name.
    package func put(_ source: SourceConfiguration, at now: Instant, in scope: OrganizationScope) async throws {
        let sealed = try await sealed(source.configuration, of: source.id, in: scope)
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
                VALUES (\(scope.id), \(source.id), \(source.name), \(sealed), \(now))
                ON CONFLICT (organization_id, id) DO UPDATE SET
                    name = excluded.name, configuration = excluded.configuration, changed_at = excluded.changed_at
                """
            )
        }
    }

    /// By name.
    package func list(in scope: OrganizationScope) async throws -> [SourceConfiguration] {
        let rows = try await database.query(
            """
            SELECT id, name, configuration
            FROM source
            WHERE organization_id = \(scope.id)
            ORDER BY name
            """
        )
        var sources: [SourceConfiguration] = []
        for row in rows { sources.append(try await opened(row, in: scope)) }
        return sources
    }

    package func byID(
        _ id: ID<SourceConfiguration>,
        in scope: OrganizationScope
    ) async throws -> SourceConfiguration? {
        let row = try await database.query(
            """
            SELECT id, name, configuration
            FROM source
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first
        guard let row else { return nil }
        return try await opened(row, in: scope)
    }

    /// Forgets sources whose configuration nobody can open any more, and their cursors.
    ///
    /// - Throws: `KeyError` where it is the keys that are missing, and not the sources that are damaged.
    package func removeUnreadable(in scope: OrganizationScope) async throws {
        let rows = try await database.query(
            """
            SELECT id, name, configuration
            FROM source
            WHERE organization_id = \(scope.id)
            ORDER BY name
            """
        )
        for row in rows {
            do { _ = try await opened(row, in: scope) } catch let error as KeyError where !error.isOfServer {
                _ = try await remove(try row.decode("id"), in: scope)
            }
        }
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
    /// - Throws: ``StorageError`` with `.notFound` where the organization has no such source, with `.cursorMoved` where
    ///   somebody else changed it at the same time.
    package func rewind(
        _ id: ID<SourceConfiguration>,
        as fresh: ID<SourceConfiguration>,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        let row = try await database.query(
            "SELECT id, name, configuration FROM source WHERE organization_id = \(scope.id) AND id = \(id)"
        ).first
        guard let row else { throw StorageError(.notFound, "there is no such source") }
        let former: String = try row.decode("configuration")
        // It is sealed under the source's id.
        let sealed = try await sealed(opened(row, in: scope).configuration, of: fresh, in: scope)
        try await database.transaction { transaction in
            try transaction.execute(
                "DELETE FROM source_cursor WHERE organization_id = \(scope.id) AND source_id = \(id)"
            )
            let changed = try transaction.execute(
                """
                UPDATE source
                SET id = \(fresh), configuration = \(sealed), changed_at = \(now)
                WHERE organization_id = \(scope.id) AND id = \(id) AND configuration = \(former)
                """
            )
            guard changed == 1 else { throw StorageError(.cursorMoved, "the source was changed meanwhile: try again") }
        }
    }

    private func sealed(
        _ configuration: String,
        of id: ID<SourceConfiguration>,
        in scope: OrganizationScope
    ) async throws -> String {
        try await keyring.sealedText(configuration, as: .source, named: id.description, in: scope)
    }

    private func opened(_ row: SQLRow, in scope: OrganizationScope) async throws -> SourceConfiguration {
        let id: ID<SourceConfiguration> = try row.decode("id")
        return SourceConfiguration(
            id: id,
            name: try row.decode("name"),
            configuration: try await keyring.openedText(
                try row.decode("configuration"),
                as: .source,
                named: id.description,
                in: scope
            )
        )
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
