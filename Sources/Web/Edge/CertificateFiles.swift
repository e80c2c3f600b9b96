import FoundationEssentials
import Glibc
import NIOSSL
import Plant

/// Where a certificate with its chain and its key are kept, both in PEM.
package struct CertificateFiles: Hashable, Sendable {
    package let certificate: String
    package let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// What tells whether the files are others than before, also behind a symbolic link that leads elsewhere now.
    struct Stamp: Hashable, Sendable {
        fileprivate struct File: Hashable {
            let device: UInt
            let number: UInt
            let size: Int
            let modified: [Int]
        }

        fileprivate let files: [File]
    }

    /// Nil where one of them is not there.
    var stamp: Stamp? {
        var files: [Stamp.File] = []
        for path in [certificate, key] {
            var status = Glibc.stat()
            guard stat(path, &status) == 0 else { return nil }
            files.append(
                Stamp.File(
                    device: UInt(status.st_dev),
                    number: UInt(status.st_ino),
                    size: Int(status.st_size),
                    modified: [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
                )
            )
        }
        return Stamp(files: files)
    }

    /// - Throws: ``CertificateError`` that names the file and what to do.
    func load() throws(CertificateError) -> CertificatePair {
        let chain = try certificates()
        let privateKey = try privateKey()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(privateKey)
        )
        configuration.minimumTLSVersion = .tlsv12
        // Of TLS 1.2 only what has forward secrecy and authenticates what it encrypts (RFC 9325, section 4.2).
        configuration.cipherSuiteValues = [
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
        configuration.applicationProtocols = ["http/1.1"]
        do {
            let begins = chain.map { Instant(seconds: Int64($0.notValidBefore)) }
            let ends = chain.map { Instant(seconds: Int64($0.notValidAfter)) }
            return CertificatePair(
                context: try NIOSSLContext(configuration: configuration),
                notBefore: begins.max() ?? .distantPast,
                notAfter: ends.min() ?? .distantPast
            )
        } catch {
            throw CertificateError(
                "the key in \(key) is not that of the certificate in \(certificate): give two that belong together"
            )
        }
    }

    private func certificates() throws(CertificateError) -> [NIOSSLCertificate] {
        let bytes = try PEMFile(path: certificate).bytes()
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty else {
            throw CertificateError(
                "\(certificate) holds no certificates in PEM: the server's own comes first, then those above it"
            )
        }
        return chain
    }

    private func privateKey() throws(CertificateError) -> NIOSSLPrivateKey {
        let bytes = try PEMFile(path: key).bytes(isSecret: true)
        if let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { return key }
        guard String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED") else {
            throw CertificateError("\(key) holds no key in PEM: it begins with -----BEGIN PRIVATE KEY-----")
        }
        throw CertificateError("the key in \(key) is encrypted: give one without a passphrase, in a file of mode 600")
    }
}

/// A certificate that can serve.
struct CertificatePair: Sendable {
    let context: NIOSSLContext
    /// When the last of the chain begins.
    let notBefore: Instant
    /// When the first of the chain ends.
    let notAfter: Instant

    /// - Throws: ``CertificateError`` where it has ended, or not begun.
    func check(at now: Instant, from files: CertificateFiles) throws(CertificateError) {
        guard notBefore <= now else {
            throw CertificateError("the certificate in \(files.certificate) is good only from \(notBefore) on")
        }
        guard now < notAfter else {
            throw CertificateError("the certificate in \(files.certificate) has ended, at \(notAfter): renew it")
        }
    }
}

/// Why a certificate can't serve; it names files, and nothing of what is in them.
package struct CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    init(_ message: String) { self.message = message }
}

/// A small file, read in one go.
private struct PEMFile {
    let path: String

    private static let byteCountMax = 1 << 20

    /// All of it; a secret may be read by nobody but its owner and its group.
    func bytes(isSecret: Bool = false) throws(CertificateError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw trouble }
        defer { close(descriptor) }
        var status = Glibc.stat()
        guard fstat(descriptor, &status) == 0 else { throw trouble }
        guard status.st_mode & S_IFMT == S_IFREG else { throw CertificateError("\(path) is no file") }
        if isSecret, status.st_mode & 0o027 != 0 {
            throw CertificateError("\(path) can be read by others, or written by its group: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: min(Int(status.st_size), Self.byteCountMax))
        var count = 0
        while count < bytes.count {
            let part = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            }
            guard part >= 0 else { throw trouble }
            guard part > 0 else { break }
            count += part
        }
        return Array(bytes.prefix(count))
    }

    private var trouble: CertificateError {
        CertificateError("\(path) can't be read (\(String(cString: strerror(errno)))): check its path and rights")
    }
}
