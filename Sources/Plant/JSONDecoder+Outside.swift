package import FoundationEssentials

/// How deep JSON from outside may nest; what Eagle reads and writes needs a handful of levels.
package enum JSONNesting {
    package static let max = 64

    /// Whether arrays and objects are nested at most so deep; what stands in texts does not count.
    package static func isBounded(_ json: some Sequence<UInt8>) -> Bool {
        var depth = 0
        var isText = false
        var isEscaped = false
        for byte in json {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > max { return false }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return true
    }
}

extension JSONDecoder {
    /// The value in JSON that somebody else has written.
    ///
    /// The decoder of Swift 6.3's Foundation traps on data that ends at 513 open brackets, beyond its own limit: what
    /// nests deeper than anything here is refused before.
    /// - Throws: `DecodingError`.
    package func decode<Value: Decodable>(_ type: Value.Type, fromOutside json: Data) throws -> Value {
        guard JSONNesting.isBounded(json) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: [],
                    debugDescription: "arrays and objects are nested deeper than \(JSONNesting.max) levels"
                )
            )
        }
        return try decode(type, from: json)
    }
}
