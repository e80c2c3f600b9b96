import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import TestSupport
import X509

/// A certificate for one name, its own authority, made anew for each test.
struct LoopbackCertificate {
    let folder: TemporaryDirectory
    /// The certificate in PEM, for whoever is to trust it.
    let path: String
    /// Its key in PEM, for a server that is another program.
    let keyPath: String
    /// A server's side of TLS.
    let server: NIOSSLContext

    init(name: String) throws {
        let key = P256.Signing.PrivateKey()
        let issuer = try DistinguishedName { CommonName(name) }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            notValidBefore: Date().addingTimeInterval(-86_400),
            notValidAfter: Date().addingTimeInterval(86_400),
            issuer: issuer,
            subject: issuer,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([.dnsName(name)])
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        let text = try certificate.serializeAsPEM().pemString
        folder = try TemporaryDirectory()
        path = try folder.write(text, to: "certificate.pem")
        keyPath = try folder.write(key.pemRepresentation, to: "key.pem")
        server = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(Array(text.utf8)).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem))
            )
        )
    }
}
