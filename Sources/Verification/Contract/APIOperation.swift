/// One operation of a server's contract.
package struct APIOperation: Hashable, Sendable {
    /// Something that a request says beside its body.
    package struct Parameter: Hashable, Sendable {
        package enum Place: String, Hashable, Sendable { case path, query, header, cookie }

        package let name: String
        package let place: Place
        package let isRequired: Bool
        package let schema: JSONValue
    }

    /// In capitals.
    package let method: String
    /// As OpenAPI writes it: `/api/v1/alarms/{id}`.
    package let path: String
    /// Its `operationId`, or else method and path.
    package let id: String
    package let parameters: [Parameter]
    /// What a body of each media type is.
    package let bodies: [String: JSONValue]
    /// Whether anybody may call it.
    package let isOpen: Bool
    /// What it takes, as `GET /api/v1/auth/me` lists what one has; nil where the contract does not say.
    package let permission: String?
    package let statuses: Set<String>

    package var label: String { "\(method) \(path)" }

    /// Whether it reads and changes nothing.
    package var isReading: Bool { method == "GET" || method == "HEAD" }

    /// Whether it acts within one organization, which a header may name.
    package var isWithinOrganization: Bool {
        parameters.contains { $0.place == .header && $0.name.lowercased() == "eagle-organization" }
    }

    /// Whether it takes a key under which its answer is kept.
    package var takesIdempotencyKey: Bool {
        parameters.contains { $0.place == .header && $0.name.lowercased() == "idempotency-key" }
    }

    /// Whether it becomes a WebSocket.
    package var isStream: Bool { statuses.contains("101") }

    /// Whether it makes something new.
    package var isCreating: Bool { method == "POST" && statuses.contains("201") }

    package var query: [Parameter] { parameters.filter { $0.place == .query } }

    /// The names in braces, from left to right.
    package var pathNames: [String] {
        path.split(separator: "/").filter { $0.first == "{" && $0.last == "}" }.map {
            String($0.dropFirst().dropLast())
        }
    }

    /// The path before the name in braces: where such things are listed and made.
    package func collection(of name: String) -> String {
        guard let range = path.firstRange(of: "/{\(name)}") else { return path }
        return String(path[..<range.lowerBound])
    }

    /// The path with a value for each name in braces.
    package func path(with values: [String: String]) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            guard segment.first == "{", segment.last == "}" else { return String(segment) }
            return Percent.encoded(values[String(segment.dropFirst().dropLast())] ?? "0")
        }.joined(separator: "/")
    }
}

/// Percent-encoding, RFC 3986, section 2.
enum Percent {
    /// All but the unreserved characters as `%XX`.
    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isKept =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._~".unicodeScalars.contains(scalar)
            return isKept ? String(scalar) : all([byte])
        }.joined()
    }

    /// Every byte as `%XX`, capitals.
    static func all(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { "%" + String($0 >> 4, radix: 16, uppercase: true) + String($0 & 15, radix: 16, uppercase: true) }
            .joined()
    }
}
