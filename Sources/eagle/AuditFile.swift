import Connectors
import Foundation
import Trust

/// An export on disk, read line by line, however long it is.
struct AuditFile {
    let path: String

    /// No line of an export is longer.
    private static let lineByteCountMax = 1 << 20
    private static let partByteCount = 1 << 16

    private func opened() throws -> FileHandle {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw FileError(.notFound, path: path, "can't be read: check the path")
        }
        return file
    }

    /// The signed end, if the file's last line is one; it says whose chain it is before the first line does.
    func end() throws -> AuditHead? {
        let file = try opened()
        defer { try? file.close() }
        let byteCount = try file.seekToEnd()
        let tailByteCount = UInt64(4_096)
        try file.seek(toOffset: byteCount > tailByteCount ? byteCount - tailByteCount : 0)
        var tail = [UInt8](try file.readToEnd() ?? Data())
        if tail.last == UInt8(ascii: "\n") { tail.removeLast() }
        let line = tail.lastIndex(of: UInt8(ascii: "\n")).map { Array(tail[(tail.index(after: $0))...]) } ?? tail
        guard case .head(let head)? = AuditLine(line), head.purpose == .end else { return nil }
        return head
    }

    /// Hands over each line without its end, and whether it had one; and how much of the file is read by then.
    func forEachLine(_ body: (_ line: [UInt8], _ isTerminated: Bool, _ share: Double) async throws -> Void) async throws
    {
        let file = try opened()
        defer { try? file.close() }
        let byteCount = try file.seekToEnd()
        try file.seek(toOffset: 0)
        var line: [UInt8] = []
        var readCount = 0
        while let part = try file.read(upToCount: Self.partByteCount), !part.isEmpty {
            readCount += part.count
            let share = Double(readCount) / Double(max(byteCount, 1))
            var rest = part[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                append(rest[..<end], to: &line)
                try await body(line, true, share)
                line = []
                rest = rest[rest.index(after: end)...]
            }
            append(rest, to: &line)
        }
        if !line.isEmpty { try await body(line, false, 1) }
    }

    /// Of an overlong line as much as shows that it is none of an export's.
    private func append(_ bytes: Data, to line: inout [UInt8]) {
        line.append(contentsOf: bytes.prefix(max(0, Self.lineByteCountMax - line.count)))
    }
}

/// Writes a file piece by piece, for its owner's eyes alone; the old one stays until the new one is complete.
final class AuditFileWriter {
    private let path: String
    private let partPath: String
    private let file: FileHandle

    init(path: String) throws {
        self.path = path
        partPath = path + ".part"
        let isMade = FileManager.default.createFile(
            atPath: partPath,
            contents: nil,
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade, let file = FileHandle(forWritingAtPath: partPath) else { throw Self.notWritable(path) }
        self.file = file
    }

    func write(_ text: String) throws {
        do { try file.write(contentsOf: Data(text.utf8)) } catch { throw Self.notWritable(path) }
    }

    func finish() throws {
        do { try file.synchronize() } catch { throw Self.notWritable(path) }
        try file.close()
        guard rename(partPath, path) == 0 else { throw Self.notWritable(path) }
    }

    /// Leaves nothing of a file that did not come to its end.
    func abandon() {
        try? file.close()
        try? FileManager.default.removeItem(atPath: partPath)
    }

    private static func notWritable(_ path: String) -> FileError {
        FileError(.notWritable, path: path, "can't be written: check that its folder exists and has room")
    }
}
