import Database
import Dispatch
import Foundation
import Synchronization

/// Somebody else's SQLite file, opened when it is first read, and again when it was lost or replaced.
final class ScadaFile: Sendable {
    private struct Open: Sendable {
        let database: SQLiteDatabase
        let identity: Identity
    }

    /// A file put in another's place has another inode.
    private struct Identity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    let path: String
    private let open = Mutex<Open?>(nil)

    init(path: String) { self.path = path }

    /// Reads one state of the database.
    ///
    /// - Throws: ``SourceError``; what the body throws that is no database's error as it is.
    func read<T: Sendable>(_ body: @Sendable @escaping (any SQLReader) throws -> T) async throws -> T {
        do {
            return try await database().read(body)
        } catch let error as DatabaseError {
            open.withLock { $0 = nil }
            throw Self.sourceError(error, path: path)
        }
    }

    private func database() async throws -> SQLiteDatabase {
        guard let identity = Self.identity(of: path) else {
            open.withLock { $0 = nil }
            throw SourceError(
                .fileMissing,
                "there is no file \(path): check the source's path and whether it is mounted"
            )
        }
        if let open = open.withLock({ $0 }), open.identity == identity { return open.database }
        // Opening may wait for somebody else's lock: not on a thread that tasks share.
        let database = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [path] in
                continuation.resume(with: Result { try SQLiteDatabase(.readOnlyFile(path)) })
            }
        }
        open.withLock { $0 = Open(database: database, identity: identity) }
        return database
    }

    private static func identity(of path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private static func sourceError(_ error: DatabaseError, path: String) -> SourceError {
        switch error.code {
        case .busy: SourceError(.locked, "\(path) is locked by another program: it is tried again", cause: error)
        case .corrupt:
            SourceError(.corrupt, "\(path) is damaged or no SQLite database: check the source's path", cause: error)
        case .unavailable, .full, .constraint, .tooNew, .readOnly, .unreadable, .statement:
            SourceError(.unavailable, "\(path) can't be read: \(error.message)", cause: error)
        }
    }
}
