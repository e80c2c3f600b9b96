package import Plant

/// An absolute HTTP URL, taken apart strictly: what two parsers might read in two ways is refused.
package struct WebAddress: Hashable, Sendable {
    package enum Scheme: String, Hashable, Sendable { case http, https }

    package let scheme: Scheme
    /// A name in lower case, or an address; IPv6 without its brackets.
    package let host: String
    package let port: Int
    /// Path and query, as they stand in a request; at least `/`.
    package let target: String

    package static let byteCountMax = 2_048

    /// - Throws: `SchemaProblem` without a path; its message never repeats the URL, which may be a secret.
    package init(_ text: String) throws(SchemaProblem) {
        guard text.utf8.count <= Self.byteCountMax else {
            throw Self.problem("is longer than \(Self.byteCountMax) bytes")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !Self.refused.contains($0) }) else {
            throw Self.problem("has characters that no URL has: write them as %XX, and a name as xn--...")
        }
        guard let (scheme, rest) = Self.scheme(of: text) else {
            throw Self.problem("is no URL that begins with https://")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest.dropFirst(authority.count)
        guard !authority.contains("@") else {
            throw Self.problem("has a user or password in it: leave them out")
        }
        let (host, port) = try Self.split(authority)
        self.scheme = scheme
        self.host = host
        self.port = port ?? (scheme == .https ? 443 : 80)
        self.target = target.first == "/" ? String(target) : "/" + target
    }

    /// Brackets of an IPv6 address are the only ones that may occur, and a fragment is never sent.
    private static let refused = Set("\"#<>\\^`{|}".utf8)

    private static func scheme(of text: String) -> (Scheme, Substring)? {
        let lower = text.prefix(8).lowercased()
        if lower == "https://" { return (.https, text.dropFirst(8)) }
        return lower.hasPrefix("http://") ? (.http, text.dropFirst(7)) : nil
    }

    private static func split(_ authority: Substring) throws(SchemaProblem) -> (String, Int?) {
        let host: Substring
        let rest: Substring
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw problem("has a [ without its ]") }
            host = authority[..<end].dropFirst()
            rest = authority[authority.index(after: end)...]
            guard !host.isEmpty, host.utf8.allSatisfy({ $0.isHexadecimal || $0 == 58 || $0 == 46 }) else {
                throw problem("has no IPv6 address within its brackets")
            }
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority.dropFirst(host.count)
            guard isHostName(host) else { throw problem("names no host") }
        }
        guard !rest.isEmpty else { return (host.lowercased(), nil) }
        guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65_535).contains(port),
            rest.dropFirst().utf8.allSatisfy({ (48...57).contains($0) })
        else { throw problem("has a port that is none: use 1 to 65535") }
        return (host.lowercased(), port)
    }

    /// Labels of letters, digits, hyphens and underscores, without an empty one.
    package static func isHostName(_ text: some StringProtocol) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { $0.isAlphanumeric || $0 == 45 || $0 == 95 }
        }
    }

    private static func problem(_ message: String) -> SchemaProblem { SchemaProblem(path: [], message: message) }
}

extension WebAddress {
    /// What a request's `Host` says.
    package var hostField: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (scheme == .https ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Scheme, host and port: whom a VAPID token is for.
    package var origin: String { "\(scheme.rawValue)://\(hostField)" }
}

extension UInt8 {
    var isAlphanumeric: Bool {
        (97...122).contains(self) || (65...90).contains(self) || (48...57).contains(self)
    }

    fileprivate var isHexadecimal: Bool {
        (97...102).contains(self) || (65...70).contains(self) || (48...57).contains(self)
    }
}
