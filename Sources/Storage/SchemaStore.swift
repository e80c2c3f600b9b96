import Database
package import Plant
package import Trust

/// One version of an organization's schema document.
package struct StoredSchema: Hashable, Sendable {
    package let version: Int
    /// JSON.
    package let document: String
    /// As the plant's records name him, whatever becomes of him; nil where the server made it by itself, or where names
    /// were not kept yet.
    package let author: String?
    /// Whose account put it, of those from before names were kept.
    package let createdBy: ID<User>?
    package let createdAt: Instant
}

/// The versions of an organization's schema document: none is ever changed, readings name the one they came under.
package struct SchemaStore: Sendable {
    let database: any SQLDatabase

    /// - Parameters:
    ///   - document: JSON.
    ///   - author: Who puts it, as the plant's records name him; nil where the server makes it by itself.
    ///   - startsPrediction: Whether the organization's first document switches predictions on; later ones never do.
    ///   - now: When.
    ///   - scope: Whose.
    /// - Returns: The document's version, from 1; the current one's where the document is that already.
    /// - Throws: ``StorageError`` with `.notFound` where there is no organization to switch.
    package func put(
        _ document: String,
        by author: String? = nil,
        startingPrediction startsPrediction: Bool = false,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> Int {
        try await database.transaction { transaction in
            let current = try transaction.query(
                """
                SELECT version, document
                FROM signal_schema
                WHERE organization_id = \(scope.id)
                ORDER BY version DESC
                LIMIT 1
                \(clause: .forUpdate)
                """
            ).first
            let version = try current?.decode("version", as: Int.self) ?? 0
            if let current, try current.decode("document", as: String.self) == document { return version }
            try transaction.execute(
                """
                INSERT INTO signal_schema (organization_id, version, document, author, created_at)
                VALUES (\(scope.id), \(version + 1), \(document), \(author), \(now))
                """
            )
            if current == nil, startsPrediction {
                try OrganizationStore.setPredictionEnabled(true, in: scope, transaction)
            }
            return version + 1
        }
    }

    package func current(in scope: OrganizationScope) async throws -> StoredSchema? {
        try await database.query(
            """
            SELECT version, document, author, created_by, created_at
            FROM signal_schema
            WHERE organization_id = \(scope.id)
            ORDER BY version DESC
            LIMIT 1
            """
        ).first.map(StoredSchema.init(row:))
    }

    package func version(_ number: Int, in scope: OrganizationScope) async throws -> StoredSchema? {
        try await database.query(
            """
            SELECT version, document, author, created_by, created_at
            FROM signal_schema
            WHERE organization_id = \(scope.id) AND version = \(number)
            """
        ).first.map(StoredSchema.init(row:))
    }

    /// Newest first, those before a version; at most ``PageLimit/max``.
    package func page(before version: Int? = nil, limit: Int, in scope: OrganizationScope) async throws
        -> [StoredSchema]
    {
        try await database.query(
            """
            SELECT version, document, author, created_by, created_at
            FROM signal_schema
            WHERE organization_id = \(scope.id) AND version < \(version ?? .max)
            ORDER BY version DESC
            LIMIT \(PageLimit.clamped(limit))
            """
        ).map(StoredSchema.init(row:))
    }

    /// Oldest first.
    package func all(in scope: OrganizationScope) async throws -> [StoredSchema] {
        try await database.query(
            """
            SELECT version, document, author, created_by, created_at
            FROM signal_schema
            WHERE organization_id = \(scope.id)
            ORDER BY version
            """
        ).map(StoredSchema.init(row:))
    }
}

extension StoredSchema {
    fileprivate init(row: SQLRow) throws {
        self.init(
            version: try row.decode("version"),
            document: try row.decode("document"),
            author: try row.decode("author"),
            createdBy: try row.decode("created_by"),
            createdAt: try row.decode("created_at")
        )
    }
}
