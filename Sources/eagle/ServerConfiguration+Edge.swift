import Alarms
import Delivery
import Logging
import Plant
import Web

extension ServerConfiguration {
    /// The server's certificate and its key, in PEM: `tls` in `eagle.yaml`.
    ///
    /// | key | default | meaning |
    /// |---|---|---|
    /// | `certificate` | required | a file with the certificate, then those above it |
    /// | `key` | required | a file with its key, which others can't read |
    struct TLSFiles: Decodable, Hashable, Sendable {
        var certificate: String
        var key: String

        private enum CodingKeys: String, CodingKey, CaseIterable { case certificate, key }

        static let keys = CodingKeys.allCases.map(\.rawValue)
    }

    static func proxies(_ entries: [String]) throws(SchemaProblem) -> [NetworkRange] {
        var ranges: [NetworkRange] = []
        for (index, entry) in entries.enumerated() {
            guard let range = NetworkRange(entry) else {
                throw SchemaProblem(
                    path: ["trustedProxies", String(index)],
                    message: "'\(entry)' is no address, and no network such as 10.20.0.0/16"
                )
            }
            ranges.append(range)
        }
        return ranges
    }

    static func origins(_ entries: [String]) throws(SchemaProblem) -> Set<WebOrigin> {
        var origins: Set<WebOrigin> = []
        for (index, entry) in entries.enumerated() {
            do throws(SchemaProblem) { origins.insert(try WebOrigin(exactly: entry)) } catch {
                throw SchemaProblem(path: ["corsOrigins", String(index)], message: error.message)
            }
        }
        return origins
    }

    static func level(_ text: String) throws(SchemaProblem) -> Logger.Level {
        if let level = Logger.Level(rawValue: text) { return level }
        let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        throw SchemaProblem(path: ["logLevel"], message: "must be one of \(known)")
    }

    /// The road to the clients, with the certificate read.
    ///
    /// - Throws: `CertificateError` for files that can't serve; `ExposureError` where other machines would reach the
    ///   server without TLS, and nobody has said that this is meant.
    func edge() throws -> WebEdge {
        guard tls != nil || allowPlainHTTP || Self.isLoopback(host) else { throw ExposureError(host: host) }
        return WebEdge(
            certificate: try tls.map {
                try ServerCertificate(CertificateFiles(certificate: $0.certificate, key: $0.key))
            },
            trustedProxies: trustedProxies,
            corsOrigins: corsOrigins,
            publicOrigin: delivery.publicURL.flatMap { try? WebAddress($0) }.map { WebOrigin(of: $0) }
        )
    }

    /// Whether only the machine itself gets there; of names only `localhost` is known to lead nowhere else.
    static func isLoopback(_ host: String) -> Bool {
        host.lowercased() == "localhost" || NetworkAddress(host)?.isLoopback == true
    }

    /// How people reach it, without the port.
    var address: String {
        let name = NetworkAddress(host)?.isIPv4 == false ? "[\(host)]" : host
        return "\(tls == nil ? "http" : "https")://\(name)"
    }
}

/// Other machines would send their passwords for all to read.
struct ExposureError: Error, CustomStringConvertible {
    let host: String

    var description: String {
        "'\(host)' can be reached from other machines, and without TLS passwords and tokens can be read on the way: give "
            + "tls (a certificate and its key), or listen on 127.0.0.1; behind a proxy that has TLS say "
            + "allowPlainHTTP: true and name it in trustedProxies"
    }
}
