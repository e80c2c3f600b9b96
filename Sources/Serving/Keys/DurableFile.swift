import Foundation
import Glibc
import Storage

/// A file that is put in the place of the one before whole, or not at all, also where the power fails.
struct DurableFile: Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    /// Writes the bytes beside it, for their owner's eyes alone, and renames them once they are on disk.
    ///
    /// - Parameters:
    ///   - bytes: All that is in it from then on.
    ///   - makesFolder: Whether a folder that is missing is made.
    ///   - onlyReplacing: Whether a file that is gone stays gone.
    /// - Throws: ``StorageError`` with `.full` where there is no room, `POSIXError` for what else the system says.
    func write(_ bytes: [UInt8], makingFolder makesFolder: Bool = false, onlyReplacing: Bool = false) throws {
        let url = URL(fileURLWithPath: path)
        let folder = url.deletingLastPathComponent().path
        if makesFolder {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        var template = Array("\(folder)/.\(url.lastPathComponent).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.trouble() }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)  // No child is to hold it open.
        do {
            defer { close(descriptor) }
            try Self.write(bytes, to: descriptor)
            guard fsync(descriptor) == 0 else { throw Self.trouble() }
            guard !onlyReplacing || access(path, F_OK) == 0 else { throw POSIXError(.ENOENT) }
            guard rename(template, path) == 0 else { throw Self.trouble() }
        } catch {
            unlink(template)
            throw error
        }
        try Self.synchronize(folder)
    }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws {
        try bytes.withUnsafeBytes { whole in
            var rest = whole[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw trouble() }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// The name is on disk too.
    private static func synchronize(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw trouble() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw trouble() }
    }

    private static func trouble() -> any Error {
        let code = errno
        if code == ENOSPC || code == EDQUOT { return StorageError(.full, "there is no room for a file") }
        return POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
    }
}
