import Database
import Plant
package import Trust

/// What is sealed under the server's own key: the second factors of those who run it.
extension SealedRows {
    /// How many rows need each version of the server's key.
    package func references(in scope: SystemScope) async throws -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for row in try await secondFactors(in: scope) { counts[row.keyVersion ?? 0, default: 0] += 1 }
        return counts
    }

    /// Seals each row under the current key that is under a former one, as for an organization.
    ///
    /// - Throws: `KeyError` where there is no key to seal with; `DatabaseError`.
    package func reseal(in scope: SystemScope) async throws -> Outcome {
        var outcome = Outcome()
        let current = try await keyring.keys(of: KeyHolder(scope)).current?.version
        for row in try await secondFactors(in: scope) where row.keyVersion != current {
            let plain: [UInt8]
            do {
                plain = try await keyring.open(row.sealed, as: .totp, named: row.account, in: scope)
            } catch let error as KeyError {
                outcome.failed("\(SealedKind.totp.rawValue) \(row.account)", error)
                continue
            }
            let sealed = try await keyring.seal(plain, as: .totp, named: row.account, in: scope)
            if try await replace(row, by: SealedText.text(sealed), in: scope) { outcome.count += 1 }
        }
        return outcome
    }

    private struct Factor: Sendable {
        let account: String
        let text: String
        let sealed: [UInt8]

        var keyVersion: Int? { SealedArtifact.keyVersion(of: sealed) }
    }

    private func secondFactors(in scope: SystemScope) async throws -> [Factor] {
        try await database.query(
            """
            SELECT account_id AS account, sealed_secret AS content
            FROM second_factor
            WHERE organization_id IS NULL
            ORDER BY account_id
            """
        ).map { row in
            let text: String = try row.decode("content")
            return Factor(account: try row.decode("account"), text: text, sealed: SealedText.bytes(text) ?? [])
        }
    }

    /// A row that somebody writes at the same time is his.
    private func replace(_ row: Factor, by sealed: String, in scope: SystemScope) async throws -> Bool {
        try await database.transaction { transaction in
            try transaction.execute(
                """
                UPDATE second_factor
                SET sealed_secret = \(sealed)
                WHERE organization_id IS NULL AND account_id = \(row.account) AND sealed_secret = \(row.text)
                """
            ) == 1
        }
    }
}
