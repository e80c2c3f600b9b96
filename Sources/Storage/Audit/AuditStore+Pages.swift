import Database
package import Plant
package import Trust

/// Which entries are asked for; all that is said must fit.
package struct AuditFilter: Hashable, Sendable {
    package var action: AuditAction?
    /// As ``Actor/text`` writes it.
    package var actor: String?
    package var resource: String?
    package var from: Instant?
    /// Left out itself.
    package var to: Instant?

    package init(
        action: AuditAction? = nil,
        actor: String? = nil,
        resource: String? = nil,
        from: Instant? = nil,
        to: Instant? = nil
    ) {
        self.action = action
        self.actor = actor
        self.resource = resource
        self.from = from
        self.to = to
    }

    /// What a row must be, and be before; it follows a condition.
    fileprivate func condition(after key: String?) throws -> SQL {
        var condition: SQL = "1 = 1"
        if let action { condition = "\(condition) AND action = \(action.rawValue)" }
        if let actor { condition = "\(condition) AND actor = \(actor)" }
        if let resource { condition = "\(condition) AND resource = \(resource)" }
        if let from { condition = "\(condition) AND at >= \(from)" }
        // One bound at the upper end: of two, the index might be entered by the one further from the page.
        if let key {
            let place = try PageKey(key)
            guard let number = Int64(place.rest) else {
                throw StorageError(.invalidKey, "no page ends there: use the key that the page before handed out")
            }
            guard place.instant >= to ?? .distantFuture else {
                return "\(condition) AND (at, number) < (\(place.instant), \(number))"
            }
        }
        return to.map { "\(condition) AND at < \($0)" } ?? condition
    }
}

extension AuditStore {
    static let columns: SQL = "number, at, actor, action, resource, metadata, previous_hash, hash"

    /// The newest first, at most ``PageLimit/max``, from where ``Page/next`` of the page before says.
    package func page(
        _ filter: AuditFilter = AuditFilter(),
        after key: String? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> Page<AuditEntry> {
        let limit = PageLimit.clamped(limit)
        let condition = try filter.condition(after: key)
        let rows = try await database.query(
            """
            SELECT \(Self.columns)
            FROM audit_entry
            WHERE organization_id = \(scope.id) AND \(condition)
            ORDER BY at DESC, number DESC
            LIMIT \(limit + 1)
            """
        )
        return try Self.page(of: rows, limit: limit, in: .organization(scope.id))
    }

    /// The same of the server's own chain.
    package func page(
        _ filter: AuditFilter = AuditFilter(),
        after key: String? = nil,
        limit: Int,
        in scope: SystemScope
    ) async throws -> Page<AuditEntry> {
        let limit = PageLimit.clamped(limit)
        let condition = try filter.condition(after: key)
        let rows = try await database.query(
            """
            SELECT \(Self.columns)
            FROM server_audit_entry
            WHERE \(condition)
            ORDER BY at DESC, number DESC
            LIMIT \(limit + 1)
            """
        )
        return try Self.page(of: rows, limit: limit, in: .server)
    }

    package func page(
        _ filter: AuditFilter = AuditFilter(),
        after key: String? = nil,
        limit: Int,
        in place: AuditPlace
    ) async throws -> Page<AuditEntry> {
        switch place {
        case .organization(let scope): try await page(filter, after: key, limit: limit, in: scope)
        case .server(let scope): try await page(filter, after: key, limit: limit, in: scope)
        }
    }

    private static func page(of rows: [SQLRow], limit: Int, in chain: AuditChain) throws -> Page<AuditEntry> {
        let found = try rows.map { try AuditEntry(row: $0, in: chain) }
        let entries = Array(found.prefix(limit))
        guard found.count > limit, let last = entries.last else { return Page(elements: entries, next: nil) }
        return Page(elements: entries, next: PageKey(last.at, String(last.number)).text)
    }

    /// Entries by number, from the one behind `number` up to `last`; fewer than `limit` only at the end.
    func entries(
        after number: Int64,
        through last: Int64,
        limit: Int,
        in place: AuditPlace
    ) async throws -> [AuditEntry] {
        let rows: [SQLRow]
        switch place {
        case .organization(let scope):
            rows = try await database.query(
                """
                SELECT \(Self.columns)
                FROM audit_entry
                WHERE organization_id = \(scope.id) AND number > \(number) AND number <= \(last)
                ORDER BY number
                LIMIT \(limit)
                """
            )
        case .server:
            rows = try await database.query(
                """
                SELECT \(Self.columns)
                FROM server_audit_entry
                WHERE number > \(number) AND number <= \(last)
                ORDER BY number
                LIMIT \(limit)
                """
            )
        }
        return try rows.map { try AuditEntry(row: $0, in: place.chain) }
    }
}

extension AuditEntry {
    init(row: SQLRow, in chain: AuditChain) throws {
        self.init(
            chain: chain,
            number: try row.decode("number"),
            at: try row.decode("at"),
            actor: try row.decode("actor"),
            action: try row.decode("action"),
            resource: try row.decode("resource"),
            metadata: try JSONText.decoded(
                [String: String].self,
                try row.decode("metadata", as: String.self),
                from: "audit entry's metadata"
            ),
            previous: try row.decode("previous_hash"),
            hash: try row.decode("hash")
        )
    }
}
