import Crypto
import FoundationEssentials
import Plant

/// Names a key without saying anything of it: the first eight bytes of a SHA-256 over it, in hexadecimal.
package struct KeyID: Hashable, Sendable {
    package static let byteCount = 8

    package let hexadecimal: String

    /// The id that was written; nil for any other text.
    package init?(hexadecimal: String) {
        guard hexadecimal.utf8.count == 2 * Self.byteCount,
            hexadecimal.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.hexadecimal = hexadecimal
    }

    /// - Parameters:
    ///   - key: A secret that is random enough not to be guessed from its hash.
    ///   - use: What the key is for, so that the same bytes have another id elsewhere.
    init(of key: [UInt8], use: String) {
        self.init(bytes: SHA256.hash(data: Array("eagle \(use) key\0".utf8) + key).prefix(Self.byteCount))
    }

    /// - Parameter bytes: As many as ``byteCount``.
    init(bytes: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef")
        hexadecimal = String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// As many as ``byteCount``.
    var bytes: [UInt8] {
        func nibble(_ digit: UInt8) -> UInt8 { digit < 58 ? digit - 48 : digit - 87 }
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count, by: 2).map { nibble(digits[$0]) << 4 | nibble(digits[$0 + 1]) }
    }
}

extension KeyID: CustomStringConvertible {
    package var description: String { hexadecimal }
}

extension KeyID: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.value({ KeyID(hexadecimal: $0) }, orSay: "is no key's id")
    }

    package func encode(to encoder: any Encoder) throws {
        try hexadecimal.encode(to: encoder)
    }
}
