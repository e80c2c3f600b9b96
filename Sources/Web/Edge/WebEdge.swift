package import Alarms
package import Delivery
package import Plant

/// What the server knows of the road to its clients: its certificate, the proxies before it, and whose pages may call.
package struct WebEdge: Sendable {
    /// None where it speaks plain HTTP.
    package var certificate: ServerCertificate?
    /// Those whose word on whom they speak for is taken; all others speak for themselves.
    package var trustedProxies: [NetworkRange]
    /// Pages from elsewhere that may call the API, with a token of their own and never with a cookie.
    package var corsOrigins: Set<WebOrigin>
    /// Where browsers find the console, if a proxy gives it another name than the one that reaches the server.
    package var publicOrigin: WebOrigin?

    package init(
        certificate: ServerCertificate? = nil,
        trustedProxies: [NetworkRange] = [],
        corsOrigins: Set<WebOrigin> = [],
        publicOrigin: WebOrigin? = nil
    ) {
        self.certificate = certificate
        self.trustedProxies = trustedProxies
        self.corsOrigins = corsOrigins
        self.publicOrigin = publicOrigin
    }
}

/// Where a page was loaded from: scheme, host and port, and nothing else (RFC 6454).
package struct WebOrigin: Hashable, Sendable {
    /// As a browser writes it in its `Origin` field.
    package let text: String

    /// Of a URL, whatever its path.
    package init(of address: WebAddress) { text = address.origin }

    /// One that a browser would send in these very words.
    ///
    /// - Throws: `SchemaProblem` for what stands for more than one origin, is more than an origin, or can be forged by
    ///   whoever is on the way.
    package init(exactly text: String) throws(SchemaProblem) {
        guard text != "*" else { throw Self.problem("'*' would let every page in: name each origin") }
        guard text.lowercased() != "null" else {
            throw Self.problem("'null' is what every sandboxed page sends: name each origin")
        }
        guard let address = try? WebAddress(text), address.origin == text else {
            let example = (try? WebAddress(text))?.origin ?? "https://maintenance.plant.example"
            throw Self.problem("is no exact origin, scheme and host without a path, such as \(example)")
        }
        let isHere = address.host == "localhost" || NetworkAddress(address.host)?.isLoopback == true
        guard address.scheme == .https || isHere else {
            throw Self.problem("must begin with https://: what comes over http can be anybody's")
        }
        self.text = text
    }

    private static func problem(_ message: String) -> SchemaProblem { SchemaProblem(path: [], message: message) }
}
