import Database
package import Plant
package import Trust

/// The tenants.
package struct OrganizationStore: Sendable {
    let database: any SQLDatabase

    /// - Throws: ``StorageError`` with `.duplicate` where the slug is taken, or was that of an organization that was
    ///   erased: settings that name it are not to pass to another.
    package func create(
        slug: String,
        name: String,
        at now: Instant,
        in scope: SystemScope
    ) async throws -> Organization {
        var generator = SystemRandomNumberGenerator()
        let organization = Organization(id: .random(using: &generator), slug: slug, name: name)
        let count = try await database.transaction { transaction in
            if let former = try ErasureStore.erasure(called: slug, in: scope, transaction) {
                let state = former.endedAt == nil ? "is being erased" : "was erased"
                throw StorageError(
                    .duplicate,
                    "the slug '\(slug)' is that of an organization that \(state), and is never given again, for the "
                        + "server's settings may still name it: choose another"
                )
            }
            return try transaction.execute(
                """
                INSERT INTO organization (id, slug, name, prediction_enabled, created_at)
                VALUES (\(organization.id), \(slug), \(name), \(false), \(now))
                ON CONFLICT (slug) DO NOTHING
                """
            )
        }
        guard count == 1 else { throw StorageError(.duplicate, "there is an organization '\(slug)' already") }
        return organization
    }

    /// By slug.
    package func all(in scope: SystemScope) async throws -> [Organization] {
        try await database.query(
            """
            SELECT id, slug, name, prediction_enabled
            FROM organization
            ORDER BY slug
            """
        ).map(Organization.init(row:))
    }

    package func bySlug(_ slug: String, in scope: SystemScope) async throws -> Organization? {
        try await database.query(
            """
            SELECT id, slug, name, prediction_enabled
            FROM organization
            WHERE slug = \(slug)
            """
        ).first.map(Organization.init(row:))
    }

    package func byID(_ id: ID<Organization>, in scope: SystemScope) async throws -> Organization? {
        try await organization(id)
    }

    /// - Throws: ``StorageError`` with `.notFound` where the scope's organization is not there any more.
    package func organization(in scope: OrganizationScope) async throws -> Organization {
        guard let organization = try await organization(scope.id) else {
            throw StorageError(.notFound, "there is no organization \(scope.id)")
        }
        return organization
    }

    /// - Throws: ``StorageError`` with `.notFound` where the scope's organization is not there any more.
    package func setPredictionEnabled(_ isEnabled: Bool, in scope: OrganizationScope) async throws {
        try await database.transaction { transaction in
            try Self.setPredictionEnabled(isEnabled, in: scope, transaction)
        }
    }

    static func setPredictionEnabled(
        _ isEnabled: Bool,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        let count = try transaction.execute(
            """
            UPDATE organization
            SET prediction_enabled = \(isEnabled)
            WHERE id = \(scope.id)
            """
        )
        guard count == 1 else { throw StorageError(.notFound, "there is no organization \(scope.id)") }
    }

    private func organization(_ id: ID<Organization>) async throws -> Organization? {
        try await database.query(
            """
            SELECT id, slug, name, prediction_enabled
            FROM organization
            WHERE id = \(id)
            """
        ).first.map(Organization.init(row:))
    }
}

extension Organization {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.decode("id"),
            slug: try row.decode("slug"),
            name: try row.decode("name"),
            predictionEnabled: try row.decode("prediction_enabled")
        )
    }
}
