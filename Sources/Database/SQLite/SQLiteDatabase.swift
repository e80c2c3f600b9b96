import GRDB
import Glibc
import Synchronization

package import struct FoundationEssentials.UUID

/// The embedded database: one file, one writer whose waiting transactions share a flush, readers that never wait for it.
///
/// WAL with `synchronous = FULL`: what a transaction wrote survives kill -9 and the power cut when it has returned.
package final class SQLiteDatabase: SQLDatabase {
    package enum Location: Hashable, Sendable {
        /// Made if it is not there.
        case file(String)
        /// Made if it is not there, for its owner's eyes alone; what is deleted from it is gone from the file when the
        /// transaction returns.
        ///
        /// A write-ahead log would keep former pages until a checkpoint that any reader can put off: this one has a
        /// rollback journal, which is removed at each commit, and overwrites what it deletes. Reads wait for writes.
        case forgetfulFile(String)
        /// Somebody else's file, in whatever journal mode, which is never written.
        case readOnlyFile(String)
        /// Gone with the value.
        case memory
    }

    package let dialect = SQLDialect.sqlite
    let connections: any DatabaseWriter
    /// Of a file that is written.
    private let checkpointer: Checkpointer?
    private let queue: Mutex<CommitQueue>
    private let health = WriterHealth()
    let isReadOnly: Bool
    /// What was opened, and is to stay in its place.
    private let place: FilePlace?

    /// - Parameters:
    ///   - location: Where the database is.
    ///   - readerCountMax: How many reads run at once; more wait for one another.
    ///   - waitingCountMax: How many transactions may wait; more are refused as `.busy`.
    /// - Throws: ``DatabaseError``; `.unavailable` where the file can't be opened, `.corrupt` where it is no database.
    package init(
        _ location: Location,
        readerCountMax: Int = 4,
        waitingCountMax: Int = 10_000
    ) throws(DatabaseError) {
        queue = Mutex(CommitQueue(waitingCountMax: waitingCountMax))
        do {
            switch location {
            case .file(let path):
                isReadOnly = false
                let pool = try DatabasePool(path: path, configuration: Self.configuration(readerCountMax))
                try pool.writeWithoutTransaction { database in
                    // GRDB turns WAL on with NORMAL, under which a power cut may take acknowledged rows.
                    try database.execute(sql: "PRAGMA synchronous = FULL")
                    try database.execute(sql: "PRAGMA wal_autocheckpoint = 16000")
                    // What is deleted is overwritten, whatever the library was built with.
                    try database.execute(sql: "PRAGMA secure_delete = ON")
                }
                connections = pool
                place = FilePlace(path)
                checkpointer = try Checkpointer(path: path, configuration: Self.configuration(readerCountMax))
            case .forgetfulFile(let path):
                isReadOnly = false
                try Self.makePrivately(path)
                var configuration = Self.configuration(readerCountMax)
                configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
                let connection = try DatabaseQueue(path: path, configuration: configuration)
                try connection.writeWithoutTransaction { database in
                    _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
                    // The journal's removal is on disk too before the transaction returns.
                    try database.execute(sql: "PRAGMA synchronous = EXTRA")
                }
                connections = connection
                place = FilePlace(path)
                checkpointer = nil
            case .readOnlyFile(let path):
                isReadOnly = true
                var configuration = Self.configuration(readerCountMax)
                configuration.readonly = true
                let connection = try DatabaseQueue(path: path, configuration: configuration)
                // The file is looked into only now.
                try connection.read { _ = try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM sqlite_master") }
                connections = connection
                place = nil
                checkpointer = nil
            case .memory:
                isReadOnly = false
                place = nil
                connections = try DatabaseQueue(configuration: Self.configuration(readerCountMax))
                checkpointer = nil
            }
        } catch {
            throw DatabaseError(sqlite: error, at: location)
        }
    }

    /// SQLite would let the group read what it makes; its journals have the file's own mode.
    private static func makePrivately(_ path: String) throws(DatabaseError) {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DatabaseError(.unavailable, "\(path) can't be opened: \(String(cString: strerror(errno)))")
        }
        close(descriptor)
    }

    private static func configuration(_ readerCountMax: Int) -> Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = readerCountMax
        configuration.label = "eagle.sqlite"
        return configuration
    }

    package func read<T: Sendable>(_ body: @Sendable @escaping (any SQLReader) throws -> T) async throws -> T {
        guard place?.isKept ?? true else { throw FilePlace.lost }
        do {
            return try await connections.read { try body(SQLiteTransaction(connection: $0)) }
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(sqlite: error)
        }
    }

    @discardableResult
    package func transaction<T: Sendable>(
        of tenant: UUID?,
        _ body: @Sendable @escaping (any SQLTransaction) throws -> T
    ) async throws -> T {
        guard !isReadOnly else { throw DatabaseError(.readOnly, "the database was opened for reading only") }
        return try await withCheckedThrowingContinuation { continuation in
            let entry = WaitingTransaction(of: tenant, body, continuation)
            let step = queue.withLock { $0.add(entry, at: .now) }
            if step == .refuse {
                entry.fail(DatabaseError(.busy, "too many transactions wait to be written: try again later"))
            }
            take(step)
        }
    }

    private func take(_ step: CommitQueue.Step) {
        switch step {
        case .wait, .refuse: break
        case .drain: connections.asyncWriteWithoutTransaction { self.drain($0) }
        case .rest(let until):
            Task {
                try? await Task.sleep(until: until, clock: .continuous)
                self.take(self.queue.withLock { $0.wake(at: .now) })
            }
        }
    }

    /// Commits a group of those that wait on the writer's own queue, and comes back for the next behind what else
    /// waits there.
    private func drain(_ connection: GRDB.Database) {
        let (group, next) = queue.withLock { $0.nextGroup(at: .now) }
        guard !group.isEmpty else { return take(next) }
        if place?.isKept ?? true {
            let before = connection.totalChangesCount
            let costs = GroupCommit(connection: connection, health: health).commit(group)
            queue.withLock { queue in
                for (tenant, cost) in costs { queue.charge(tenant, cost, at: .now) }
            }
            checkpointer?.changed(connection.totalChangesCount - before, writer: connections)
        } else {
            _ = health.failed(FilePlace.lost)
            for entry in group { entry.fail(FilePlace.lost) }
        }
        take(.drain)
    }

    package var writeTrouble: DatabaseError? { health.trouble }

    package var statistics: CommitStatistics { queue.withLock { $0.statistics } }

    /// Moves what the write-ahead log holds into the database file, as far as no reader needs it.
    package func checkpoint() async throws {
        guard let pool = connections as? DatabasePool else { return }
        do {
            _ = try await pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(sqlite: error)
        }
    }
}
