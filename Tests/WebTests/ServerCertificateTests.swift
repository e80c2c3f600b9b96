import Foundation
import NIOCore
import NIOSSL
import Plant
import TestSupport
import Testing

@testable import Web

/// TLS with certificates out of files, over real sockets.
@Suite struct ServerCertificateTests {
    private let folder: TemporaryDirectory

    /// Certificates are made for the machine's own time.
    private static let now = Instant(seconds: Int64(Date().timeIntervalSince1970))

    init() throws { folder = try TemporaryDirectory() }

    /// Whether a new connection is served by the certificate.
    private func serves(_ certificate: TestCertificate, port: Int) async throws -> Bool {
        let client = try certificate.client()
        let head = try? await Wire.with(port: port, tls: client) { try await $0.get("/livez") }
        return head?.hasPrefix("HTTP/1.1 200") == true
    }

    // MARK: Files

    @Test func `a pair that fits is taken, with the instant at which it ends`() throws {
        let certificate = try TestCertificate(until: 10 * 86_400)
        let server = try ServerCertificate(try certificate.write(to: folder))
        let now = Instant(seconds: Int64(Date().timeIntervalSince1970))
        #expect(server.daysLeft(at: now + .seconds(-60)) == 10)
        #expect(server.daysLeft(at: now + .seconds(86_400 * 10 + 60)) == -1)
        #expect(server.status.trouble == nil)
    }

    @Test(arguments: [
        ("certificate", "no PEM at all", "certificate.pem holds no certificates in PEM"),
        ("key", "no PEM at all", "key.pem holds no key in PEM"),
        (
            "key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "key.pem is encrypted"
        ),
        ("key", "another", "key.pem is not that of the certificate"),
        ("key", "readable", "key.pem can be read by others"), ("key", "missing", "key.pem can't be read"),
        ("certificate", "missing", "certificate.pem can't be read"), ("certificate", "folder", "is no file"),
    ])
    func `a file that can't serve is named, and nothing of what is in it`(file: String, content: String, said: String)
        throws
    {
        let certificate = try TestCertificate()
        let files = try certificate.write(to: folder)
        let path = file == "key" ? files.key : files.certificate
        switch content {
        case "another": try Data(TestCertificate().key.utf8).write(to: URL(fileURLWithPath: path))
        case "readable": try certificate.write(to: folder, mode: 0o644)
        case "missing": try FileManager.default.removeItem(atPath: path)
        case "folder":
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        default: try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        }
        let error = #expect(throws: CertificateError.self) { try ServerCertificate(files) }
        let message = error?.message ?? ""
        #expect(message.contains(said), "\(message)")
        #expect(!message.contains("MII") && !message.contains(certificate.key.split(separator: "\n")[1]))
    }

    @Test func `a key that its group may read is taken, as certificate tools leave them`() throws {
        let files = try TestCertificate().write(to: folder, mode: 0o640)
        #expect(throws: Never.self) { try ServerCertificate(files) }
    }

    @Test func `files that change are read again, and a pair that is no good leaves the one before`() throws {
        let first = try TestCertificate(until: 5 * 86_400)
        let server = try ServerCertificate(try first.write(to: folder))
        let before = server.status
        #expect(server.look(at: Self.now) == .unchanged)
        // A renewal is two files, and between the two they do not fit.
        let second = try TestCertificate(until: 50 * 86_400)
        _ = try folder.write(second.certificate, to: "certificate.pem")
        guard case .refused = server.look(at: Self.now) else {
            Issue.record("a key that does not fit is taken")
            return
        }
        #expect(server.status.notAfter == before.notAfter)
        #expect(server.status.trouble?.contains("not that of the certificate") == true)
        // Said once, not at each look.
        #expect(server.look(at: Self.now) == .unchanged)
        try second.write(to: folder)
        guard case .renewed(let notAfter) = server.look(at: Self.now) else {
            Issue.record("the new pair is not taken")
            return
        }
        #expect(notAfter > before.notAfter)
        #expect(server.status.trouble == nil)
    }

    @Test(arguments: [(-20, -10), (10, 20)])
    func `a pair that has ended, or not begun, leaves a good one, until it is good itself`(
        from: Int,
        until: Int
    ) throws {
        let day: TimeInterval = 86_400
        let made = Date(timeIntervalSince1970: 1_767_225_600)
        let now = Instant(seconds: 1_767_225_600)
        let good = try TestCertificate(from: -day, until: 5 * day, now: made)
        let server = try ServerCertificate(try good.write(to: folder))
        let before = server.status
        try TestCertificate(from: TimeInterval(from) * day, until: TimeInterval(until) * day, now: made)
            .write(to: folder)
        guard case .refused = server.look(at: now) else {
            Issue.record("a pair that can't serve is taken")
            return
        }
        #expect(server.status.notAfter == before.notAfter)
        #expect(server.status.trouble?.contains("the certificate in \(folder.path("certificate.pem"))") == true)
        // Said once, not at each look.
        #expect(server.look(at: now + .seconds(60)) == .unchanged)
        let later = server.look(at: now + .seconds(86_400 * 11))
        guard from > 0 else {
            #expect(later == .unchanged)
            return
        }
        #expect(later == .renewed(notAfter: now + .seconds(86_400 * until)))
        #expect(server.status.trouble == nil)
    }

