import GRDB

import struct FoundationEssentials.UUID

/// A transaction's body and who awaits it, whatever its result's type.
struct WaitingTransaction: Sendable {
    typealias Tenant = UUID

    /// What a body came to, held back until its writes are on disk.
    struct Outcome {
        let commit: () -> Void
        let fail: (any Error) -> Void
    }

    /// Whose it is; nil for the server's own.
    let tenant: Tenant?
    /// Runs the body; throws what it throws.
    let run: @Sendable (GRDB.Database) throws -> Outcome
    let fail: @Sendable (any Error) -> Void
}

extension WaitingTransaction {
    init<T: Sendable>(
        of tenant: Tenant?,
        _ body: @Sendable @escaping (any SQLTransaction) throws -> T,
        _ continuation: CheckedContinuation<T, any Error>
    ) {
        self.tenant = tenant
        fail = { continuation.resume(throwing: $0) }
        run = { connection in
            let result = try body(SQLiteTransaction(connection: connection))
            return Outcome(
                commit: { continuation.resume(returning: result) },
                fail: { continuation.resume(throwing: $0) }
            )
        }
    }
}
