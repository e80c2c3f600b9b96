import Foundation
import TestSupport

/// Tokens that are nearly good.
enum TokenFuzzer {
    static func mutated(_ token: String, using generator: inout SeededGenerator) -> String {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return token }
        let payload = decoded(parts[1])
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: return encoded(#"{"alg":"none","typ":"JWT"}"#) + "." + parts[1] + "."
        case 1: return encoded(#"{"alg":"none"}"#) + "." + parts[1] + "." + parts[2]
        case 2: return String(token.dropLast(Int.random(in: 1...token.utf8.count, using: &generator)))
        case 3: return parts[0] + "." + parts[1] + "." + String(parts[2].reversed())
        case 4: return parts[0] + "." + encoded(payload.replacing("ADMIN", with: "SUPER_ADMIN")) + "." + parts[2]
        case 5: return parts[0] + "." + encoded(payload.replacing("\"exp\":", with: "\"exp\":9")) + "." + parts[2]
        case 6:
            let claims = (0..<200).map { "\"c\($0)\":\"\(String(repeating: "x", count: 20))\"" }.joined(separator: ",")
            return parts[0] + "." + encoded("{\(claims)}") + "." + parts[2]
        case 7:
            return encoded(#"{"alg":"HS256","kid":"../../etc","crit":["x"],"b64":false}"#) + "." + parts[1] + "."
                + parts[2]
        case 8: return parts.reversed().joined(separator: ".")
        case 9: return key(using: &generator)
        case 10:
            let bytes = HostileValues.mutated(Array(token.utf8), using: &generator)
            return String(decoding: bytes.filter { (33...126).contains($0) }, as: UTF8.self)
        default: return String(repeating: ".", count: Int.random(in: 0...50, using: &generator))
        }
    }

    /// A key that is nearly good, or has a key's form and opens nothing: `eagle_`, 32 digits, `_`, 64 digits.
    static func mutated(key good: String, using generator: inout SeededGenerator) -> String {
        let parts = good.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return good }
        let (name, secret) = (parts[1], parts[2])
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return "eagle_\(name)_" + digits(64, using: &generator)
        case 1: return "eagle_\(digits(32, using: &generator))_\(secret)"
        case 2: return "eagle_\(name)_" + oneOther(secret, using: &generator)
        case 3: return "eagle_\(oneOther(name, using: &generator))_\(secret)"
        case 4: return "eagle_\(name)_" + secret.uppercased()
        case 5: return String(good.dropLast(Int.random(in: 1...good.utf8.count, using: &generator)))
        case 6: return "eagle_\(secret)_\(name)"
        case 7: return good + (["_", "0", "_" + secret, good].randomElement(using: &generator) ?? "")
        case 8:
            let bytes = HostileValues.mutated(Array(good.utf8), using: &generator)
            return String(decoding: bytes.filter { (33...126).contains($0) }, as: UTF8.self)
        default: return key(using: &generator)
        }
    }

    private static func key(using generator: inout SeededGenerator) -> String {
        "eagle_\(digits(32, using: &generator))_\(digits(64, using: &generator))"
    }

    private static func digits(_ count: Int, using generator: inout SeededGenerator) -> String {
        String((0..<count).map { _ in "0123456789abcdef".randomElement(using: &generator) ?? "0" })
    }

    /// With another digit somewhere.
    private static func oneOther(_ text: String, using generator: inout SeededGenerator) -> String {
        var bytes = Array(text.utf8)
        guard let place = bytes.indices.randomElement(using: &generator) else { return text }
        bytes[place] = bytes[place] == UInt8(ascii: "0") ? UInt8(ascii: "f") : UInt8(ascii: "0")
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func encoded(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=",
            with: ""
        )
    }

    private static func decoded(_ part: String) -> String {
        let base64 = part.replacing("-", with: "+").replacing("_", with: "/")
        let padded = base64 + String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: padded).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
