import GRDB
import Synchronization

/// What a writer met last where the disk kept nothing of what it wrote.
///
/// A database that can be read says nothing of whether anything can still be kept in it: that is known only to who
/// tried.
final class WriterHealth: Sendable {
    private let state = Mutex<DatabaseError?>(nil)

    /// Nil once something was kept since.
    var trouble: DatabaseError? { state.withLock { $0 } }

    /// Remembers what the file or its disk refuses; what is wrong with one transaction alone is that one's.
    ///
    /// - Returns: Whether it is remembered.
    func failed(_ error: any Error) -> Bool {
        let met: DatabaseError
        switch error {
        case let error as DatabaseError: met = error
        case let error as GRDB.DatabaseError: met = DatabaseError(sqlite: error)
        default: return false
        }
        switch met.code {
        case .full, .readOnly, .unavailable, .corrupt:
            state.withLock { $0 = met }
            return true
        case .busy, .constraint, .tooNew, .unreadable, .statement: return false
        }
    }

    func kept() { state.withLock { $0 = nil } }
}
