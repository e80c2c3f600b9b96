import Foundation
import Glibc

/// A key that is made once, and kept in a file for this server's eyes alone.
///
/// A file that is there but can't be read is no reason to make another key: what the old one signed would be lost.
struct KeyFile {
    let path: String

    /// More than any key has.
    private static let byteCountMax = 65_536

    /// The key in the file, or a fresh one, which is in it from then on.
    ///
    /// - Throws: ``KeyFileError`` for a file that can't be read or written, or that others can read.
    func bytes(orMake make: () -> [UInt8]) throws(KeyFileError) -> [UInt8] {
        if let present = try present() { return present }
        return try create(make())
    }

    /// The key in the file; nil where there is none.
    private func present() throws(KeyFileError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw trouble("can't be read") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw trouble("can't be read") }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyFileError(message: "\(path) can be read by others: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.byteCountMax)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw trouble("can't be read") }
        return Array(bytes.prefix(count))
    }

    /// Makes the file whole or not at all: whoever comes at the same time finds a key, or none.
    private func create(_ bytes: [UInt8]) throws(KeyFileError) -> [UInt8] {
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw trouble("can't be made") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)  // No child is to hold it open.
        defer {
            close(descriptor)
            unlink(template)
        }
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw trouble("can't be written")
        }
        if link(template, path) == 0 {
            try keepName()
            return bytes
        }
        // Whatever has come in between is the key.
        guard errno == EEXIST else { throw trouble("can't be made") }
        guard let present = try present() else { throw trouble("is there and can't be read") }
        return present
    }

    /// What is wrapped under the key outlasts a power cut: so must the key's name.
    private func keepName() throws(KeyFileError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw trouble("can't be kept") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw trouble("can't be kept") }
    }

    private func trouble(_ what: String) -> KeyFileError {
        KeyFileError(
            message: "\(path) \(what) (\(String(cString: strerror(errno)))): check the file's and folder's rights"
        )
    }
}

struct KeyFileError: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
