/// One connection, from the handshake's answer to its last frame.
final class Client {
    let number: Int
    /// The last alert it saw.
    private(set) var last: Int
    private(set) var isOpen = false
    /// A frame, or the handshake's answer, that has not come whole.
    private var rest: [UInt8] = []

    init(number: Int, last: Int) {
        self.number = number
        self.last = last
    }

    /// Takes what has come: looks at numbers and at nothing else.
    func take(_ bytes: UnsafeRawBufferPointer, at now: Int, into book: inout ReceiptBook, pong: () -> Void) {
        guard rest.isEmpty else {
            rest += bytes
            let whole = rest
            rest = []
            whole.withUnsafeBytes { takeWhole($0, at: now, into: &book, pong: pong) }
            return
        }
        takeWhole(bytes, at: now, into: &book, pong: pong)
    }

    private func takeWhole(_ bytes: UnsafeRawBufferPointer, at now: Int, into book: inout ReceiptBook, pong: () -> Void)
    {
        var bytes = bytes[...]
        if !isOpen {
            guard let end = Self.headEnd(bytes) else { return rest += bytes }
            let status = String(decoding: bytes.prefix(12), as: UTF8.self)
            guard status == "HTTP/1.1 101" else {
                book.refused(String(decoding: bytes.prefix(200), as: UTF8.self))
                return
            }
            isOpen = true
            bytes = bytes[end...]
        }
        while let frame = Frame(bytes) {
            switch frame.opcode {
            case 1: hear(frame.data, at: now, into: &book)
            case 9: pong()
            case 8: book.closedCount += 1
            default: break
            }
            bytes = bytes[frame.data.endIndex...]
        }
        rest += bytes
    }

    private func hear(_ text: Slice<UnsafeRawBufferPointer>, at now: Int, into book: inout ReceiptBook) {
        guard let sequence = Self.sequence(ofAlert: text) else { return }
        if sequence == last + 1 {
            last = sequence
            book.received(sequence, at: now)
        } else if sequence <= last {
            book.repeatedCount += 1
        } else {
            book.missedCount += sequence - last - 1
            last = sequence
        }
    }

    private static let alertEnd = Array(#""type":"alert"}"#.utf8)
    private static let sequenceName = Array(#""sequence":"#.utf8)

    /// The number, which stands near the end; nil for anything but an alert.
    private static func sequence(ofAlert text: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard text.count > 64, text.suffix(alertEnd.count).elementsEqual(alertEnd) else { return nil }
        var place = text.endIndex - alertEnd.count - sequenceName.count
        while place > text.startIndex {
            if text[place] == sequenceName[0], text[place...].starts(with: sequenceName) {
                var number = 0
                for byte in text[(place + sequenceName.count)...] {
                    guard (48...57).contains(byte) else { break }
                    number = number * 10 + Int(byte - 48)
                }
                return number
            }
            place -= 1
        }
        return nil
    }

    private static func headEnd(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        var place = bytes.startIndex
        while place + 4 <= bytes.endIndex {
            if bytes[place] == 13, bytes[place + 1] == 10, bytes[place + 2] == 13, bytes[place + 3] == 10 {
                return place + 4
            }
            place += 1
        }
        return nil
    }

    /// A server's frame, which has no mask (RFC 6455, section 5.2).
    private struct Frame {
        let opcode: UInt8
        let data: Slice<UnsafeRawBufferPointer>

        /// Nil where it has not come whole.
        init?(_ bytes: Slice<UnsafeRawBufferPointer>) {
            guard bytes.count >= 2 else { return nil }
            let first = bytes.startIndex
            opcode = bytes[first] & 0x0F
            var length = Int(bytes[first + 1] & 0x7F)
            var start = first + 2
            let extended = length == 126 ? 2 : length == 127 ? 8 : 0
            if extended > 0 {
                guard bytes.count >= 2 + extended else { return nil }
                length = bytes[start..<start + extended].reduce(0) { $0 << 8 | Int($1) }
                start += extended
            }
            guard bytes.endIndex - start >= length else { return nil }
            data = bytes[start..<start + length]
        }
    }
}
