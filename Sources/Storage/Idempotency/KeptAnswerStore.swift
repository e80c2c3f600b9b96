import Database
package import FoundationEssentials
package import Plant
package import Trust

/// What somebody was answered under an `Idempotency-Key`, sealed.
package struct KeptAnswer: Hashable, Sendable {
    /// Of organization, actor and key.
    package let place: TokenHash
    /// Of what was asked.
    package let request: TokenHash
    package let answer: Data
    package let createdAt: Instant
    package let expiresAt: Instant

    package init(place: TokenHash, request: TokenHash, answer: Data, createdAt: Instant, expiresAt: Instant) {
        self.place = place
        self.request = request
        self.answer = answer
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// The answers that are kept for who asks again, a bounded number for each organization.
package struct KeptAnswerStore: Sendable {
    let database: any SQLDatabase

    /// Of one organization; beyond that the oldest go before their time.
    package static let countMax = 10_000

    /// What is kept at a place, as long as its time is not over.
    package func answer(at place: TokenHash, at now: Instant, in scope: OrganizationScope) async throws -> KeptAnswer? {
        try await database.query(
            """
            SELECT place, request, answer, created_at, expires_at
            FROM kept_answer
            WHERE organization_id = \(scope.id) AND place = \(place.hexadecimal) AND expires_at > \(now)
            """
        ).first.map(KeptAnswer.init(row:))
    }

    /// Keeps it, in the place of what was there; what is too old or too much goes.
    package func keep(
        _ kept: KeptAnswer,
        countMax: Int = countMax,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                DELETE FROM kept_answer
                WHERE organization_id = \(scope.id) AND expires_at <= \(now)
                """
            )
            try transaction.execute(
                """
                INSERT INTO kept_answer (organization_id, place, request, answer, created_at, expires_at)
                VALUES (
                    \(scope.id), \(kept.place.hexadecimal), \(kept.request.hexadecimal), \(kept.answer),
                    \(kept.createdAt), \(kept.expiresAt)
                )
                ON CONFLICT (organization_id, place) DO UPDATE
                SET request = excluded.request, answer = excluded.answer, created_at = excluded.created_at,
                    expires_at = excluded.expires_at
                """
            )
            try transaction.execute(
                """
                DELETE FROM kept_answer
                WHERE organization_id = \(scope.id) AND (created_at, place) <= (
                    SELECT created_at, place
                    FROM kept_answer
                    WHERE organization_id = \(scope.id)
                    ORDER BY created_at DESC, place DESC
                    LIMIT 1 OFFSET \(countMax)
                )
                """
            )
        }
    }

    package func count(in scope: OrganizationScope) async throws -> Int {
        try await database.query(
            """
            SELECT COUNT(*) AS count
            FROM kept_answer
            WHERE organization_id = \(scope.id)
            """
        ).first?.decode("count") ?? 0
    }
}

extension KeptAnswer {
    fileprivate init(row: SQLRow) throws {
        guard let place = TokenHash(hexadecimal: try row.decode("place")),
            let request = TokenHash(hexadecimal: try row.decode("request"))
        else { throw StorageError(.unreadable, "an answer that was kept can't be read") }
        self.init(
            place: place,
            request: request,
            answer: try row.decode("answer"),
            createdAt: try row.decode("created_at"),
            expiresAt: try row.decode("expires_at")
        )
    }
}
