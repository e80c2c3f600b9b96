import Crypto
package import Foundation
import SwiftASN1
import X509

/// A certificate for the loopback, its own authority, made anew for each test: who trusts it alone knows that it serves.
package struct TestCertificate: Sendable {
    package static let name = "localhost"

    /// In PEM.
    package let certificate: String
    /// In PEM.
    package let key: String

    package init(from: TimeInterval = -86_400, until: TimeInterval = 90 * 86_400, now: Date = Date()) throws {
        let key = P256.Signing.PrivateKey()
        let issuer = try DistinguishedName { CommonName(Self.name) }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            notValidBefore: now.addingTimeInterval(from),
            notValidAfter: now.addingTimeInterval(until),
            issuer: issuer,
            subject: issuer,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([.dnsName(Self.name)])
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        self.certificate = try certificate.serializeAsPEM().pemString
        self.key = key.pemRepresentation
    }
}
