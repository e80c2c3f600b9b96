/// Where a server is: `http://host:port` or `https://host:port`.
package struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    package let isSecure: Bool
    package let host: String
    package let port: Int

    /// Nil for what is no such URL; a path, a query and a user have no place in it.
    package init?(_ text: String) {
        let rest: Substring
        if text.lowercased().hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst(8))
        } else if text.lowercased().hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst(7))
        } else {
            return nil
        }
        let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
        guard !authority.isEmpty, !authority.contains(where: { "/?#@ ".contains($0) }) else { return nil }
        var end = authority.endIndex
        var port = isSecure ? 443 : 80
        let tail = authority.last == "]" ? nil : authority.lastIndex(of: ":")
        if let colon = tail {
            guard let given = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(given) else {
                return nil
            }
            (port, end) = (given, colon)
        }
        let name = authority[..<end]
        host = name.first == "[" && name.last == "]" ? String(name.dropFirst().dropLast()) : String(name)
        guard !host.isEmpty else { return nil }
        self.port = port
    }

    package init(host: String, port: Int) {
        (isSecure, self.host, self.port) = (false, host, port)
    }

    /// As a `Host` field has it.
    var hostField: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    package var description: String { "\(isSecure ? "https" : "http")://\(hostField)" }
}
