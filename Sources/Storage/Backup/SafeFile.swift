import Foundation
import Glibc

/// A file that is there whole, and on disk, or not at all: it is written beside its place and moved there at the end.
final class SafeFile {
    private let path: String
    private let partial: String
    private let handle: FileHandle
    private var isDone = false

    /// - Throws: ``BackupError`` with `.file`.
    init(_ path: String) throws(BackupError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let name = URL(fileURLWithPath: path).lastPathComponent
        self.path = path
        partial = "\(folder)/.\(name).\(getpid()).partial"
        // What lies there is a killed process's rest, or somebody's who waits for this to be written where he wants it.
        unlink(partial)
        let descriptor = open(partial, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw BackupError(.file, "\(path) can't be written: \(String(cString: strerror(errno)))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    deinit { if !isDone { unlink(partial) } }

    func write(_ bytes: [UInt8]) throws(BackupError) {
        do { try handle.write(contentsOf: Data(bytes)) } catch {
            throw BackupError(.file, "\(path) can't be written: is there room for it?", cause: error)
        }
    }

    /// Puts it in its place.
    func finish() throws(BackupError) {
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw BackupError(.file, "\(path) can't be written: is there room for it?", cause: error)
        }
        guard rename(partial, path) == 0 else {
            throw BackupError(.file, "\(path) can't be written: \(String(cString: strerror(errno)))")
        }
        isDone = true
        try Self.synchronize(folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Makes what was put into a folder, or taken out of it, outlast a power cut.
    static func synchronize(folder: String) throws(BackupError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw BackupError(.file, "\(folder) can't be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw BackupError(.file, "\(folder) can't be kept: \(String(cString: strerror(errno)))")
        }
    }
}
