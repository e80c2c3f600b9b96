import CZlib
import Foundation

/// Writes a CSV file (RFC 4180, LF) through a buffer; one whose name ends in `.gz` is packed on the way.
///
/// The file takes its name only when it is finished: a run that breaks off leaves no half of one.
package struct CSVWriter: ~Copyable {
    private let path: String
    private let writtenPath: String
    private let output: OutputFile
    private var buffer: [UInt8] = []
    private var isRowBegun = false

    private static let bufferByteCount = 1 << 17

    /// Opens a file and writes its header.
    package static func create(path: String, columns: [String]) throws(FileError) -> CSVWriter {
        // A device or a pipe, such as /dev/stdout, can't be replaced by another file.
        var status = stat()
        let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        let writtenPath = isSpecial ? path : path + ".partial"
        let output = try OutputFile(path: writtenPath, isPacked: path.lowercased().hasSuffix(".gz"))
        var writer = CSVWriter(path: path, writtenPath: writtenPath, output: output)
        for column in columns { writer.append(column) }
        try writer.endRow()
        return writer
    }

    private init(path: String, writtenPath: String, output: OutputFile) {
        self.path = path
        self.writtenPath = writtenPath
        self.output = output
        buffer.reserveCapacity(Self.bufferByteCount + 4_096)
    }

    package mutating func append(_ text: String) {
        beginField()
        let needsQuotes = text.utf8.contains {
            $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
                || $0 == UInt8(ascii: "\r")
        }
        guard needsQuotes else { return buffer.append(contentsOf: text.utf8) }
        buffer.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { buffer.append(byte) }
            buffer.append(byte)
        }
        buffer.append(UInt8(ascii: "\""))
    }

    /// The shortest text that reads back as the same number; nothing for NaN.
    package mutating func append(_ number: Float) {
        beginField()
        if !number.isNaN { append(digits: number.description) }
    }

    /// The shortest text that reads back as the same number; nothing for NaN.
    package mutating func append(_ number: Double) {
        beginField()
        if !number.isNaN { append(digits: number.description) }
    }

    /// Nothing where there is no number.
    package mutating func append(_ number: Double?) { append(number ?? .nan) }

    package mutating func endRow() throws(FileError) {
        buffer.append(UInt8(ascii: "\n"))
        isRowBegun = false
        if buffer.count >= Self.bufferByteCount { try flush() }
    }

    /// Writes what is left and gives the file its name.
    package consuming func finish() throws(FileError) {
        try flush()
        try output.close()
        guard writtenPath != path, rename(writtenPath, path) != 0 else { return }
        throw OutputFile.notWritable(path, errno)
    }

    private mutating func beginField() {
        if isRowBegun { buffer.append(UInt8(ascii: ",")) }
        isRowBegun = true
    }

    private mutating func append(digits: String) {
        buffer.append(contentsOf: digits.utf8)
        if digits.utf8.count > 2, buffer.suffix(2).elementsEqual([UInt8(ascii: "."), UInt8(ascii: "0")]) {
            buffer.removeLast(2)
        }
    }

    private mutating func flush() throws(FileError) {
        try output.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}

/// A file written from its start to its end, packed by gzip or as it is; removed if it was never closed.
private final class OutputFile {
    private let path: String
    private var handle: gzFile?

    init(path: String, isPacked: Bool) throws(FileError) {
        self.path = path
        guard let handle = gzopen(path, isPacked ? "wb6" : "wbT") else { throw Self.notWritable(path, errno) }
        self.handle = handle
    }

    deinit {
        guard let handle else { return }
        gzclose_w(handle)
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG { unlink(path) }
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
        guard !bytes.isEmpty else { return }
        let count = bytes.withUnsafeBytes { gzwrite(handle, $0.baseAddress, UInt32(clamping: $0.count)) }
        guard Int(count) == bytes.count else { throw Self.notWritable(path, errno) }
    }

    func close() throws(FileError) {
        let status = gzclose_w(handle)
        handle = nil
        guard status == Z_OK else { throw Self.notWritable(path, errno) }
    }

    static func notWritable(_ path: String, _ code: Int32) -> FileError {
        let reason = String(cString: strerror(code))
        return FileError(.notWritable, path: path, "can't be written: \(reason): check the folder and its free space")
    }
}
