package import Plant

/// Reads a CSV file (RFC 4180, UTF-8, a header first) row by row, without ever holding more than a chunk of it.
///
/// CRLF and LF end lines, quoted fields may hold both, a byte order mark and blank lines are passed
/// over, and a file whose name ends in `.gz` is unpacked. Each row has as many fields as the header.
package struct CSVReader: ~Copyable {
    /// The file's path, or what the bytes are called in errors.
    package let path: String
    /// The header's names, without blanks around them.
    package private(set) var columns: [String] = []
    /// The line on which the row begins, from 1.
    package private(set) var line = 0

    private let file: InputFile?
    private var bytes: [UInt8]
    private var rowStart = 0
    private var rowEnd = 0
    private var nextRow = 0
    private var nextLine = 1
    private var isFinal: Bool
    private var fields: [CSVRowScanner.Field] = []

    private static let chunkByteCount = 1 << 18
    /// A longer row is taken for a quote that is never closed.
    package static let rowByteCountMax = 1 << 24

    /// Opens a file and reads its header.
    package static func open(path: String) throws(FileError) -> CSVReader {
        var reader = CSVReader(path: path, file: try InputFile(path: path), bytes: [])
        try reader.readHeader()
        return reader
    }

    /// Reads bytes that are there already, such as a request's body.
    package static func over(_ bytes: [UInt8], name: String) throws(FileError) -> CSVReader {
        var reader = CSVReader(path: name, file: nil, bytes: bytes)
        try reader.readHeader()
        return reader
    }

    private init(path: String, file: InputFile?, bytes: [UInt8]) {
        self.path = path
        self.file = file
        self.bytes = bytes
        isFinal = file == nil
    }

    /// How many bytes of the file on disk have been read, and how many there are.
    package var progress: (read: Int64, total: Int64) {
        guard let file else { return (Int64(nextRow), Int64(bytes.count)) }
        return (file.bytesRead, file.byteCount)
    }

    /// Moves on to the next row; false after the last.
    package mutating func next() throws(FileError) -> Bool {
        repeat {
            guard try scanRow() else { return false }
        } while isBlank
        guard fields.count == columns.count else { throw wrongFieldCount() }
        return true
    }

    /// One field of the row, as it is written but for its quotes.
    package func text(_ index: Int) -> String {
        let field = fields[index]
        guard field.hasDoubledQuotes else { return String(decoding: bytes[field.start..<field.end], as: UTF8.self) }
        var unescaped: [UInt8] = []
        var at = field.start
        while at < field.end {
            unescaped.append(bytes[at])
            at += bytes[at] == UInt8(ascii: "\"") ? 2 : 1
        }
        return String(decoding: unescaped, as: UTF8.self)
    }

    /// One field of the row: a number where it plainly is one, else its text.
    package func value(_ index: Int) -> SourceValue {
        let field = fields[index]
        guard !field.isEmpty else { return .missing }
        let number = bytes.withUnsafeBufferPointer {
            DecimalText.number(UnsafeBufferPointer(rebasing: $0[field.start..<field.end]))
        }
        return number.map(SourceValue.number) ?? .text(text(index))
    }

    /// The row as it is written.
    package var rowText: String { String(decoding: bytes[rowStart..<rowEnd], as: UTF8.self) }

    /// An error about one field of the row.
    package func error(_ code: FileError.Code, field index: Int, _ message: String) -> FileError {
        error(code, at: fields[index].start - (fields[index].isQuoted ? 1 : 0), message)
    }

    private var isBlank: Bool { fields.count == 1 && fields[0].isEmpty && !fields[0].isQuoted }

    private mutating func readHeader() throws(FileError) {
        if !isFinal { try refill() }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { nextRow = 3 }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw FileError(.invalidUTF8, path: path, line: 1, column: 1, "is UTF-16: save it as UTF-8")
        }
        repeat {
            guard try scanRow() else {
                throw FileError(.empty, path: path, "is empty: a header with the columns' names is expected")
            }
        } while isBlank
        columns = fields.indices.map { String(text($0).trimmingSpaces) }
    }

    /// Finds the next row, blank or not; false where the file ends before it.
    private mutating func scanRow() throws(FileError) -> Bool {
        while true {
            if nextRow == bytes.count && isFinal { return false }
            let outcome = scan(isFinal: isFinal)
            rowStart = nextRow
            line = nextLine
            switch outcome {
            case .row(let end, let next):
                rowEnd = end
                try checkText()
                nextLine += 1
                if fields.contains(where: \.isQuoted) { nextLine += newlines(in: rowStart..<rowEnd) }
                nextRow = next
                return true
            case .incomplete: try refill()
            case .unterminatedQuote(let at): throw unterminated(at)
            case .strayQuote(let at):
                let hint = "write quotes within a field twice (\"\")"
                throw error(.strayQuote, at: at, "text follows a closing quote: \(hint)")
            }
        }
    }

    private mutating func scan(isFinal: Bool) -> CSVRowScanner.Outcome {
        var found = fields
        fields = []
        defer { fields = found }
        return bytes.withUnsafeBufferPointer {
            CSVRowScanner.scan($0, from: nextRow, isFinal: isFinal, into: &found)
        }
    }

    private mutating func refill() throws(FileError) {
        guard let file else { return }
        guard bytes.count - nextRow <= Self.rowByteCountMax else {
            if case .unterminatedQuote(let at) = scan(isFinal: true) { throw unterminated(at) }
            throw FileError(
                .rowTooLong,
                path: path,
                line: nextLine,
                column: 1,
                "the row is longer than \(Self.rowByteCountMax / 1_048_576) MiB: is this a CSV file?"
            )
        }
        bytes.removeSubrange(..<nextRow)
        nextRow = 0
        isFinal = try !file.read(into: &bytes, countMax: max(Self.chunkByteCount, bytes.count))
    }
}

extension CSVReader {
    private func newlines(in range: Range<Int>) -> Int {
        bytes[range].count { $0 == UInt8(ascii: "\n") }
    }

    private func checkText() throws(FileError) {
        guard String(validating: bytes[rowStart..<rowEnd], as: UTF8.self) == nil else { return }
        let broken = fields.first { String(validating: bytes[$0.start..<$0.end], as: UTF8.self) == nil }
        throw error(.invalidUTF8, at: broken?.start ?? rowStart, "is not UTF-8: save the file as UTF-8")
    }

    private func wrongFieldCount() -> FileError {
        let expected = "\(columns.count) \(columns.count == 1 ? "field is" : "fields are") expected, as in the header"
        if fields.count < columns.count {
            let message = "\(expected), but the row has \(fields.count): complete the row or take it out"
            return error(.fieldCount, at: rowEnd, message)
        }
        let message = "\(expected), but the row has \(fields.count): put fields that hold commas in quotes"
        return error(.fieldCount, field: columns.count, message)
    }

    private func unterminated(_ position: Int) -> FileError {
        error(.unterminatedQuote, at: position, "the quote opened here is never closed: close it, or write it twice")
    }

    /// An error at a byte of the row, placed by line and by character.
    private func error(_ code: FileError.Code, at position: Int, _ message: String) -> FileError {
        let before = bytes[rowStart..<min(position, bytes.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rowStart
        let characters = bytes[lineStart..<before.endIndex].count { $0 & 0xC0 != 0x80 }
        return FileError(
            code,
            path: path,
            line: line + newlines(in: rowStart..<before.endIndex),
            column: characters + 1,
            message
        )
    }
}