    @Test func `a link that leads to other files is a change`() throws {
        let (first, second) = (try TemporaryDirectory(), try TemporaryDirectory())
        try TestCertificate(until: 5 * 86_400).write(to: first)
        try TestCertificate(until: 50 * 86_400).write(to: second)
        let link = folder.path("live")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: first.path)
        let server = try ServerCertificate(
            CertificateFiles(certificate: link + "/certificate.pem", key: link + "/key.pem")
        )
        let before = server.status.notAfter
        try FileManager.default.removeItem(atPath: link)
        #expect(server.look(at: Self.now) != .unchanged)
        #expect(server.status.notAfter == before)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: second.path)
        #expect(server.look(at: Self.now) != .unchanged)
        #expect(server.status.notAfter > before)
    }

    // MARK: Sockets

    @Test func `the API and the stream are served under TLS, and say that they are to stay there`() async throws {
        let certificate = try TestCertificate()
        let edge = WebEdge(certificate: try ServerCertificate(try certificate.write(to: folder)))
        try await TestServer.run(edge: edge) { server in
            let client = try certificate.client(protocols: ["h2", "http/1.1"])
            try await Wire.with(port: server.port, tls: client) { wire in
                let head = try await wire.get("/api/v1/schema", fields: ["Authorization: Bearer nonsense"])
                #expect(head.hasPrefix("HTTP/1.1 401"))
                #expect(head.lowercased().contains("strict-transport-security: max-age=31536000"))
                let again = try await wire.get("/livez")
                #expect(again.hasPrefix("HTTP/1.1 200"), "a connection bears more than one request")
            }
            try await Wire.with(port: server.port, tls: client) { wire in
                let key = Data((0..<16).map { UInt8($0) }).base64EncodedString()
                try await wire.send(
                    """
                    GET /api/v1/stream HTTP/1.1\r
                    Host: localhost\r
                    Upgrade: websocket\r
                    Connection: Upgrade\r
                    Sec-WebSocket-Key: \(key)\r
                    Sec-WebSocket-Version: 13\r
                    Origin: https://localhost\r
                    Sec-WebSocket-Protocol: eagle.v1, bearer.\(server.token(of: .northOperator))\r
                    \r

                    """
                )
                let head = try await wire.read(until: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 101"))
                #expect(!head.contains(server.token(of: .northOperator)))
                let snapshot = try await wire.read(until: #""type":"snapshot""#)
                #expect(snapshot.contains("snapshot"))
            }
        }
    }

    @Test func `versions of TLS that are broken are not spoken`() async throws {
        let certificate = try TestCertificate()
        let edge = WebEdge(certificate: try ServerCertificate(try certificate.write(to: folder)))
        try await TestServer.run(edge: edge) { server in
            for (versions, isServed) in [(0...1, false), (2...2, true), (3...3, true)] {
                let client = try certificate.client(versions: versions)
                let head = try? await Wire.with(port: server.port, tls: client) { try await $0.get("/livez") }
                #expect((head?.hasPrefix("HTTP/1.1 200") == true) == isServed, "\(versions)")
            }
        }
    }

    @Test func `a renewed certificate serves new connections, and the open ones go on`() async throws {
        let (first, second) = (try TestCertificate(), try TestCertificate())
        let folder = folder
        let served = try ServerCertificate(try first.write(to: folder))
        try await TestServer.run(edge: WebEdge(certificate: served)) { server in
            let client = try first.client()
            try await Wire.with(port: server.port, tls: client) { open in
                let before = try await open.get("/livez")
                #expect(before.hasPrefix("HTTP/1.1 200"))
                // First a bad pair: nothing changes, and the server says so.
                _ = try folder.write("no certificate", to: "certificate.pem")
                served.look(at: Self.now)
                #expect(try await serves(first, port: server.port))
                let ready = try await Self.body("/readyz", port: server.port, tls: client)
                #expect(ready.contains("the files as they are now can't serve"))
                #expect(ready.contains("HTTP/1.1 200"))
                let figures = try await Self.body("/metrics", port: server.port, tls: client)
                #expect(figures.contains("\neagle_tls_certificate_refused 1\n"))
                // Then a good one.
                try second.write(to: folder)
                served.look(at: Self.now)
                #expect(try await serves(second, port: server.port))
                #expect(try await !serves(first, port: server.port))
                let after = try await open.get("/livez")
                #expect(after.hasPrefix("HTTP/1.1 200"))
                let mended = try await Self.body("/metrics", port: server.port, tls: try second.client())
                #expect(mended.contains("\neagle_tls_certificate_refused 0\n"))
            }
        }
    }

    private static func body(_ path: String, port: Int, tls: NIOSSLContext) async throws -> String {
        try await Wire.with(port: port, tls: tls) { wire in
            try await wire.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return await wire.readToEnd()
        }
    }

    @Test func `an expired certificate still starts, and the server says that it is not ready`() async throws {
        let serverTime = Date(timeIntervalSince1970: 1_767_225_600)
        let expired = try TestCertificate(from: -9 * 86_400, until: -86_400, now: serverTime)
        let served = try ServerCertificate(try expired.write(to: folder))
        try await TestServer.run(edge: WebEdge(certificate: served)) { server in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.certificateVerification = .none
            let client = try NIOSSLContext(configuration: configuration)
            let ready = try await Self.body("/readyz", port: server.port, tls: client)
            #expect(ready.hasPrefix("HTTP/1.1 503"))
            #expect(ready.contains(#""name":"certificate""#) && ready.contains("it has ended"))
        }
    }

    @Test func `plain HTTP on a port of TLS is told so`() async throws {
        let certificate = try TestCertificate()
        let edge = WebEdge(certificate: try ServerCertificate(try certificate.write(to: folder)))
        var limits = TestServer.limits
        limits.closeGrace = .milliseconds(100)
        try await TestServer.run(limits: limits, edge: edge) { server in
            let answer = try await Wire.with(port: server.port) { wire in
                try await wire.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                return await wire.readToEnd()
            }
            #expect(answer.hasPrefix("HTTP/1.1 400"))
            #expect(answer.contains("This port speaks TLS: use https://"))
        }
    }
}
