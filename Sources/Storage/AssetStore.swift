import Database
package import Plant

/// The machines of an organization.
package struct AssetStore: Sendable {
    let database: any SQLDatabase

    /// The assets of these names, made where they are not there yet.
    ///
    /// - Returns: One per name, in the names' order.
    package func ensure(_ names: [String], in scope: OrganizationScope) async throws -> [Asset] {
        try await database.transaction { transaction in
            var directory = AssetDirectory(scope: scope)
            return try names.map { Asset(id: try directory.id(of: $0, in: transaction), name: $0) }
        }
    }

    /// By name.
    package func list(in scope: OrganizationScope) async throws -> [Asset] {
        try await database.query(
            """
            SELECT id, name
            FROM asset
            WHERE organization_id = \(scope.id)
            ORDER BY name
            """
        ).map(Asset.init(row:))
    }

    package func byID(_ id: ID<Asset>, in scope: OrganizationScope) async throws -> Asset? {
        try await database.query(
            """
            SELECT id, name
            FROM asset
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map(Asset.init(row:))
    }

    package func byName(_ name: String, in scope: OrganizationScope) async throws -> Asset? {
        try await database.query(
            """
            SELECT id, name
            FROM asset
            WHERE organization_id = \(scope.id) AND name = \(name)
            """
        ).first.map(Asset.init(row:))
    }
}

/// Finds assets by name within one transaction, and makes those that are not there.
struct AssetDirectory {
    let scope: OrganizationScope
    private var known: [String: ID<Asset>] = [:]

    init(scope: OrganizationScope) { self.scope = scope }

    mutating func id(of name: String, in transaction: any SQLTransaction) throws -> ID<Asset> {
        if let id = known[name] { return id }
        let found = try transaction.query(
            "SELECT id FROM asset WHERE organization_id = \(scope.id) AND name = \(name)"
        ).first
        let id: ID<Asset>
        if let found {
            id = try found.decode("id")
        } else {
            var generator = SystemRandomNumberGenerator()
            id = .random(using: &generator)
            try transaction.execute(
                "INSERT INTO asset (organization_id, id, name) VALUES (\(scope.id), \(id), \(name))"
            )
        }
        known[name] = id
        return id
    }
}

extension Asset {
    fileprivate init(row: SQLRow) throws {
        self.init(id: try row.decode("id"), name: try row.decode("name"))
    }
}
