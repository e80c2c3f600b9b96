import Crypto
import FoundationEssentials
package import Plant

/// An API key as a machine carries it: `eagle_<id>_<secret>`, the id in 32 hexadecimal digits, the secret in 64.
///
/// Its form is so peculiar that whoever looks for secrets that went astray finds it.
package struct APIKeyText: Sendable {
    package static let prefix = "eagle_"
    package static let secretByteCount = 32

    package let id: ID<APIKey>
    private let secret: String

    /// A fresh key out of the caller's randomness.
    package init(for id: ID<APIKey>, using generator: inout some RandomNumberGenerator) {
        self.id = id
        secret = (0..<Self.secretByteCount).reduce(into: "") { text, _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }

    /// What a client presents; nil for what can't be one.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "eagle", Self.isHexadecimal(parts[1], count: 32),
            Self.isHexadecimal(parts[2], count: 2 * Self.secretByteCount), let id = Self.id(parts[1])
        else { return nil }
        self.id = id
        secret = String(parts[2])
    }

    /// What the machine is given, once.
    package var text: String {
        Self.prefix + id.description.filter { $0 != "-" } + "_" + secret
    }

    /// What the server keeps: 256 random bits need no salt.
    package var hash: TokenHash { TokenHash(bytes: Data(SHA256.hash(data: Data(secret.utf8)))) }

    private static func isHexadecimal(_ text: some StringProtocol, count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// 8-4-4-4-12, as RFC 9562 groups them.
    private static func id(_ digits: some StringProtocol) -> ID<APIKey>? {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return ID(text)
    }
}

extension APIKeyText: CustomStringConvertible {
    /// Never the secret itself.
    package var description: String { "the secret of an API key" }
}
