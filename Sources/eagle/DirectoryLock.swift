import Foundation
import Glibc

/// One server per data directory: two would tell the same alerts twice over.
///
/// The system takes the lock back with the process, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: CInt

    /// - Throws: `DirectoryLockError` where another server has it.
    init(_ directory: String) throws {
        let path = directory + "/eagle.lock"
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DirectoryLockError(message: "\(path) can't be opened: check the folder's rights")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw DirectoryLockError(
                message: "another eagle serves \(directory): stop it first, or give --data another folder"
            )
        }
    }

    deinit { close(descriptor) }
}

struct DirectoryLockError: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
