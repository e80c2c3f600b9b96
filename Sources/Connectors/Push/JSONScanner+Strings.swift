extension JSONScanner {
    /// The string whose opening quote is next.
    mutating func string() throws(Fault) -> String {
        let start = position + 1
        var at = start
        while at < end, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 { at += 1 }
        guard at < end, bytes[at] != UInt8(ascii: "\"") else {
            guard at < end else { throw fault("a text's closing quote is missing") }
            let text = try text(start..<at)
            position = at + 1
            return text
        }
        return try escapedString(from: start)
    }

    private func text(_ range: Range<Int>) throws(Fault) -> String {
        let slice = UnsafeBufferPointer(rebasing: bytes[range])
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw Fault(position: range.lowerBound, message: "is not UTF-8")
        }
        return text
    }

    private mutating func escapedString(from start: Int) throws(Fault) -> String {
        var text = ""
        var plain = start
        var at = start
        while at < end {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                text += try self.text(plain..<at)
                position = at + 1
                return text
            case UInt8(ascii: "\\"):
                text += try self.text(plain..<at)
                let (scalar, next) = try escape(at: at + 1)
                text.unicodeScalars.append(scalar)
                at = next
                plain = next
            case 0..<0x20:
                throw Fault(
                    position: at,
                    message:
                        "a control character stands in a text: write it as \\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
                )
            default: at += 1
            }
        }
        throw fault("a text's closing quote is missing")
    }

    /// The character an escape stands for, and the byte behind it.
    private func escape(at start: Int) throws(Fault) -> (Unicode.Scalar, next: Int) {
        guard start < end else { throw fault("a text's closing quote is missing") }
        switch bytes[start] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return (Unicode.Scalar(bytes[start]), start + 1)
        case UInt8(ascii: "b"): return ("\u{8}", start + 1)
        case UInt8(ascii: "f"): return ("\u{C}", start + 1)
        case UInt8(ascii: "n"): return ("\n", start + 1)
        case UInt8(ascii: "r"): return ("\r", start + 1)
        case UInt8(ascii: "t"): return ("\t", start + 1)
        case UInt8(ascii: "u"): break
        default: throw Fault(position: start, message: "no such escape: a backslash itself is written twice")
        }
        let unit = try unit(at: start + 1)
        if let scalar = Unicode.Scalar(unit) { return (scalar, start + 5) }
        guard (0xD800..<0xDC00).contains(unit), start + 6 < end, bytes[start + 5] == UInt8(ascii: "\\"),
            bytes[start + 6] == UInt8(ascii: "u")
        else { throw Fault(position: start, message: "half of a surrogate pair") }
        let low = try self.unit(at: start + 7)
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw Fault(position: start, message: "half of a surrogate pair") }
        return (scalar, start + 11)
    }

    private func unit(at start: Int) throws(Fault) -> UInt32 {
        guard start + 4 <= end else { throw fault("a text's closing quote is missing") }
        var unit: UInt32 = 0
        for index in start..<start + 4 {
            guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                throw Fault(position: index, message: "four hexadecimal digits are expected behind \\u")
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }
}
