import Plant

/// A body with a JSON object a line; blank lines are passed over, and a broken one harms no other.
struct NDJSONBody {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into sink: inout PushSink, _ mapper: inout SignalMapper) throws(FileError) {
        do {
            try bytes.withUnsafeBufferPointer { buffer in
                var row = JSONRow(columns: sink.columns)
                var start = 0
                var line = 0
                while start < buffer.count {
                    let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) ?? buffer.count
                    line += 1
                    try Self.read(start..<end, line: line, buffer, &row, &sink, &mapper)
                    start = end + 1
                }
            }
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(.syntax, path: PushSink.bodyName, "\(error)")
        }
        guard sink.rowCount > 0 else {
            throw FileError(.empty, path: PushSink.bodyName, "is empty: an object a line is expected")
        }
    }

    private static func read(
        _ range: Range<Int>,
        line: Int,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ row: inout JSONRow,
        _ sink: inout PushSink,
        _ mapper: inout SignalMapper
    ) throws(FileError) {
        var scanner = JSONScanner(bytes, range)
        guard scanner.peek() != nil else { return }
        try sink.begin(line: line)
        do throws(JSONScanner.Fault) {
            try scanner.expect("{", "at a line's start")
            let complaint = try row.read(&scanner, bytes, &sink)
            guard scanner.peek() == nil else { throw scanner.fault("something follows the object") }
            if let complaint { return sink.refuse(line, complaint) }
        } catch {
            let column = bytes[range.lowerBound..<error.position].count { $0 & 0xC0 != 0x80 } + 1
            return sink.refuse(line, "column \(column): is not JSON that can be read: \(error.message)")
        }
        sink.add(
            row.values,
            notGood: row.notGood,
            number: line,
            text: String(decoding: bytes[range], as: UTF8.self),
            &mapper
        )
    }
}
