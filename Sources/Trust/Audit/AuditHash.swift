import Crypto
import FoundationEssentials

/// A SHA-256 (FIPS 180-4), as 64 lower-case hexadecimal digits.
package struct AuditHash: Hashable, Sendable {
    package let hexadecimal: String

    /// What stands where the first entry of a chain names the one before it.
    package static let none = AuditHash(checked: String(repeating: "0", count: 64))

    /// - Returns: Nil for any other text than 64 lower-case digits.
    package init?(hexadecimal: String) {
        guard hexadecimal.utf8.count == 64,
            hexadecimal.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.hexadecimal = hexadecimal
    }

    package init(of bytes: [UInt8]) { self.init(checked: AuditHexadecimal.text(SHA256.hash(data: bytes))) }

    fileprivate init(checked hexadecimal: String) { self.hexadecimal = hexadecimal }

    package var bytes: [UInt8] { AuditHexadecimal.bytes(hexadecimal) ?? [] }
}

/// The hash of hashes, one after the other, however many.
package struct AuditDigest: Sendable {
    private var state = SHA256()

    package init() {}

    package mutating func add(_ hash: AuditHash) { state.update(data: hash.bytes) }

    package var hash: AuditHash { AuditHash(checked: AuditHexadecimal.text(state.finalize())) }
}

/// Bytes as lower-case hexadecimal digits, two a byte.
package enum AuditHexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// - Returns: Nil for anything but an even number of lower-case digits.
    package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let values = text.utf8.compactMap { digits.firstIndex(of: $0).map { UInt8($0) } }
        guard values.count == text.utf8.count, values.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}

/// Texts one behind the other, each behind its length in bytes of UTF-8: no two lists of texts give the same bytes.
///
/// A length is four bytes, the highest first. The first text says what the others are.
package struct AuditFields: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(_ kind: String) { add(kind) }

    package mutating func add(_ text: String) {
        let length = UInt32(clamping: text.utf8.count)
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        bytes.append(contentsOf: text.utf8)
    }

    package var hash: AuditHash { AuditHash(of: bytes) }
}
