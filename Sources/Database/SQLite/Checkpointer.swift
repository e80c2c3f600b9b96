import GRDB
import Synchronization

/// Moves the write-ahead log into the database file beside the writer, which else would stop for it.
///
/// A connection of its own copies nearly all; the writer then copies the little that came meanwhile, after which the
/// log begins anew. `wal_autocheckpoint` stays behind it as the bound of the log's length.
final class Checkpointer: Sendable {
    /// Rows changed between two checkpoints: some 4,000 pages where readings come one by one, fewer in bulk.
    private static let changeCountMax = 3_000

    private struct State {
        var changeCount = 0
        var isRunning = false
    }

    private let connection: DatabaseQueue
    private let state = Mutex(State())

    init(path: String, configuration: Configuration) throws {
        connection = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Counts a flush's changes, and begins when they are enough; `writer` is where the end of it is done.
    func changed(_ count: Int, writer: any DatabaseWriter) {
        let isDue = state.withLock { state in
            state.changeCount += count
            guard state.changeCount >= Self.changeCountMax, !state.isRunning else { return false }
            state.changeCount = 0
            state.isRunning = true
            return true
        }
        guard isDue else { return }
        connection.asyncWriteWithoutTransaction { connection in
            // What can't be copied now stays in the log, and is copied the next time.
            _ = try? connection.checkpoint(.passive)
            writer.asyncWriteWithoutTransaction { connection in
                _ = try? connection.checkpoint(.passive)
                self.state.withLock { $0.isRunning = false }
            }
        }
    }
}
