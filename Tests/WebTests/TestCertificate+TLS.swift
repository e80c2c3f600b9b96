import Foundation
import NIOSSL
import TestSupport

@testable import Web

extension TestCertificate {
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
