import Foundation
import Plant

/// A JSON body: `{"readings": [...]}`, or the array alone.
struct JSONBody {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into sink: inout PushSink, _ mapper: inout SignalMapper) throws(FileError) {
        do {
            try bytes.withUnsafeBufferPointer { buffer in
                var scanner = JSONScanner(buffer, 0..<buffer.count)
                guard scanner.peek() != nil else {
                    throw FileError(.empty, path: PushSink.bodyName, "is empty: readings are expected")
                }
                if scanner.skip("{") {
                    try Self.readEnvelope(&scanner, buffer, &sink, &mapper)
                } else if scanner.skip("[") {
                    try Self.readRows(&scanner, buffer, &sink, &mapper)
                } else {
                    throw scanner.fault("an array of readings is expected, or an object with 'readings'")
                }
                guard scanner.peek() == nil else { throw scanner.fault("something follows the last bracket") }
            }
        } catch let error as FileError {
            throw error
        } catch let fault as JSONScanner.Fault {
            throw fileError(fault)
        } catch {
            throw FileError(.syntax, path: PushSink.bodyName, "\(error)")
        }
    }

    private static func readEnvelope(
        _ scanner: inout JSONScanner,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ sink: inout PushSink,
        _ mapper: inout SignalMapper
    ) throws {
        var hasReadings = false
        if !scanner.skip("}") {
            repeat {
                let key = try scanner.key()
                let value = try scanner.value()
                if key == "readings", case .array = value {
                    hasReadings = true
                    try readRows(&scanner, bytes, &sink, &mapper)
                } else {
                    try scanner.skipRest(of: value)
                }
            } while scanner.skip(",")
            try scanner.expect("}", "behind an object's last value")
        }
        guard hasReadings else { throw scanner.fault("the object has no list 'readings'") }
    }

    /// The rest of an array whose opening bracket has been read.
    private static func readRows(
        _ scanner: inout JSONScanner,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ sink: inout PushSink,
        _ mapper: inout SignalMapper
    ) throws {
        var row = JSONRow(columns: sink.columns)
        if scanner.skip("]") { return }
        repeat {
            try sink.begin(line: nil)
            let number = sink.rowCount
            let value = try scanner.value()
            let start = scanner.position - 1
            guard case .object = value else {
                try scanner.skipRest(of: value)
                sink.refuse(number, "is no object with columns as keys")
                continue
            }
            if let complaint = try row.read(&scanner, bytes, &sink) {
                sink.refuse(number, complaint)
                continue
            }
            let text = start..<scanner.position
            sink.add(
                row.values,
                notGood: row.notGood,
                number: number,
                text: String(decoding: bytes[text], as: UTF8.self),
                &mapper
            )
        } while scanner.skip(",")
        try scanner.expect("]", "behind the last reading")
    }

    private func fileError(_ fault: JSONScanner.Fault) -> FileError {
        let before = bytes.prefix(fault.position)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return FileError(
            .syntax,
            path: PushSink.bodyName,
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1,
            "is not JSON that can be read: \(fault.message)"
        )
    }
}
