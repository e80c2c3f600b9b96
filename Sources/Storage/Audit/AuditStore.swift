package import Database
import Foundation
package import Plant
package import Trust

/// What happened: a chain of entries for each organization, and one of the server's own.
///
/// An entry takes its number and the hash before it within the transaction that adds it, so that any number of writers
/// make one chain without gaps. To add one costs two statements.
package struct AuditStore: Sendable {
    let database: any SQLDatabase

    /// Adds an entry to an organization's chain.
    ///
    /// - Throws: `DatabaseError`; with `.constraint` where the organization is not there any more.
    @discardableResult
    package func append(_ event: AuditEvent, at now: Instant, in scope: OrganizationScope) async throws -> AuditEntry {
        try await database.transaction(of: scope.id.rawValue) { try Self.append(event, at: now, in: scope, $0) }
    }

    /// Adds an entry to the server's own chain.
    @discardableResult
    package func append(_ event: AuditEvent, at now: Instant, in scope: SystemScope) async throws -> AuditEntry {
        try await database.transaction { try Self.append(event, at: now, in: scope, $0) }
    }

    @discardableResult
    package func append(_ event: AuditEvent, at now: Instant, in place: AuditPlace) async throws -> AuditEntry {
        switch place {
        case .organization(let scope): try await append(event, at: now, in: scope)
        case .server(let scope): try await append(event, at: now, in: scope)
        }
    }

    /// Adds an entry within the transaction that does what it tells of: both are kept, or neither.
    @discardableResult
    package static func append(
        _ event: AuditEvent,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> AuditEntry {
        let last = try last(in: scope, transaction)
        let chain = AuditChain.organization(scope.id)
        let entry = AuditEntry(event.composed, after: last.number, last.hash, at: now, in: chain)
        try transaction.execute(
            """
            INSERT INTO audit_entry (
                organization_id, number, at, actor, action, resource, metadata, previous_hash, hash
            )
            VALUES (
                \(scope.id), \(entry.number), \(entry.at), \(entry.actor), \(entry.action), \(entry.resource),
                \(try JSONText.encoded(entry.metadata)), \(entry.previous), \(entry.hash)
            )
            """
        )
        return entry
    }

    /// The same for the server's own chain.
    @discardableResult
    package static func append(
        _ event: AuditEvent,
        at now: Instant,
        in scope: SystemScope,
        _ transaction: any SQLTransaction
    ) throws -> AuditEntry {
        let last = try last(in: scope, transaction)
        let entry = AuditEntry(event.composed, after: last.number, last.hash, at: now, in: .server)
        try transaction.execute(
            """
            INSERT INTO server_audit_entry (number, at, actor, action, resource, metadata, previous_hash, hash)
            VALUES (
                \(entry.number), \(entry.at), \(entry.actor), \(entry.action), \(entry.resource),
                \(try JSONText.encoded(entry.metadata)), \(entry.previous), \(entry.hash)
            )
            """
        )
        return entry
    }

    /// Where a chain ends.
    struct End: Sendable {
        /// 0 for an empty chain.
        let number: Int64
        let hash: AuditHash

        init(row: SQLRow?) throws {
            number = try row?.decode("number") ?? 0
            hash = try row?.decode("hash") ?? .none
        }
    }

    static func last(in scope: OrganizationScope, _ reader: any SQLReader) throws -> End {
        try End(
            row: reader.query(
                """
                SELECT number, hash
                FROM audit_entry
                WHERE organization_id = \(scope.id)
                ORDER BY number DESC
                LIMIT 1
                \(clause: .forUpdate)
                """
            ).first
        )
    }

    static func last(in scope: SystemScope, _ reader: any SQLReader) throws -> End {
        try End(
            row: reader.query(
                """
                SELECT number, hash
                FROM server_audit_entry
                ORDER BY number DESC
                LIMIT 1
                \(clause: .forUpdate)
                """
            ).first
        )
    }

    static func last(in place: AuditPlace, _ reader: any SQLReader) throws -> End {
        switch place {
        case .organization(let scope): try last(in: scope, reader)
        case .server(let scope): try last(in: scope, reader)
        }
    }
}

extension AuditEvent {
    /// The same with its texts in Unicode's composed form (NFC), as the database keeps them: what is hashed is what is
    /// read back.
    fileprivate var composed: AuditEvent {
        func composed(_ text: String) -> String {
            text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
        }
        let pairs = metadata.map { (composed($0.key), composed($0.value)) }
        return AuditEvent(action, by: actor, on: composed(resource), Dictionary(pairs) { first, _ in first })
    }
}

extension AuditHash: SQLConvertible {
    package var sqlValue: SQLValue { .text(hexadecimal) }

    package init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(hexadecimal: text)
    }
}
