/// Reads JSON (RFC 8259) out of bytes, value by value, without building a tree.
///
/// Beyond the standard it takes `NaN`, `Infinity` and `-Infinity`, which some writers put where a number is missing.
struct JSONScanner {
    /// What is wrong, and at which byte.
    struct Fault: Error {
        let position: Int
        let message: String
    }

    enum Value {
        case null
        case boolean(Bool)
        /// A number and the bytes that spell it.
        case number(Double, Range<Int>)
        case string(String)
        /// Where an object or an array begins; it is still to be read or skipped.
        case object, array
    }

    let bytes: UnsafeBufferPointer<UInt8>
    var position: Int
    let end: Int
    static let depthMax = 64

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    func fault(_ message: String) -> Fault { Fault(position: position, message: message) }

    /// The next byte that is no blank, which stays; nil at the end.
    mutating func peek() -> UInt8? {
        while position < end {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar, _ place: String) throws(Fault) {
        guard skip(character) else { throw fault("'\(character)' is expected \(place)") }
    }

    /// The value that begins here; of an object or array nothing is read but its bracket.
    mutating func value() throws(Fault) -> Value {
        guard let byte = peek() else { throw fault("a value is expected, but the text ends") }
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"):
            position += 1
            return .object
        case UInt8(ascii: "["):
            position += 1
            return .array
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N"): return try word("NaN", .null)
        case UInt8(ascii: "I"): return try word("Infinity", .null)
        case UInt8(ascii: "-") where position + 1 < end && bytes[position + 1] == UInt8(ascii: "I"):
            return try word("-Infinity", .null)
        default: return try number()
        }
    }

    /// Reads past the rest of a value.
    mutating func skipRest(of value: Value, depth: Int = 0) throws(Fault) {
        switch value {
        case .null, .boolean, .number, .string: return
        case .object:
            guard depth < Self.depthMax else { throw fault("is nested more than \(Self.depthMax) deep") }
            if skip("}") { return }
            repeat {
                _ = try key()
                let member = try self.value()
                try skipRest(of: member, depth: depth + 1)
            } while skip(",")
            try expect("}", "behind an object's last value")
        case .array:
            guard depth < Self.depthMax else { throw fault("is nested more than \(Self.depthMax) deep") }
            if skip("]") { return }
            repeat {
                let element = try self.value()
                try skipRest(of: element, depth: depth + 1)
            } while skip(",")
            try expect("]", "behind an array's last value")
        }
    }

    /// An object's key with the colon behind it.
    mutating func key() throws(Fault) -> String {
        guard peek() == UInt8(ascii: "\"") else { throw fault("a key in quotes is expected") }
        let key = try string()
        try expect(":", "behind a key")
        return key
    }

    private mutating func word(_ text: StaticString, _ value: Value) throws(Fault) -> Value {
        guard end - position >= text.utf8CodeUnitCount else { throw fault("'\(text)' is cut short") }
        for index in 0..<text.utf8CodeUnitCount where bytes[position + index] != text.utf8Start[index] {
            throw fault("is no value: texts stand in quotes")
        }
        position += text.utf8CodeUnitCount
        return value
    }

    private mutating func number() throws(Fault) -> Value {
        let start = position
        while position < end, Self.isOfNumber(bytes[position]) { position += 1 }
        let range = start..<position
        let token = UnsafeBufferPointer(rebasing: bytes[range])
        guard Self.isNumber(token) else {
            position = start
            throw fault("is no value: numbers are written like -12.5e3, texts stand in quotes")
        }
        if let number = DecimalText.number(token) { return .number(number, range) }
        return .number(Double(String(decoding: token, as: UTF8.self)) ?? .nan, range)
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        byte &- 48 <= 9 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            || byte | 0x20 == UInt8(ascii: "e")
    }

    /// RFC 8259, section 6: no leading zeros, digits on both sides of a point.
    private static func isNumber(_ token: UnsafeBufferPointer<UInt8>) -> Bool {
        var at = token.first == UInt8(ascii: "-") ? 1 : 0
        func digits() -> Int {
            let start = at
            while at < token.count, token[at] &- 48 <= 9 { at += 1 }
            return at - start
        }
        let isZero = at < token.count && token[at] == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !isZero || whole == 1 else { return false }
        if at < token.count, token[at] == UInt8(ascii: ".") {
            at += 1
            guard digits() > 0 else { return false }
        }
        if at < token.count, token[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < token.count, token[at] == UInt8(ascii: "-") || token[at] == UInt8(ascii: "+") { at += 1 }
            guard digits() > 0 else { return false }
        }
        return at == token.count
    }
}
