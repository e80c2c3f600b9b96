import Database
import FoundationEssentials
package import Plant
package import Trust

/// When a chain's head is signed without anybody asking for it.
package struct AuditHeadPolicy: Hashable, Sendable {
    /// So many entries that no head vouches for are enough.
    package var entryCountMax: Int64
    /// No entry stays longer without one.
    package var ageMax: Duration

    package init(entryCountMax: Int64 = 1_000, ageMax: Duration = .seconds(3_600)) {
        self.entryCountMax = entryCountMax
        self.ageMax = ageMax
    }
}

extension AuditStore {
    private static let headColumns: SQL = "number, hash, at, public_key, signature"

    /// Signs where a chain ends, and keeps that, if it is time.
    ///
    /// - Returns: Nil where it is not yet time, and where there is nothing new.
    package func signHead(
        by policy: AuditHeadPolicy,
        at now: Instant,
        with identity: ServerIdentity,
        in place: AuditPlace
    ) async throws -> AuditHead? {
        let (last, vouched) = try await database.read { reader in
            (try Self.last(in: place, reader), try Self.lastHeadNumber(in: place, reader))
        }
        guard last.number > vouched else { return nil }
        if last.number - vouched < policy.entryCountMax {
            let oldest = try await entries(after: vouched, through: last.number, limit: 1, in: place).first
            // One from after now was written by another clock, such as a simulated plant's, and never grows old.
            guard let oldest, oldest.at <= now - policy.ageMax || oldest.at > now else { return nil }
        }
        return try await keep(last, at: now, with: identity, in: place)
    }

    /// Signs where a chain ends; a chain that ended there before has its head already.
    func keep(
        _ end: End,
        at now: Instant,
        with identity: ServerIdentity,
        in place: AuditPlace
    ) async throws -> AuditHead {
        let head = try AuditHead(
            .head,
            of: place.chain,
            number: end.number,
            hash: end.hash,
            at: now,
            signedBy: identity
        )
        try await database.transaction { try Self.insert(head, in: place, $0) }
        return head
    }

    private static func insert(_ head: AuditHead, in place: AuditPlace, _ transaction: any SQLTransaction) throws {
        switch place {
        case .organization(let scope):
            try transaction.execute(
                """
                INSERT INTO audit_head (organization_id, number, hash, at, public_key, signature)
                VALUES (
                    \(scope.id), \(head.number), \(head.hash), \(head.at), \(Data(head.publicKey)),
                    \(Data(head.signature))
                )
                ON CONFLICT (organization_id, number) DO NOTHING
                """
            )
        case .server:
            try transaction.execute(
                """
                INSERT INTO server_audit_head (number, hash, at, public_key, signature)
                VALUES (\(head.number), \(head.hash), \(head.at), \(Data(head.publicKey)), \(Data(head.signature)))
                ON CONFLICT (number) DO NOTHING
                """
            )
        }
    }

    private static func lastHeadNumber(in place: AuditPlace, _ reader: any SQLReader) throws -> Int64 {
        let row =
            switch place {
            case .organization(let scope):
                try reader.query(
                    "SELECT MAX(number) AS number FROM audit_head WHERE organization_id = \(scope.id)"
                ).first
            case .server:
                try reader.query("SELECT MAX(number) AS number FROM server_audit_head").first
            }
        return try row?.decode("number", as: Int64?.self) ?? 0
    }

    /// Heads by number, from the one behind `number` up to `last`.
    func heads(
        after number: Int64,
        through last: Int64,
        limit: Int = .max,
        in place: AuditPlace
    ) async throws -> [AuditHead] {
        let rows: [SQLRow]
        switch place {
        case .organization(let scope):
            rows = try await database.query(
                """
                SELECT \(Self.headColumns)
                FROM audit_head
                WHERE organization_id = \(scope.id) AND number > \(number) AND number <= \(last)
                ORDER BY number
                LIMIT \(limit)
                """
            )
        case .server:
            rows = try await database.query(
                """
                SELECT \(Self.headColumns)
                FROM server_audit_head
                WHERE number > \(number) AND number <= \(last)
                ORDER BY number
                LIMIT \(limit)
                """
            )
        }
        return try rows.map { try AuditHead(row: $0, in: place.chain) }
    }

    /// The newest first, at most ``PageLimit/max``, from where ``Page/next`` of the page before says.
    package func heads(
        after key: String? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> Page<AuditHead> {
        let limit = PageLimit.clamped(limit)
        let before = try key.map { key in
            guard let number = Int64(key) else {
                throw StorageError(.invalidKey, "no page ends there: use the key that the page before handed out")
            }
            return number
        }
        let found = try await database.query(
            """
            SELECT \(Self.headColumns)
            FROM audit_head
            WHERE organization_id = \(scope.id) AND number < \(before ?? .max)
            ORDER BY number DESC
            LIMIT \(limit + 1)
            """
        ).map { try AuditHead(row: $0, in: .organization(scope.id)) }
        let heads = Array(found.prefix(limit))
        return Page(elements: heads, next: found.count > limit ? heads.last.map { String($0.number) } : nil)
    }
}

extension AuditHead {
    fileprivate init(row: SQLRow, in chain: AuditChain) throws {
        self.init(
            .head,
            chain: chain,
            number: try row.decode("number"),
            hash: try row.decode("hash"),
            at: try row.decode("at"),
            publicKey: Array(try row.decode("public_key", as: Data.self)),
            signature: Array(try row.decode("signature", as: Data.self))
        )
    }
}
