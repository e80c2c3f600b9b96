import GRDB

/// Writes waiting transactions in one flush: each in a savepoint of its own, all resumed after the one COMMIT.
struct GroupCommit {
    let connection: GRDB.Database
    /// Told before those who wait are.
    let health: WriterHealth

    /// Every entry is resumed exactly once: with its result when it is on disk, else with what prevented it.
    ///
    /// - Returns: How long each tenant's entries took, without the flush.
    func commit(_ group: [WaitingTransaction]) -> [WaitingTransaction.Tenant: Duration] {
        var rest = group[...]
        var costs: [WaitingTransaction.Tenant: Duration] = [:]
        while !rest.isEmpty { rest = commitOnce(rest, &costs) }
        return costs
    }

    /// - Returns: Those that were not begun, because a full or failing disk ended the transaction before them.
    private func commitOnce(
        _ group: ArraySlice<WaitingTransaction>,
        _ costs: inout [WaitingTransaction.Tenant: Duration]
    ) -> ArraySlice<WaitingTransaction> {
        do {
            try connection.execute(sql: "BEGIN IMMEDIATE TRANSACTION")
        } catch {
            _ = health.failed(error)
            for entry in group { entry.fail(DatabaseError(sqlite: error)) }
            return []
        }
        let changeCountBefore = connection.totalChangesCount
        var isDiskWell = true
        var outcomes: [WaitingTransaction.Outcome] = []
        for (index, entry) in zip(group.indices, group) {
            let start = ContinuousClock.now
            defer { if let tenant = entry.tenant { costs[tenant, default: .zero] += .now - start } }
            do {
                outcomes.append(try inSavepoint(entry))
            } catch {
                if health.failed(error) { isDiskWell = false }
                entry.fail((error as? GRDB.DatabaseError).map { DatabaseError(sqlite: $0) } ?? error)
                guard connection.isInsideTransaction else {
                    for outcome in outcomes { outcome.fail(Self.endedByNeighbour(error)) }
                    return group[group.index(after: index)...]
                }
            }
        }
        do {
            try connection.execute(sql: "COMMIT TRANSACTION")
            // A transaction that wrote nothing needs no room, and proves none.
            if isDiskWell, connection.totalChangesCount > changeCountBefore { health.kept() }
            for outcome in outcomes { outcome.commit() }
        } catch {
            _ = health.failed(error)
            rollBack()
            for outcome in outcomes { outcome.fail(DatabaseError(sqlite: error)) }
        }
        return []
    }

    private func inSavepoint(_ entry: WaitingTransaction) throws -> WaitingTransaction.Outcome {
        try connection.cachedStatement(sql: "SAVEPOINT entry").execute()
        do {
            let outcome = try entry.run(connection)
            try connection.cachedStatement(sql: "RELEASE SAVEPOINT entry").execute()
            return outcome
        } catch {
            guard connection.isInsideTransaction else { throw error }
            do {
                try connection.cachedStatement(sql: "ROLLBACK TRANSACTION TO SAVEPOINT entry").execute()
                try connection.cachedStatement(sql: "RELEASE SAVEPOINT entry").execute()
            } catch {
                rollBack()
            }
            throw error
        }
    }

    /// Ends the transaction where SQLite has not done so itself.
    private func rollBack() {
        guard connection.isInsideTransaction else { return }
        do {
            try connection.execute(sql: "ROLLBACK TRANSACTION")
        } catch {
            // What can't be rolled back was not committed either, and the next BEGIN says what is wrong.
        }
    }

    private static func endedByNeighbour(_ error: any Error) -> DatabaseError {
        let code = (error as? DatabaseError)?.code ?? .unavailable
        return DatabaseError(code, "the disk failed in a transaction of the same flush: nothing was kept", cause: error)
    }
}
