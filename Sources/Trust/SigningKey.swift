/// The secret under which access tokens are signed.
package struct SigningKey: Sendable {
    /// As many as SHA-256 puts out: RFC 7518, section 3.2 asks for no fewer.
    package static let byteCountMin = 32

    package let bytes: [UInt8]

    /// - Throws: ``SigningKeyError`` where the key is too short, or not chance as far as one can see that.
    package init(bytes: [UInt8]) throws(SigningKeyError) {
        guard bytes.count >= Self.byteCountMin else { throw SigningKeyError.tooShort(byteCount: bytes.count) }
        // Of hexadecimal digits there are 16: what they stand for has to differ.
        let meant = Self.bytes(hexadecimal: bytes) ?? bytes
        guard meant.count >= Self.byteCountMin else { throw SigningKeyError.tooShort(byteCount: meant.count) }
        if let weakness = KeyWeakness(of: meant) { throw SigningKeyError.weak(weakness.text) }
        self.bytes = bytes
    }

    /// A fresh key out of the caller's randomness.
    package init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<Self.byteCountMin).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// Nil for what is not all such digits.
    private static func bytes(hexadecimal text: [UInt8]) -> [UInt8]? {
        let digits = text.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}

extension SigningKey: CustomStringConvertible {
    /// Never the key itself.
    package var description: String { "a signing key of \(bytes.count) bytes" }
}

/// Why a key signs nothing.
package enum SigningKeyError: Error, Hashable, Sendable {
    case tooShort(byteCount: Int)
    /// What shows that it is no chance, as what follows "the key".
    case weak(String)
}

extension SigningKeyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooShort(let byteCount):
            "the signing key has \(byteCount) bytes: it needs \(SigningKey.byteCountMin), for instance from "
                + "'\(MasterKey.recipe)'"
        case .weak(let weakness): "the signing key \(weakness): make one with '\(MasterKey.recipe)'"
        }
    }
}
