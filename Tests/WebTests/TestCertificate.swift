import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import TestSupport
import X509

@testable import Web

/// A certificate for the loopback, its own authority, made anew for each test: who trusts it alone knows that it serves.
struct TestCertificate: Sendable {
    static let name = "localhost"

    let certificate: String
    let key: String

    init(from: TimeInterval = -86_400, until: TimeInterval = 90 * 86_400, now: Date = Date()) throws {
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

    /// The pair in two files of a folder, in the place of those that were there.
    @discardableResult
    func write(to folder: TemporaryDirectory, mode: Int = 0o600) throws -> CertificateFiles {
        let files = CertificateFiles(
            certificate: try folder.write(certificate, to: "certificate.pem"),
            key: try folder.write(key, to: "key.pem")
        )
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: files.key)
        return files
    }

    /// A client's side of TLS, which trusts this one alone.
    func client(
        versions: ClosedRange<Int> = 2...3,
        protocols: [String] = []
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)))
        let known: [TLSVersion] = [.tlsv1, .tlsv11, .tlsv12, .tlsv13]
        configuration.minimumTLSVersion = known[versions.lowerBound]
        configuration.maximumTLSVersion = known[versions.upperBound]
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }
}
