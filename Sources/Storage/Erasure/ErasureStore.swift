import Database
import Foundation
package import Plant
package import Trust

/// Organizations that are to be erased, that are being erased, and that were: the store is the queue, so that whoever
/// runs the server finishes what another one began.
package struct ErasureStore: Sendable {
    let database: any SQLDatabase

    /// Asks for an organization to be erased; asked again, it is the one that goes on or has ended.
    ///
    /// - Throws: ``StorageError`` with `.notFound` where there is no such organization.
    package func begin(
        _ organization: ID<Organization>,
        by actor: Actor,
        at now: Instant,
        in scope: SystemScope
    ) async throws -> Erasure {
        try await database.transaction { transaction in
            if let known = try Self.erasure(of: organization, in: scope, transaction) { return known }
            let row = try transaction.query("SELECT slug FROM organization WHERE id = \(organization)").first
            guard let row else { throw StorageError(.notFound, "there is no organization \(organization)") }
            let erasure = Erasure(
                organization: organization,
                slug: try row.decode("slug"),
                begunAt: now,
                progress: Erasure.Progress(askedBy: actor)
            )
            try transaction.execute(
                """
                INSERT INTO erasure (organization_id, slug, begun_at, progress)
                VALUES (\(organization), \(erasure.slug), \(now), \(try Self.text(erasure.progress)))
                """
            )
            return erasure
        }
    }

    package func byID(_ organization: ID<Organization>, in scope: SystemScope) async throws -> Erasure? {
        try await database.read { try Self.erasure(of: organization, in: scope, $0) }
    }

    /// The last one of an organization of that name.
    package func bySlug(_ slug: String, in scope: SystemScope) async throws -> Erasure? {
        try await database.read { try Self.erasure(called: slug, in: scope, $0) }
    }

    /// By when they were asked for: those that go on, or all.
    package func list(isUnderWay: Bool = false, in scope: SystemScope) async throws -> [Erasure] {
        let underWay: SQL = isUnderWay ? "WHERE ended_at IS NULL" : ""
        return try await database.query(
            """
            SELECT organization_id, slug, begun_at, progress, ended_at, certificate
            FROM erasure
            \(underWay)
            ORDER BY begun_at, organization_id
            """
        ).map(Erasure.init(row:))
    }

    /// Writes down what is known, on the organization's own erasure.
    package func note(
        in scope: OrganizationScope,
        _ change: @Sendable @escaping (inout Erasure.Progress) -> Void
    ) async throws {
        try await database.transaction { try Self.note(in: scope, $0, change) }
    }

    /// Writes down where the organization's audit chain ends; once.
    package func noteAuditChain(in scope: OrganizationScope) async throws {
        try await database.transaction { transaction in
            let last = try AuditStore.last(in: scope, transaction)
            try Self.note(in: scope, transaction) { progress in
                guard progress.auditChain == nil, last.number > 0 else { return }
                progress.auditChain = ErasureStatement.ChainEnd(number: last.number, hash: last.hash.hexadecimal)
            }
        }
    }

    /// Writes down how it ended, and tells of it in the server's audit chain: both or neither.
    package func end(
        _ certificate: String,
        tellingOf event: AuditEvent,
        at now: Instant,
        in scope: OrganizationScope,
        _ system: SystemScope
    ) async throws {
        try await database.transaction { transaction in
            try Self.end(certificate, at: now, in: scope, transaction)
            try AuditStore.append(event, at: now, in: system, transaction)
        }
    }

    /// Writes down a certificate that says more than the one before.
    package func end(_ certificate: String, at now: Instant, in scope: OrganizationScope) async throws {
        try await database.transaction { try Self.end(certificate, at: now, in: scope, $0) }
    }

    private static func end(
        _ certificate: String,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        let count = try transaction.execute(
            """
            UPDATE erasure
            SET ended_at = COALESCE(ended_at, \(now)), certificate = \(certificate)
            WHERE organization_id = \(scope.id)
            """
        )
        guard count == 1 else { throw unknown(scope) }
    }

    // MARK: - Rows

    /// The tables that an erasure empties.
    package func tables() async throws -> OrganizationTables {
        try await database.read { try OrganizationTables($0) }
    }

    /// Deletes some of the organization's rows and counts them, in one transaction; the organization itself stays.
    ///
    /// - Parameters:
    ///   - countMax: How many; others' transactions go in between.
    ///   - tables: See ``tables()``.
    ///   - scope: Whose.
    /// - Returns: How many there were; 0 once nothing but the organization is left.
    /// - Throws: `DatabaseError`; ``StorageError`` with `.notFound` where nobody asked for it.
    package func deleteSome(
        _ countMax: Int = 500,
        from tables: OrganizationTables,
        in scope: OrganizationScope
    ) async throws -> Int {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let deleted = try OrganizationTables.erasing(in: scope, transaction) {
                try Self.deleteSome(countMax, from: tables, in: scope, transaction)
            }
            if !deleted.isEmpty {
                try Self.note(in: scope, transaction) { $0.tables.merge(deleted, uniquingKeysWith: +) }
            }
            return deleted.values.reduce(0, +)
        }
    }

    /// From those who refer to others on, as many as there is room for.
    private static func deleteSome(
        _ countMax: Int,
        from tables: OrganizationTables,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> [String: Int] {
        var deleted: [String: Int] = [:]
        var rest = countMax
        for table in tables.all.reversed() where table.name != "organization" {
            var isMore = true
            while isMore, rest > 0 {
                let count: Int
                (count, isMore) = try table.deleteSome(rest, in: scope, transaction)
                if count > 0 { deleted[table.name, default: 0] += count }
                rest -= count
            }
            guard rest > 0 else { break }
        }
        return deleted
    }

    /// Deletes the organization, and with it whatever was written of it since the last look.
    package func deleteRest(at now: Instant, in scope: OrganizationScope) async throws {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let deleted = try OrganizationTables(transaction).deleteAll(in: scope, transaction)
            try Self.note(in: scope, transaction) { progress in
                progress.tables.merge(deleted, uniquingKeysWith: +)
                progress.rowsGoneAt = progress.rowsGoneAt ?? now
            }
        }
    }

    /// How many rows the organization has, in all tables.
    package func rowCount(in scope: OrganizationScope) async throws -> Int {
        try await database.read { reader in
            try OrganizationTables(reader).counts(in: scope, reader).values.reduce(0, +)
        }
    }

    /// As `SQLDatabase.compact(upTo:)`.
    package func compact(upTo byteCountMax: Int) async throws -> Bool {
        try await database.compact(upTo: byteCountMax)
    }

    // MARK: - Reading and writing

    private static func erasure(
        of organization: ID<Organization>,
        in scope: SystemScope,
        _ reader: any SQLReader
    ) throws -> Erasure? {
        try reader.query(
            """
            SELECT organization_id, slug, begun_at, progress, ended_at, certificate
            FROM erasure
            WHERE organization_id = \(organization)
            """
        ).first.map(Erasure.init(row:))
    }

    /// The last one of an organization of that name: its slug is nobody's any more.
    static func erasure(
        called slug: String,
        in scope: SystemScope,
        _ reader: any SQLReader
    ) throws -> Erasure? {
        try reader.query(
            """
            SELECT organization_id, slug, begun_at, progress, ended_at, certificate
            FROM erasure
            WHERE slug = \(slug)
            ORDER BY begun_at DESC, organization_id
            LIMIT 1
            """
        ).first.map(Erasure.init(row:))
    }

    private static func note(
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction,
        _ change: (inout Erasure.Progress) -> Void
    ) throws {
        let row = try transaction.query("SELECT progress FROM erasure WHERE organization_id = \(scope.id)").first
        guard let row else { throw unknown(scope) }
        var progress = try Erasure.Progress(text: try row.decode("progress"))
        change(&progress)
        try transaction.execute(
            "UPDATE erasure SET progress = \(try text(progress)) WHERE organization_id = \(scope.id)"
        )
    }

    private static func text(_ progress: Erasure.Progress) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(progress), as: UTF8.self)
    }

    private static func unknown(_ scope: OrganizationScope) -> StorageError {
        StorageError(.notFound, "nobody asked for the organization \(scope.id) to be erased")
    }
}

extension Erasure {
    fileprivate init(row: SQLRow) throws {
        organization = try row.decode("organization_id")
        slug = try row.decode("slug")
        begunAt = try row.decode("begun_at")
        progress = try Progress(text: try row.decode("progress"))
        endedAt = try row.decode("ended_at")
        certificate = try row.decode("certificate")
    }
}

extension Erasure.Progress {
    fileprivate init(text: String) throws {
        do { self = try JSONDecoder().decode(Self.self, from: Data(text.utf8)) } catch {
            throw StorageError(.unreadable, "an erasure's record can't be read: \(error)")
        }
    }
}
