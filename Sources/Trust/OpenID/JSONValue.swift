import FoundationEssentials
import Plant

/// JSON whose names nobody knows beforehand.
enum JSONValue: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case map([String: JSONValue])

    /// How deep lists and maps may stand in one another: reading one takes stack.
    private static let depthMax = 32

    /// - Throws: `DecodingError` for what is no JSON, or stands too deep.
    static func decoded(_ bytes: [UInt8]) throws -> JSONValue {
        var (depth, isText, isEscaped) = (0, false, false)
        for byte in bytes {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = isText
            case UInt8(ascii: "\""): isText.toggle()
            case _ where isText: break
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            guard depth <= depthMax else {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "stands too deep"))
            }
        }
        return try JSONDecoder().decode(JSONValue.self, fromOutside: Data(bytes))
    }

    subscript(name: String) -> JSONValue? {
        guard case .map(let members) = self else { return nil }
        return members[name]
    }

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// The texts of a list, or the one text.
    var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .list(let values): values.compactMap(\.text)
        case .null, .flag, .number, .map: []
        }
    }

    /// Whole seconds of a NumericDate, which may have decimals (RFC 7519, section 2); nil for what no instant is.
    var seconds: Int64? {
        guard case .number(let number) = self, number.isFinite, abs(number) < 1e15 else { return nil }
        return Int64(number.rounded(.down))
    }
}

extension JSONValue: Decodable {
    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .map(try value.decode([String: JSONValue].self))
        }
    }
}
