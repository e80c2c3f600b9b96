/// The secret under which access tokens are signed.
package struct SigningKey: Sendable {
    /// As many as SHA-256 puts out: RFC 7518, section 3.2 asks for no fewer.
    package static let byteCountMin = 32

    package let bytes: [UInt8]

    /// - Throws: ``SigningKeyError`` where the key is too short, or the same byte over and over.
    package init(bytes: [UInt8]) throws(SigningKeyError) {
        guard bytes.count >= Self.byteCountMin else { throw SigningKeyError.tooShort(byteCount: bytes.count) }
        guard Set(bytes).count > 1 else { throw SigningKeyError.uniform }
        self.bytes = bytes
    }

    /// A fresh key out of the caller's randomness.
    package init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<Self.byteCountMin).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}

extension SigningKey: CustomStringConvertible {
    /// Never the key itself.
    package var description: String { "a signing key of \(bytes.count) bytes" }
}

/// Why a key signs nothing.
package enum SigningKeyError: Error, Hashable, Sendable {
    case tooShort(byteCount: Int)
    case uniform
}

extension SigningKeyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooShort(let byteCount):
            "the signing key has \(byteCount) bytes: it needs \(SigningKey.byteCountMin), for instance from "
                + "'openssl rand -base64 32'"
        case .uniform: "the signing key is one byte over and over: make one with 'openssl rand -base64 32'"
        }
    }
}
