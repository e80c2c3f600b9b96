import FoundationEssentials
import Plant

/// A server's signed word that an organization was erased; anybody checks it with the server's public key, offline.
///
/// What is signed is the statement's JSON with sorted keys and without spaces, behind a line that says what it is, so
/// that nothing else the server signs can stand for it.
package struct ErasureCertificate: Hashable, Sendable, Codable {
    package let statement: ErasureStatement
    package let algorithm: String
    /// Base64, as is the signature.
    package let publicKey: String
    package let signature: String

    private static let algorithmKnown = "Ed25519"
    private static let purpose = "eagle certificate of erasure 1\n"

    /// - Throws: ``ServerIdentityError`` where the server can't sign.
    package init(_ statement: ErasureStatement, by identity: ServerIdentity) throws {
        self.statement = statement
        algorithm = Self.algorithmKnown
        publicKey = Data(identity.publicKey).base64EncodedString()
        signature = Data(try identity.sign(Self.signed(statement))).base64EncodedString()
    }

    /// The file that people keep.
    package func text() throws -> String {
        String(decoding: try Self.encoder(isPretty: true).encode(self), as: UTF8.self) + "\n"
    }

    /// A certificate as it was kept, if nothing of it was changed.
    ///
    /// - Parameters:
    ///   - text: The file's content; only spaces between its parts may be others than were written.
    ///   - publicKey: The server's, as whoever checks it has got it from elsewhere; without it, any server's will do.
    /// - Throws: ``CertificateError``.
    package init(checking text: String, against publicKey: [UInt8]? = nil) throws(CertificateError) {
        let certificate: ErasureCertificate
        do {
            certificate = try JSONDecoder().decode(ErasureCertificate.self, fromOutside: Data(text.utf8))
        } catch {
            throw CertificateError(.unreadable, "it is no certificate of erasure: \(Self.words(error))")
        }
        guard certificate.algorithm == Self.algorithmKnown,
            certificate.statement.format == ErasureStatement.formatKnown
        else {
            throw CertificateError(
                .unreadable,
                "it is of format \(certificate.statement.format), signed by \(certificate.algorithm): "
                    + "a newer eagle reads it"
            )
        }
        // What a reader would not look at must not be there either.
        guard let written = try? Self.encoder(isPretty: false).encode(certificate),
            Self.withoutSpaces(text) == Array(written)
        else {
            throw CertificateError(.altered, "it is not as the server wrote it: something was added or put elsewhere")
        }
        guard let key = Data(base64Encoded: certificate.publicKey),
            let signature = Data(base64Encoded: certificate.signature),
            key.base64EncodedString() == certificate.publicKey,
            signature.base64EncodedString() == certificate.signature,
            let signed = try? Self.signed(certificate.statement),
            ServerIdentity.isValid(Array(signature), for: signed, publicKey: Array(key))
        else {
            throw CertificateError(.forged, "its signature does not fit: the statement, the key or itself was changed")
        }
        if let publicKey, publicKey != Array(key) {
            throw CertificateError(
                .otherKey,
                "it is signed with the key \(certificate.publicKey), which is not the one that was given"
            )
        }
        self = certificate
    }

    private static func signed(_ statement: ErasureStatement) throws -> [UInt8] {
        Array(purpose.utf8) + Array(try encoder(isPretty: false).encode(statement))
    }

    private static func encoder(isPretty: Bool) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty
            ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// A JSON text without what stands between its parts (RFC 8259, section 2).
    private static func withoutSpaces(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var (isQuoted, isEscaped) = (false, false)
        for byte in text.utf8 {
            if isQuoted {
                bytes.append(byte)
                if byte == UInt8(ascii: "\""), !isEscaped { isQuoted = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            } else if ![0x20, 0x09, 0x0A, 0x0D].contains(byte) {
                bytes.append(byte)
                isQuoted = byte == UInt8(ascii: "\"")
            }
        }
        return bytes
    }

    private static func words(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of another kind"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            "'\(context.codingPath.map(\.stringValue).joined(separator: "."))': \(context.debugDescription)"
        case .dataCorrupted, .none: "it is no JSON"
        case .some: "it can't be read"
        }
    }
}

/// Why a certificate proves nothing.
package struct CertificateError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        case unreadable
        /// Its parts are not as they were written.
        case altered
        case forged
        /// It is whole, and another server's.
        case otherKey
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension CertificateError: CustomStringConvertible {
    package var description: String { message }
}
