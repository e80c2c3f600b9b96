import FoundationEssentials

/// Base64 with the URL-safe alphabet and no padding (RFC 4648, 5).
package enum Base64URL {
    /// The bytes of such a text, padded or not; nil for anything else.
    package static func bytes(_ text: String) -> [UInt8]? {
        guard text.utf8.allSatisfy({ $0.isAlphanumeric || $0 == 45 || $0 == 95 || $0 == 61 }) else { return nil }
        var plain = text.prefix { $0 != "=" }.replacing("-", with: "+").replacing("_", with: "/")
        guard text.count - plain.count <= 2 else { return nil }
        plain += String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Data(base64Encoded: String(plain)).map { [UInt8]($0) }
    }

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        let text = Data(bytes).base64EncodedString()
        return text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
