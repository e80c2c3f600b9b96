import CZlib
import Foundation

/// A file read from its start to its end in chunks; one whose name ends in `.gz` is unpacked on the way.
///
/// Closes itself. Owned by one reader and never shared.
final class InputFile {
    let path: String
    /// Of the file as it lies on disk.
    let byteCount: Int64
    private let handle: gzFile
    private let isPacked: Bool

    init(path: String) throws(FileError) {
        self.path = path
        isPacked = path.lowercased().hasSuffix(".gz")
        byteCount = try Self.size(of: path)
        guard let handle = gzopen(path, "rb") else { throw Self.unreadable(path, errno) }
        self.handle = handle
        gzbuffer(handle, 1 << 17)
    }

    deinit { gzclose_r(handle) }

    /// How much of the file on disk has been read.
    var bytesRead: Int64 { max(0, Int64(gzoffset(handle))) }

    /// Appends at most `countMax` bytes.
    ///
    /// - Returns: Whether there may be more.
    /// - Throws: ``FileError`` with `.truncated`, `.notGzip` or `.unreadable`.
    func read(into bytes: inout [UInt8], countMax: Int) throws(FileError) -> Bool {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: countMax))
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { Int(gzread(handle, $0 + start, UInt32(clamping: countMax))) } ?? 0
        }
        bytes.removeLast(countMax - max(0, count))
        if isPacked && byteCount > 0 && gzdirect(handle) == 1 {
            throw FileError(.notGzip, path: path, "ends in .gz but is not gzip: rename it, or pack it with gzip")
        }
        var status: Int32 = Z_OK
        let detail = gzerror(handle, &status).map { String(cString: $0) } ?? ""
        switch status {
        case Z_OK, Z_STREAM_END: return count == countMax
        case Z_BUF_ERROR:
            throw FileError(.truncated, path: path, "the gzip file ends in the middle: copy it again, in full")
        case Z_ERRNO: throw Self.unreadable(path, errno)
        default:
            throw FileError(.truncated, path: path, "the gzip file is damaged (\(detail)): copy it again")
        }
    }

    private static func size(of path: String) throws(FileError) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw unreadable(path, errno) }
            throw FileError(.notFound, path: path, "there is no such file: check the path")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw FileError(.unreadable, path: path, "is a folder: name a file in it")
        }
        return Int64(status.st_size)
    }

    private static func unreadable(_ path: String, _ code: Int32) -> FileError {
        FileError(.unreadable, path: path, "can't be read: \(String(cString: strerror(code)))")
    }
}
