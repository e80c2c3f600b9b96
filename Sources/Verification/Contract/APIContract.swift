import Crypto
import Yams

/// What a server says that it does: its own `openapi.yaml`, as far as requests can be made of it.
package struct APIContract: Sendable {
    package let version: String
    /// SHA-256 of the document, hexadecimal.
    package let digest: String
    /// By path and method.
    package let operations: [APIOperation]
    let document: JSONValue

    /// - Throws: ``VerificationError`` with `.unreadable` for what is no contract.
    package init(yaml text: String) throws(VerificationError) {
        let document: JSONValue
        do {
            document = try YAMLDecoder().decode(JSONValue.self, from: text)
        } catch {
            throw VerificationError(.unreadable, "the server's openapi.yaml can't be read as YAML: \(error)")
        }
        guard let paths = document["paths"]?.map, !paths.isEmpty else {
            throw VerificationError(.unreadable, "the server's openapi.yaml lists no paths")
        }
        self.document = document
        version = document["info"]?["version"]?.string ?? "unknown"
        digest = SHA256.hash(data: Array(text.utf8)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        let isOpenByDefault = document["security"]?.list.isEmpty ?? true
        operations = paths.sorted { $0.key < $1.key }.flatMap { path, item in
            Self.methods.compactMap { method in
                item[method.lowercased()].map {
                    Self.operation(method, path, $0, of: item, in: document, isOpenByDefault: isOpenByDefault)
                }
            }
        }
    }

    private static let methods = ["GET", "PUT", "POST", "DELETE", "PATCH"]

    private static func operation(
        _ method: String,
        _ path: String,
        _ operation: JSONValue,
        of item: JSONValue,
        in document: JSONValue,
        isOpenByDefault: Bool
    ) -> APIOperation {
        let parameters = ((item["parameters"]?.list ?? []) + (operation["parameters"]?.list ?? []))
            .compactMap { parameter($0, in: document) }
        let body = resolved(operation["requestBody"], in: document)?["content"]?.map ?? [:]
        return APIOperation(
            method: method,
            path: path,
            id: operation["operationId"]?.string ?? "\(method) \(path)",
            parameters: parameters,
            bodies: body.mapValues { $0["schema"] ?? .map([:]) },
            isOpen: operation["security"].map { $0.list.isEmpty } ?? isOpenByDefault,
            permission: operation["x-permission"]?.string,
            statuses: Set((operation["responses"]?.map ?? [:]).keys)
        )
    }

    private static func parameter(_ value: JSONValue, in document: JSONValue) -> APIOperation.Parameter? {
        guard let value = resolved(value, in: document), let name = value["name"]?.string,
            let place = value["in"]?.string.flatMap(APIOperation.Parameter.Place.init)
        else { return nil }
        return APIOperation.Parameter(
            name: name,
            place: place,
            isRequired: value["required"]?.isTrue ?? false,
            schema: resolved(value["schema"], in: document) ?? .map([:])
        )
    }

    /// What a `$ref` points to; anything else is itself.
    func resolved(_ value: JSONValue?) -> JSONValue? { Self.resolved(value, in: document) }

    private static func resolved(_ value: JSONValue?, in document: JSONValue) -> JSONValue? {
        var value = value
        // No chain is so long that is not a circle.
        for _ in 0..<16 {
            guard let reference = value?["$ref"]?.string, reference.hasPrefix("#/") else { return value }
            value = reference.dropFirst(2).split(separator: "/").reduce(document as JSONValue?) { $0?[String($1)] }
        }
        return value
    }
}
