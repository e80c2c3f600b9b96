import Database
import Foundation

/// What a backup's sealed parts consist of: rows, each value with its kind, and pieces of files.
///
/// Numbers are little-endian; lengths and counts are unsigned LEB128, integers zigzag before that.
enum BackupRecord: Hashable, Sendable {
    /// Of the header's table with that index.
    case row(table: Int, [SQLValue])
    /// The next bytes of the header's file with that index.
    case piece(file: Int, [UInt8])

    private enum Kind: UInt8 { case row = 1, piece = 2 }
    private enum ValueKind: UInt8 { case null = 0, integer, real, text, blob }

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .row(let table, let values):
            bytes.append(Kind.row.rawValue)
            Self.encode(count: table, into: &bytes)
            for value in values { Self.encode(value, into: &bytes) }
        case .piece(let file, let piece):
            bytes.append(Kind.piece.rawValue)
            Self.encode(count: file, into: &bytes)
            Self.encode(count: piece.count, into: &bytes)
            bytes += piece
        }
    }

    private static func encode(_ value: SQLValue, into bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(ValueKind.null.rawValue)
        case .integer(let number):
            bytes.append(ValueKind.integer.rawValue)
            encode(UInt64(bitPattern: (number << 1) ^ (number >> 63)), into: &bytes)
        case .real(let number):
            bytes.append(ValueKind.real.rawValue)
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
        case .text(let text):
            bytes.append(ValueKind.text.rawValue)
            encode(count: text.utf8.count, into: &bytes)
            bytes += text.utf8
        case .blob(let data):
            bytes.append(ValueKind.blob.rawValue)
            encode(count: data.count, into: &bytes)
            bytes += data
        }
    }

    private static func encode(count: Int, into bytes: inout [UInt8]) { encode(UInt64(count), into: &bytes) }

    private static func encode(_ number: UInt64, into bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Reads one part's records in their order.
    struct Reader {
        private let bytes: [UInt8]
        private var position = 0
        /// How many values a row has, by its table's index.
        private let widths: [Int]

        init(_ bytes: [UInt8], widths: [Int]) {
            self.bytes = bytes
            self.widths = widths
        }

        /// The next record; nil at the part's end.
        ///
        /// - Throws: ``BackupError`` with `.unreadable`.
        mutating func next() throws(BackupError) -> BackupRecord? {
            guard position < bytes.count else { return nil }
            guard let kind = Kind(rawValue: try byte()) else { throw Self.broken }
            switch kind {
            case .row:
                let table = try count()
                guard widths.indices.contains(table) else { throw Self.broken }
                var values: [SQLValue] = []
                values.reserveCapacity(widths[table])
                for _ in 0..<widths[table] { values.append(try value()) }
                return .row(table: table, values)
            case .piece: return .piece(file: try count(), Array(try bytes(count())))
            }
        }

        private static let broken = BackupError(
            .unreadable,
            "a part of it is whole and makes no sense: was it made by a newer program?"
        )

        private mutating func value() throws(BackupError) -> SQLValue {
            guard let kind = ValueKind(rawValue: try byte()) else { throw Self.broken }
            switch kind {
            case .null: return .null
            case .integer:
                let number = try number()
                return .integer(Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1))
            case .real:
                let bits = try bytes(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                return .real(Double(bitPattern: bits))
            case .text:
                guard let text = String(validating: try bytes(count()), as: UTF8.self) else { throw Self.broken }
                return .text(text)
            case .blob: return .blob(Data(try bytes(count())))
            }
        }

        private mutating func byte() throws(BackupError) -> UInt8 {
            guard position < bytes.count else { throw Self.broken }
            defer { position += 1 }
            return bytes[position]
        }

        private mutating func bytes(_ count: Int) throws(BackupError) -> ArraySlice<UInt8> {
            guard count <= bytes.count - position else { throw Self.broken }
            defer { position += count }
            return bytes[position..<position + count]
        }

        private mutating func count() throws(BackupError) -> Int {
            guard let count = Int(exactly: try number()) else { throw Self.broken }
            return count
        }

        private mutating func number() throws(BackupError) -> UInt64 {
            var number: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 64, by: 7) {
                let byte = try byte()
                let part = UInt64(byte & 0x7F)
                guard shift < 63 || part <= 1 else { throw Self.broken }
                number |= part << shift
                if byte < 0x80 { return number }
            }
            throw Self.broken
        }
    }
}
