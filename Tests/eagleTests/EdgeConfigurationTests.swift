import Delivery
import Foundation
import Glibc
import Logging
import TestSupport
import Testing
import Web

@testable import eagle

/// Whom the server lets in by which way, as its settings say.
@Suite struct EdgeConfigurationTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func configuration(_ text: String) throws -> ServerConfiguration {
        try ServerConfiguration.load(path: folder.write(text, to: "eagle.yaml"))
    }

    @Test func `what the file says of the road to clients is taken`() throws {
        let settings = try configuration(
            """
            host: 0.0.0.0
            allowPlainHTTP: true
            trustedProxies: [10.0.0.0/8, "::1"]
            corsOrigins: [https://portal.plant.example]
            logLevel: debug
            delivery: {publicURL: https://eagle.plant.example/console}
            """
        )
        let edge = try settings.edge()
        #expect(edge.certificate == nil)
        #expect(edge.trustedProxies.count == 2)
        #expect(edge.corsOrigins.map(\.text) == ["https://portal.plant.example"])
        #expect(edge.publicOrigin?.text == "https://eagle.plant.example")
        #expect(settings.logLevel == .debug)
    }

    @Test(arguments: [
        ("corsOrigins: [https://a.example, \"*\"]", "eagle.yaml:1:", "corsOrigins.1 '*' would let every page in"),
        ("corsOrigins:\n  - \"null\"", "eagle.yaml:2:", "corsOrigins.0 'null' is what every sandboxed page sends"),
        ("corsOrigins:\n  - http://a.example", "eagle.yaml:2:", "corsOrigins.0 must begin with https://"),
        ("trustedProxies: [10.0.0.1/8]", "eagle.yaml:1:", "trustedProxies.0 '10.0.0.1/8' is no address"),
        ("trustedProxies: [proxy.lan]", "eagle.yaml:1:", "trustedProxies.0 'proxy.lan' is no address"),
        ("tls: {certificate: a.pem}", "eagle.yaml:1:", "tls.key is missing"),
        ("tls: {certificate: a.pem, key: b.pem, password: x}", "eagle.yaml:1:", "'password' is no setting"),
        ("logLevel: loud", "eagle.yaml:1:", "logLevel must be one of trace"),
        ("allowPlainHTTP: perhaps", "eagle.yaml:1:", "allowPlainHTTP must be true or false"),
    ])
    func `a setting that can't be is named with its place`(text: String, place: String, said: String) throws {
        let error = #expect(throws: (any Error).self) { try configuration(text) }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains(place) && message.contains(said), "\(message)")
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("localhost", true), ("0.0.0.0", false), ("::", false),
        ("192.168.1.2", false), ("eagle.plant.example", false),
    ])
    func `without TLS the server listens to its own machine alone`(host: String, isAllowed: Bool) throws {
        var settings = ServerConfiguration()
        settings.host = host
        let error = Result { try settings.edge() }
        switch error {
        case .success: #expect(isAllowed)
        case .failure(let error):
            #expect(!isAllowed)
            let message = "\(error)"
            #expect(message.contains("'\(host)'") && message.contains("tls") && message.contains("allowPlainHTTP"))
        }
        settings.allowPlainHTTP = true
        #expect(throws: Never.self) { try settings.edge() }
    }

    /// Writes a pair for the server to find.
    private func put(_ certificate: TestCertificate) throws -> (certificate: String, key: String) {
        let paths = (
            try folder.write(certificate.certificate, to: "certificate.pem"),
            try folder.write(certificate.key, to: "key.pem")
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: paths.1)
        return paths
    }

    @Test(.timeLimit(.minutes(60))) func `SIGHUP has a renewed certificate read, and ends nothing`() throws {
        let paths = try put(TestCertificate())
        let config = try folder.write(
            "tls: {certificate: \(paths.certificate), key: \(paths.key)}\n",
            to: "eagle.yaml"
        )
        let server = try WatchedServer(data: folder.path("data"), config: config, environment: [:])
        server.wait(for: "SIGHUP has the certificate read again")
        _ = try put(TestCertificate())
        kill(server.identifier, SIGHUP)
        server.wait(for: "the certificate was renewed")
        let words = String(decoding: server.stop(), as: UTF8.self)
        #expect(words.contains("the certificate was renewed"))
    }

    @Test func `a server that may not listen makes nothing, and says what to do`() throws {
        let data = folder.path("data")
        let refused = try EagleProcess.run(["serve", "--data", data, "--host", "0.0.0.0", "--port", "0"])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("allowPlainHTTP: true"))
        #expect(!FileManager.default.fileExists(atPath: data))
        let missing = folder.path("missing.pem")
        let certificate = try EagleProcess.run(
            ["serve", "--data", data, "--tls-certificate", missing, "--tls-key", missing, "--port", "0"]
        )
        #expect(certificate.status == 1)
        #expect(certificate.errors.contains("\(missing) can't be read"))
        let half = try EagleProcess.run(["serve", "--data", data, "--tls-key", missing])
        #expect(half.status == 2)
        #expect(half.errors.contains("--tls-certificate and --tls-key go together"))
    }
}
