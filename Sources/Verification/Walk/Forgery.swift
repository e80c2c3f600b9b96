import Foundation

/// Tokens that prove nothing, made of one that does.
enum Forgery {
    /// - Parameters:
    ///   - identity: Garbled, forged or unsigned.
    ///   - token: A good one, a JSON Web Token.
    ///   - own: The id of the organization that it names.
    ///   - foreign: The id that it is to name instead.
    /// - Returns: Nil where the token is no JSON Web Token.
    static func token(_ identity: Identity, of token: String, from own: String, to foreign: String) -> String? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let payload = decoded(parts[1]) else { return nil }
        let claims = encoded(payload.replacing(own, with: foreign))
        switch identity {
        case .garbled: return "\(parts[0]).\(parts[1]).\(turned(parts[2]))"
        case .forged: return "\(parts[0]).\(claims).\(parts[2])"
        case .unsigned: return "\(encoded(#"{"alg":"none","typ":"JWT"}"#)).\(claims)."
        case .nobody, .expired, .admin, .operator, .apiKey, .root: return nil
        }
    }

    /// Another character in its middle, where each bit counts.
    private static func turned(_ signature: String) -> String {
        var characters = Array(signature)
        guard !characters.isEmpty else { return "AAAA" }
        let middle = characters.count / 2
        characters[middle] = characters[middle] == "A" ? "B" : "A"
        return String(characters)
    }

    private static func decoded(_ text: String) -> String? {
        let base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
        return Data(base64Encoded: base64 + padding).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func encoded(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}
