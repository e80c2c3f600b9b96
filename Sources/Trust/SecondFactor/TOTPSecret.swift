/// What a user's authenticator and the server share.
package struct TOTPSecret: Sendable {
    /// As many bits as RFC 4226, section 4, requirement R6 recommends.
    package static let byteCount = 20

    package let bytes: [UInt8]

    /// A fresh one out of the caller's randomness.
    package init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// - Returns: Nil for fewer than 16 bytes, which RFC 4226 does not allow, and for more than 64.
    package init?(bytes: [UInt8]) {
        guard (16...64).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// One that a person types, see ``base32``.
    package init?(base32 text: some StringProtocol) {
        guard let bytes = Base32.bytes(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// For those who type it.
    package var base32: String { Base32.text(bytes) }

    /// What authenticators read, as a link or as a picture of it.
    ///
    /// - Parameters:
    ///   - account: Whose it is, an e-mail address.
    ///   - issuer: What it opens.
    /// - Returns: An `otpauth:` URI in the form of the Key URI Format.
    package func uri(account: String, issuer: String) -> String {
        let label = "\(FormText.encoded(issuer)):\(FormText.encoded(account))"
        let query = FormText.encoded([
            ("secret", base32), ("issuer", issuer), ("algorithm", "SHA1"), ("digits", "6"), ("period", "30"),
        ])
        return "otpauth://totp/\(label)?\(query)"
    }
}

extension TOTPSecret: CustomStringConvertible {
    /// Never the secret itself.
    package var description: String { "a secret for one-time codes" }
}
