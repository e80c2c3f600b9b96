import Database
package import Plant
import Trust

/// The sealed texts of an organization's rows, all columns of ``SealedColumn``.
package struct SealedRows: Sendable {
    let database: any SQLDatabase
    let keyring: Keyring

    private struct Row: Sendable {
        let column: SealedColumn
        let id: String
        let text: String

        /// Nil where it lies open.
        var keyVersion: Int? { SealedText.bytes(text).flatMap { SealedArtifact.keyVersion(of: $0) } }
    }

    /// What became of a walk over sealed things.
    package struct Outcome: Hashable, Sendable {
        /// Those sealed anew.
        package var count = 0
        /// Those that can't be opened, by kind and name, and why.
        package var failures: [String] = []
        /// Whether some of those may open once the server has what it lacks: they are to be tried again.
        package var mayOpenLater = false

        package init() {}

        mutating func failed(_ what: String, _ error: KeyError) {
            failures.append("\(what): \(error.message)")
            if error.isOfServer { mayOpenLater = true }
        }
    }

    /// How many rows need each version of the key; those that lie open count under 0.
    package func references(in scope: OrganizationScope) async throws -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for row in try await rows(in: scope) { counts[row.keyVersion ?? 0, default: 0] += 1 }
        return counts
    }

    /// Seals each row under the current key that is under a former one, or lies open.
    ///
    /// Each by itself: whoever reads meanwhile finds the one or the other, and a row that somebody writes at the same
    /// time is his.
    ///
    /// - Parameters:
    ///   - scope: Whose rows.
    ///   - sealsPlain: Whether rows that lie open are sealed too; else they are left alone.
    ///   - progress: Told how many are done, and of how many.
    /// - Returns: What became of them.
    /// - Throws: `KeyError` where there is no key to seal with; `DatabaseError`.
    package func reseal(
        in scope: OrganizationScope,
        sealingPlain sealsPlain: Bool = false,
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> Outcome {
        var outcome = Outcome()
        let current = try await keyring.keys(in: scope).current?.version
        let rows = try await rows(in: scope).filter { row in
            // Where nothing was sealed yet there is no current version either: that is no reason to leave rows open.
            guard let version = row.keyVersion else { return sealsPlain }
            return version != current
        }
        for (index, row) in rows.enumerated() {
            progress(index, rows.count)
            let plain: String
            do throws(KeyError) { plain = try await opened(row, in: scope) } catch {
                outcome.failed("\(row.column.kind.rawValue) \(row.id)", error)
                continue
            }
            let sealed = try await keyring.sealedText(plain, as: row.column.kind, named: row.id, in: scope)
            if try await replace(row, by: sealed, in: scope) { outcome.count += 1 }
        }
        progress(rows.count, rows.count)
        return outcome
    }

    private func opened(_ row: Row, in scope: OrganizationScope) async throws(KeyError) -> String {
        guard row.keyVersion != nil else { return row.text }
        do {
            return try await keyring.openedText(row.text, as: row.column.kind, named: row.id, in: scope)
        } catch {
            throw error as? KeyError ?? KeyError(.masterUnavailable, "the keyring can't be read: \(error)")
        }
    }

    private func rows(in scope: OrganizationScope) async throws -> [Row] {
        var rows: [Row] = []
        for column in SealedColumn.all {
            rows += try await database.query(
                """
                SELECT \(identifier: column.key) AS row_key, \(identifier: column.column) AS content
                FROM \(identifier: column.table)
                WHERE organization_id = \(scope.id) AND \(identifier: column.column) IS NOT NULL
                ORDER BY \(identifier: column.key)
                """
            ).map { Row(column: column, id: try $0.decode("row_key"), text: try $0.decode("content")) }
        }
        return rows
    }

    private func replace(_ row: Row, by sealed: String, in scope: OrganizationScope) async throws -> Bool {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            try transaction.execute(
                """
                UPDATE \(identifier: row.column.table)
                SET \(identifier: row.column.column) = \(sealed)
                WHERE organization_id = \(scope.id) AND \(identifier: row.column.key) = \(row.id)
                    AND \(identifier: row.column.column) = \(row.text)
                """
            ) == 1
        }
    }
}
